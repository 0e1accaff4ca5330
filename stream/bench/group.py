"""`tonewatch bench`: one command a measurement, found by the entry points of the group `tonewatch.bench`."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

GROUP = "tonewatch.bench"


def gather() -> typer.Typer:
    """The group with every measurement that the installed folders bring."""
    app = typer.Typer(help="Measure, or try to break, what is installed here.", no_args_is_help=True)
    for point in sorted(entry_points(group=GROUP), key=lambda found: found.name):
        app.command(name=point.name)(point.load())
    return app


bench = gather()
