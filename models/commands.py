"""Subcommands of the models room: `train`, `evaluate` and `models`. Torch is imported only by those that need it."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.models import corpora
from tonewatch.models.evaluate import Band, Evaluation
from tonewatch.models.evaluate import evaluate as evaluate_encoder
from tonewatch.models.shipped import agreement, shipped_encoders, weights_folder
from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.encoder import Encoder, default_encoder_path

train = typer.Typer(help="Train a model from recordings to committed weights.", no_args_is_help=True)
evaluate = typer.Typer(help="Figures of a model on labelled recordings.", no_args_is_help=True)
models = typer.Typer(help="The weights that come with Tonewatch.", no_args_is_help=True)
_out = Console()

# Two files of one network may differ by what seven-bit weights cost; more means they are not of one network.
LARGEST_DIFFERENCE = 0.15


@train.callback()
@evaluate.callback()
def _several() -> None:
    """Keeps the name of the only subcommand on the command line."""


def need_packages(*names: str) -> None:
    """DependencyError naming the install command when one of the training packages is missing."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise DependencyError(
            f"{', '.join(missing)} missing; run: pip install tonewatch[train] (in a checkout: make test EXTRAS=train)"
        )


@train.command("encoder")
def train_encoder(
    data: Annotated[Path | None, typer.Option(help="Folder of the corpora. [env: TONEWATCH_DATA]")] = None,
    work: Annotated[Path, typer.Option(help="Cache, checkpoints and report; a run resumes here.")] = Path(
        "build/encoder"
    ),
    weights: Annotated[Path | None, typer.Option(help="Where the ONNX files go. [default: WORK/weights]")] = None,
    layers: Annotated[int, typer.Option(min=1, max=4, help="Layers of Whisper to keep.")] = 3,
    frozen: Annotated[int, typer.Option(min=1, max=4, help="Lowest layers that are not trained.")] = 3,
    versions: Annotated[int, typer.Option(min=2, help="Telephone lines per clip.")] = 5,
    folds: Annotated[int, typer.Option(min=2, help="Groups of speakers to validate over.")] = 5,
    split: Annotated[corpora.Split, typer.Option(help="What is kept aside to validate on.")] = corpora.Split.SPEAKER,
    epochs: Annotated[int, typer.Option(min=1)] = 30,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """The speech emotion encoder: data, cross-validation, weights, ONNX, report."""
    need_packages("torch", "onnx")
    import torch

    from tonewatch.models.network import Shape
    from tonewatch.models.train_encoder import Plan, summary
    from tonewatch.models.train_encoder import train_encoder as run
    from tonewatch.models.training import Recipe

    if frozen > layers:
        raise typer.BadParameter(f"--frozen {frozen} of --layers {layers}")
    torch.set_num_threads(threads)
    plan = Plan(
        shape=Shape(layers=layers),
        recipe=Recipe(epochs=epochs, seed=seed),
        frozen=frozen,
        versions=versions,
        folds=folds,
        split=split,
    )
    work.mkdir(parents=True, exist_ok=True)
    report = run(plan, corpora.data_root(data), work, weights or work / "weights", _out.print)
    _out.print(summary(report))
    _out.print(f"temperature {report['temperature']}, torch against ONNX {report['parity']}")


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


@models.command("list")
def models_list() -> None:
    """The encoders in the package: version, size, temperature."""
    table = Table("file", "name", "version", "MB", "temperature")
    for path in shipped_encoders():
        encoder = Encoder(path, providers=["CPUExecutionProvider"])
        size = f"{path.stat().st_size / 1e6:.1f}"
        table.add_row(path.name, encoder.name, encoder.version, size, f"{encoder.card.temperature:.2f}")
    _out.print(table)


@models.command("verify")
def models_verify() -> None:
    """Open each shipped encoder and compare their answers to the same made-up sounds."""
    difference = agreement(shipped_encoders())
    if difference > LARGEST_DIFFERENCE:
        raise ModelError(f"the files in {weights_folder()} answer differently by {difference:.3f}: export them anew")
    _out.print(f"{len(shipped_encoders())} encoders open and agree within {difference:.4f}")


@models.command("export")
def models_export(
    target: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
    source: Annotated[Path | None, typer.Option(help="Instead of the shipped float32 encoder.")] = None,
) -> None:
    """A float32 encoder whose weights are stored as float32, for tools that want no casts in a graph."""
    need_packages("onnx")
    from tonewatch.models.export import unpack

    unpack(source or weights_folder() / "encoder-fp32.onnx", target)
    _out.print(f"wrote {target} ({target.stat().st_size / 1e6:.1f} MB)")
