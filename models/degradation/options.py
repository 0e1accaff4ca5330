"""Options of the commands that listen to a folder of calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tonewatch.workers.encoder import WeightsSet

EncoderFile = Annotated[Path | None, typer.Option(help="An ONNX encoder instead of the shipped one.")]
Weights = Annotated[
    WeightsSet, typer.Option("--set", envvar="TONEWATCH_WEIGHTS", help="Which of the shipped encoders judges.")
]
FoldsFile = Annotated[
    Path | None,
    typer.Option("--folds", help="JSON of speaker to the encoder to judge that speaker by: one not trained on him."),
]
ListenedFolder = Annotated[Path, typer.Option(help="Cache of the listener's output, kept between runs.")]
LISTENED = Path("build/listened")
"""The default folder of that cache."""

Jobs = Annotated[int, typer.Option(min=1, help="Calls listened to at once.")]
MixedReason = Annotated[
    str,
    typer.Option(
        envvar="TONEWATCH_ANALYSE_MIXED_REASON",
        help="Why recordings of both parties in one channel are judged; without it they are not.",
    ),
]
