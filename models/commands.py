"""Subcommands of the models room: `train` and `models`. Torch is imported only by those that need it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.models import corpora
from tonewatch.models.shipped import agreement, shipped_encoders, weights_folder
from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.encoder import Encoder

train = typer.Typer(help="Train a model from recordings to committed weights.", no_args_is_help=True)
models = typer.Typer(help="The weights that come with Tonewatch.", no_args_is_help=True)
_out = Console()

# Two files of one network may differ by what seven-bit weights cost; more means they are not of one network.
LARGEST_DIFFERENCE = 0.15


@train.callback()
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
