"""Options of the commands that listen to a folder of calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EncoderFile = Annotated[Path | None, typer.Option(help="An ONNX encoder instead of the shipped one.")]
ListenedFolder = Annotated[Path, typer.Option(help="Keep what was heard here between runs.")]
Jobs = Annotated[int, typer.Option(min=1, help="Calls heard at once.")]
MixedReason = Annotated[
    str,
    typer.Option(
        envvar="TONEWATCH_ANALYSE_MIXED_REASON",
        help="Why recordings of both parties in one channel are judged; without it they are not.",
    ),
]
