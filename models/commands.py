"""`tonewatch train` and `tonewatch models`. Torch is imported only by the subcommands that need it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.models import corpora
from tonewatch.models.degradation.listened_calls import open_listening
from tonewatch.models.degradation.options import LISTENED, EncoderFile, Jobs, ListenedFolder
from tonewatch.models.degradation.posterior_reference import of_calls, of_topic, write
from tonewatch.models.packages import need_packages
from tonewatch.models.reasons.train_reasons_command import explainer
from tonewatch.models.shipped import LARGEST_DIFFERENCE, check_set, shipped_encoders
from tonewatch.models.words import words_commands
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.service.posterior_drift import LEAST_SEGMENTS
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.weights import SUMS, read_sums, sums_of
from tonewatch.workers.encoder import (
    CPU,
    Encoder,
    WeightsSet,
    default_encoder_path,
    encoder_files,
    weights_folder,
)

train = typer.Typer(help="Train a model from recordings to committed weights.", no_args_is_help=True)
models = typer.Typer(help="The weights that come with Tonewatch.", no_args_is_help=True)
_out = Console()
train.add_typer(explainer, name="explainer")
train.command("words")(words_commands.train)


@train.command("encoder")
def train_encoder(
    data: Annotated[Path | None, typer.Option(help="Folder of the corpora. [env: TONEWATCH_DATA]")] = None,
    work: Annotated[Path, typer.Option(help="Cache, checkpoints and report; a run resumes here.")] = Path(
        "build/encoder"
    ),
    weights: Annotated[Path | None, typer.Option(help="Where the ONNX files go. [default: WORK/weights]")] = None,
    weights_set: Annotated[
        WeightsSet, typer.Option("--set", help="full: every corpus; commercial: only those that allow commercial use.")
    ] = WeightsSet.FULL,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            help="Train on this folder of --data; may be given again. [default: the six of the shipped recipe]"
        ),
    ] = None,
    whisper: Annotated[
        str, typer.Option(help="A larger encoder: a hub's model id, or a folder with its files. [default: tiny.en]")
    ] = "",
    layers: Annotated[int, typer.Option(min=1, help="Layers of Whisper to keep.")] = 3,
    frozen: Annotated[int, typer.Option(min=1, help="Lowest layers that are not trained.")] = 3,
    versions: Annotated[int, typer.Option(min=2, help="Telephone lines per clip.")] = 7,
    folds: Annotated[int, typer.Option(min=2, help="Groups of speakers to validate over.")] = 5,
    split: Annotated[
        corpora.Split, typer.Option(help="What each fold holds out to validate on.")
    ] = corpora.Split.SPEAKER,
    keep_folds: Annotated[
        bool, typer.Option("--keep-folds", help="Also write every fold's encoder, to evaluate on held-out voices.")
    ] = False,
    epochs: Annotated[int, typer.Option(min=1)] = 15,
    patience: Annotated[
        int,
        typer.Option(min=0, help="Stop after so many epochs without gain on held-out voices; 0 runs all epochs."),
    ] = 0,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """The speech emotion encoder: data, cross-validation, weights, ONNX, report."""
    need_packages("torch", "onnx")
    import torch

    from tonewatch.models.encoder.network import Shape
    from tonewatch.models.encoder.train_encoder import Plan
    from tonewatch.models.encoder.train_encoder import train_encoder as run
    from tonewatch.models.encoder.training import Recipe
    from tonewatch.models.encoder.validation import summary

    if frozen > layers:
        raise typer.BadParameter(f"--frozen {frozen} of --layers {layers}")
    torch.set_num_threads(threads)
    plan = Plan(
        shape=Shape(layers=layers),
        recipe=Recipe(epochs=epochs, patience=patience, seed=seed),
        frozen=frozen,
        versions=versions,
        folds=folds,
        split=split,
        weights=weights_set,
        corpora=tuple(corpus or corpora.CORPORA),
        keep_folds=keep_folds,
        whisper=whisper,
    )
    work.mkdir(parents=True, exist_ok=True)
    report = run(plan, corpora.data_root(data), work, weights or work / "weights", _out.print)
    _out.print(summary(report.metrics), soft_wrap=True)
    worst = max(report.parity.values())
    _out.print(f"torch against ONNX: at most {worst:.4f} of a posterior; the report: {report.path}", soft_wrap=True)


@train.command("tone")
def train_tone(
    calls: Annotated[Path, typer.Option(help="Folder of stitched calls with their truth.json.")],
    folds: Annotated[Path, typer.Option(help="JSON of speaker to the encoder that was not trained on that speaker.")],
    encoder: EncoderFile = None,
    cache: ListenedFolder = LISTENED,
    jobs: Jobs = 1,
    trees: Annotated[int, typer.Option(min=1, help="For each of the four emotions.")] = 80,
    seed: int = 0,
) -> None:
    """The forest that judges segments in a call, written into the heads beside the encoder and those of the folds."""
    need_packages("sklearn")
    from tonewatch.models.tone.forest import ForestRecipe
    from tonewatch.models.tone.train_tone import train_tone as run

    run(calls, open_listening(encoder, folds, cache, jobs=jobs), ForestRecipe(trees=trees, seed=seed), _out.print)


@train.command("gate")
def train_gate(
    data: Annotated[Path | None, typer.Option(help="Folder of corpora and sounds. [env: TONEWATCH_DATA]")] = None,
    work: Annotated[Path, typer.Option(help="Keeps the statistics of the recordings.")] = Path("build/gate"),
    weights_set: Annotated[
        WeightsSet, typer.Option("--set", help="commercial: only recordings that allow commercial use.")
    ] = WeightsSet.FULL,
    encoder: EncoderFile = None,
    seed: int = 0,
) -> None:
    """The gate that tells a voice from music, noise and laughter, written beside the encoder."""
    need_packages("sklearn")
    from tonewatch.models.encoder.train_gate import GateRecipe
    from tonewatch.models.encoder.train_gate import train_gate as run

    chosen = encoder or weights_folder() / f"{weights_set}-fp32.onnx"
    report = run(corpora.data_root(data), work, chosen, weights_set, GateRecipe(seed=seed), _out.print)
    found = ", ".join(f"{name} {share:.2f}" for name, share in report.found.items())
    _out.print(f"held-out voices and sounds: {100 * report.speech_lost:.2f} % of speech lost; found: {found}")


@models.command("list")
def models_list() -> None:
    """The encoders in the package: version, size, and the corpora of their training."""
    table = Table("file", "version", "MB", "used here")
    chosen = {default_encoder_path(weights=one) for one in WeightsSet}
    users: dict[Path, list[str]] = {}
    cards: dict[str, str] = {}
    for path in shipped_encoders():
        encoder = Encoder(path, providers=[CPU])
        for file in encoder_files(path)[1:]:
            users.setdefault(file, []).append(path.stem)
        cards[path.stem.rpartition("-")[0]] = f"{encoder.name}; {encoder.card.licence}"
        table.add_row(path.name, encoder.version, _megabytes(path), "*" if path in chosen else "")
    _out.print(table)
    for file, names in users.items():
        _out.print(f"{file.name}: {_megabytes(file)} MB, the weights of {', '.join(names)}", soft_wrap=True)
    for name, about in cards.items():
        _out.print(f"{name}: {about}", soft_wrap=True)


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.2f}"


@models.command("verify")
def models_verify() -> None:
    """Open every shipped encoder and its head, and compare the answers of each set to the same made-up sounds."""
    for name in WeightsSet:
        difference = check_set(name)
        _out.print(f"{name}: its encoders open, belong to their head, and agree within {difference:.4f}")
    _out.print(f"(more than {LARGEST_DIFFERENCE} would be refused)")


@models.command("sums")
def models_sums(folder: Annotated[Path, typer.Argument(help="A folder of weights.")]) -> None:
    """Write SHA256SUMS into a folder of weights: from then on nothing else is loaded from it."""
    (folder / SUMS).write_text(sums_of(folder), encoding="ascii")
    typer.echo(f"{folder / SUMS}: {len(read_sums(folder) or {})} files")


@models.command("export")
def models_export(
    target: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
    source: Annotated[Path | None, typer.Option(help="Instead of the shipped float32 encoder.")] = None,
    weights_set: Annotated[WeightsSet, typer.Option("--set", help="Which of the shipped ones.")] = WeightsSet.FULL,
) -> None:
    """An encoder as one file with its weights inside, for tools that do not follow them into another file."""
    need_packages("onnx")
    from tonewatch.models.encoder.export import export_whole

    export_whole(source or weights_folder() / f"{weights_set}-fp32.onnx", target)
    _out.print(f"wrote {target} ({_megabytes(target)} MB)")


@models.command("reference")
def models_reference(
    target: Annotated[Path, typer.Argument(help="The JSON file to write; then set TONEWATCH_DRIFT_REFERENCE to it.")],
    calls: Annotated[Path | None, typer.Option(help="Of recordings instead of what Kafka keeps.")] = None,
    weights_set: Annotated[WeightsSet, typer.Option("--set", help="Which encoder listens to them.")] = WeightsSet.FULL,
    least: Annotated[int, typer.Option(min=1, help="Refuse fewer segments than this.")] = LEAST_SEGMENTS,
    kafka: KafkaOption = None,
) -> None:
    """How the posterior is distributed while all is well, so that its drift can be told: of the center's own calls."""
    if calls is not None:
        reference = of_calls(calls, default_encoder_path(weights=weights_set), f"the calls in {calls}", least=least)
    else:
        settings = load(KafkaSettings, kafka=kafka)
        today = datetime.now(UTC).date()
        reference = asyncio.run(of_topic(settings, f"the calls that Kafka kept on {today}", least=least))
    write(reference, target)
    _out.print(f"{target}: {reference.segments} segments judged by {reference.space}", soft_wrap=True)
