"""`tonewatch`: one command with a subcommand per role.

Each folder registers its own subcommands as entry points of the group `tonewatch.commands` (a typer app, or a
function that becomes a command); nothing of a role is imported until that role is asked for.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points, version

import typer
from rich.console import Console
from rich.text import Text

from tonewatch.stream.errors import TonewatchError

GROUP = "tonewatch.commands"


def build(argv: Sequence[str]) -> typer.Typer:
    """The command line for `argv`: with the one subcommand that it names, or with all of them (for help)."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    points = {point.name: point for point in entry_points(group=GROUP)}
    # Loading every command would import torch, faust and onnxruntime for a line of help.
    named = next((word for word in argv if not word.startswith("-")), "")
    for name in [named] if named in points else sorted(points):
        _add(app, points[name])
    return app


def _add(app: typer.Typer, point: EntryPoint) -> None:
    target = point.load()
    if isinstance(target, typer.Typer):
        app.add_typer(target, name=point.name)
    else:
        app.command(name=point.name)(target)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tonewatch {version('tonewatch')}")
        raise typer.Exit


def _root(
    show_version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Tonewatch: where in a live call the caller's tone degrades, and why."""


def main() -> None:
    """Run the command line; a TonewatchError is one clear line and exit status 1, or 77 where access was refused."""
    # Read when numpy is loaded. The matrices of one segment are small: on a machine of many cores every process would
    # start as many threads, which mostly wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Without a handler Python would print what the client says while it connects, before the one line said here.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    try:
        build(sys.argv[1:])()
    except TonewatchError as error:
        Console(stderr=True).print(Text("tonewatch: ", style="red") + Text(str(error)), soft_wrap=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
