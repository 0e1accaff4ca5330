"""`tonewatch supply-chain`: known vulnerabilities, licences, the bill of materials of what is locked or installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.stream.supply_chain.advisories import SERVER, advisories
from tonewatch.stream.supply_chain.licences import installed, page
from tonewatch.stream.supply_chain.lock import Locked, read_package_lock, read_requirements
from tonewatch.stream.supply_chain.sbom import bill
from tonewatch.stream.weights import SUMS, weights_folder

supply_chain = typer.Typer(help="What the product is made of besides its own code.", no_args_is_help=True)

LockOption = Annotated[
    list[Path], typer.Option("--lock", help="A file of `make lock`, or a package-lock.json; may be repeated.")
]


def read_locks(files: list[Path]) -> list[Locked]:
    """All packages of several files, each once.

    Raises:
        DataError: one cannot be read, or pins nothing.
    """
    found: set[Locked] = set()
    for file in files:
        found.update(read_package_lock(file) if file.suffix == ".json" else read_requirements(file))
    return sorted(found)


@supply_chain.command("advisories")
def advisories_command(
    lock: LockOption,
    server: Annotated[str, typer.Option(help="An OSV server, or a mirror of one.")] = SERVER,
) -> None:
    """Is anything known against what is locked? Exit status 1 where it is, 2 where nobody could say."""
    packages = read_locks(lock)
    found = advisories(packages, server)
    for one in found:
        typer.echo(str(one))
    typer.echo(f"{len(packages)} packages were asked about, {len(found)} have advisories")
    if found:
        raise typer.Exit(1)


@supply_chain.command("licences")
def licences_command(
    out: Annotated[Path | None, typer.Option(help="File of Markdown; without it the page is printed.")] = None,
) -> None:
    """Licences of all that is installed here, and of the libraries that wheels bring along."""
    text = page(installed())
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@supply_chain.command("sbom")
def sbom_command(
    lock: LockOption,
    out: Annotated[Path | None, typer.Option(help="File of JSON; without it the bill is printed.")] = None,
) -> None:
    """A bill of materials in CycloneDX's form: what is locked, with hashes, and the weights."""
    weights = [file for file in weights_folder().iterdir() if file.is_file() and file.name != SUMS]
    known = {one.name.lower(): one.licence for one in installed()}
    text = json.dumps(bill(read_locks(lock), weights, known), indent=1) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
