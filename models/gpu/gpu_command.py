"""`tonewatch bench gpu`: what a GPU carries of encoder, reasons and a large model, beside what it can do at all."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.stream.errors import DependencyError


def gpu(
    small: Annotated[bool, typer.Option("--small", help="Sizes for any machine; always without a GPU.")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write the rows to this file.")] = None,
) -> None:
    """Measure this machine's GPU with torch alone, for eight minutes at most; what is missing is a row that says so."""
    try:
        from tonewatch.models.gpu.bench import bench
    except ImportError as error:
        raise DependencyError(f"This needs torch ({error}): pip install 'tonewatch[train]'.") from error
    text = json_text.dumps(bench(small=small), indent=1)
    if json is not None:
        json.write_text(text + "\n")
    typer.echo(text)
