"""`tonewatch report technical-file`: what Annex IV of the EU's AI Act asks for, from the running configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.models.output import make_folder
from tonewatch.models.technical_file.annex_iv import sections
from tonewatch.models.technical_file.collected import collect
from tonewatch.models.technical_file.page import html
from tonewatch.models.technical_file.pdf import browser, print_pdf

report = typer.Typer(help="Documents about this installation.", no_args_is_help=True)


@report.callback()
def _group() -> None:
    """A group, though it has one command so far."""


@report.command("technical-file")
def technical_file(
    out: Annotated[Path, typer.Option(help="Folder of technical-file.html and technical-file.pdf.")],
    provider: Annotated[str, typer.Option(help="Name and address of the provider.")] = "",
    purpose: Annotated[str, typer.Option(help="The intended purpose, where it is another than ours.")] = "",
    junit: Annotated[Path | None, typer.Option(help="Of a run of the tests: pytest --junitxml=FILE.")] = None,
    fairness: Annotated[Path | None, typer.Option(help="Written by `evaluate fairness --json`.")] = None,
    pdf: Annotated[bool, typer.Option(help="Print a PDF too, where a Chromium is there.")] = True,
) -> None:
    """The settings are those of the environment, as the roles would read them; what is open is printed as open."""
    made = sections(collect(provider, purpose, junit=junit, fairness=fairness))
    make_folder(out)
    page = out / "technical-file.html"
    page.write_text(html(made, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")), encoding="utf-8")
    typer.echo(f"{page}: {sum(len(one.open_points) for one in made)} points are open")
    if pdf:
        program = browser()
        why = print_pdf(page, out / "technical-file.pdf", program) if program else "no Chromium was found"
        typer.echo(f"no PDF: {why}" if why else str(out / "technical-file.pdf"))
