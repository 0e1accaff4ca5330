"""`tonewatch evaluate`: each kind of evaluation is a subcommand of its own."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.models import corpora
from tonewatch.models.evaluation.emotion import Band, Evaluation
from tonewatch.models.evaluation.emotion import evaluate as evaluate_encoder
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.encoder import Encoder, default_encoder_path

evaluate = typer.Typer(help="Figures of a model on labelled recordings.", no_args_is_help=True)
_out = Console()


@evaluate.callback()
def _several() -> None:
    """Keeps the name of the only subcommand on the command line."""


@evaluate.command("emotion")
def evaluate_emotion(
    manifest: Annotated[list[Path], typer.Option(help="A manifest.csv; may be given again.")],
    band: Annotated[Band, typer.Option(help="phone: mu-law at 8 kHz.")] = Band.PHONE,
    encoder: Annotated[Path | None, typer.Option(help="An ONNX encoder instead of the shipped one.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here, too.")] = None,
) -> None:
    """The encoder on labelled clips. Mind that the shipped weights have heard RAVDESS, EmoDB and nEMO speakers."""
    clips = corpora.labelled(clip for path in manifest for clip in corpora.read_manifest(path))
    if not clips:
        raise DependencyError(f"no clip with an emotion4 in {', '.join(map(str, manifest))}")
    result = evaluate_encoder(Encoder(encoder or default_encoder_path()), clips, band)
    _out.print(_evaluation_table(result))
    if json_file is not None:
        json_file.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")


def _evaluation_table(result: Evaluation) -> Table:
    title = f"{result.encoder} {result.version}, {result.band} band, {1000 * result.seconds_per_clip:.0f} ms a clip"
    table = Table("corpus", "clips", "recall", "angry AUC", "angry/happy AUC", "ECE", title=title)
    for name, one in result.corpora.items():
        areas = ("-" if area is None else f"{area:.3f}" for area in (one.angry_auc, one.angry_happy_auc))
        table.add_row(name, str(one.clips), f"{one.unweighted_recall:.3f}", *areas, f"{one.calibration_error:.3f}")
    return table
