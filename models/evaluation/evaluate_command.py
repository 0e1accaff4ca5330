"""`tonewatch evaluate`: each kind of evaluation is a subcommand of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tonewatch.models import corpora
from tonewatch.models.degradation.degradation_commands import degradation, stitch
from tonewatch.models.degradation.listened_calls import read_folds
from tonewatch.models.degradation.options import EncoderFile, FoldsFile, Weights
from tonewatch.models.evaluation.emotion import Run, Track, describe_sets
from tonewatch.models.evaluation.evaluated_model import EncoderWithHead, EvaluatedModel, encoder_model
from tonewatch.models.evaluation.fairness_command import fairness
from tonewatch.models.evaluation.record import Evaluation, Subject, standing, write_json
from tonewatch.models.evaluation.reference_systems.run import read_training_clips, reference_rows
from tonewatch.models.evaluation.report.page import write_page
from tonewatch.models.evaluation.results import Row
from tonewatch.models.evaluation.sets import ClipSet, read_sets
from tonewatch.models.evaluation.sound import Band
from tonewatch.models.evaluation.terminal import show
from tonewatch.models.output import make_folder
from tonewatch.models.prosody.perception_command import perception
from tonewatch.models.reasons.evaluate_reasons_command import reasons
from tonewatch.models.redaction.redaction_command import evaluate_redaction
from tonewatch.models.words import words_commands
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.workers.encoder import Encoder, WeightsSet, default_encoder_path, relative_head_path

T = TypeVar("T")

evaluate = typer.Typer(help="Metrics of a model on labelled recordings.", no_args_is_help=True)
_out = Console()


@evaluate.command("emotion")
def evaluate_emotion(
    manifest: Annotated[list[Path], typer.Option(help="A manifest.csv; may be given again.")],
    band: Annotated[Band, typer.Option(help="phone: mu-law at 8 kHz.")] = Band.PHONE,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the metrics here.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with plots, index.html, into this folder.")] = None,
    encoder: EncoderFile = None,
    weights: Weights = WeightsSet.FULL,
    folds: FoldsFile = None,
    references: Annotated[
        bool, typer.Option("--references", help="Train and test simple reference systems beside it.")
    ] = False,
    reference_folds: Annotated[
        int,
        typer.Option(min=0, help="0: reference systems train on untested speakers only; else cross-validate."),
    ] = 0,
    data: Annotated[
        Path | None, typer.Option(help="The reference systems' training corpora. [env: TONEWATCH_DATA]")
    ] = None,
    work: Annotated[Path, typer.Option(help="Features of the reference systems, kept for the next run.")] = Path(
        "build/evaluation"
    ),
    former_references: Annotated[bool, typer.Option("--peers", hidden=True)] = False,
    former_reference_folds: Annotated[int, typer.Option("--peer-folds", min=0, hidden=True)] = 0,
) -> None:
    """The encoder on labelled clips. Mind that the shipped weights were trained on RAVDESS, EmoDB and nEMO speakers."""
    path = encoder or default_encoder_path(weights=weights)
    main = open_encoder(path)
    model = encoder_model(main, open_folds(folds) if folds else {})
    sets = read_sets(manifest, model.classes)
    if not any(one.clips for one in sets):
        raise DependencyError(f"no clip with a label ({', '.join(model.classes)}) in {', '.join(map(str, manifest))}")
    for folder in (json_file.parent if json_file else None, report):
        if folder is not None:
            make_folder(folder)
    wanted, groups = references or former_references, reference_folds or former_reference_folds
    training_clips = read_training_clips(corpora.data_root(data), model.classes) if wanted else []
    with _progress() as track:
        run = describe_sets(sets, model, band, track)
        rows = reference_rows(run, training_clips, band, work, folds=groups, track=track) if wanted else []
    subject = Subject(model.name, model.version, path.name, band, main.encoder.card.data, folded=folds is not None)
    found = assemble(subject, model, sets, run, rows)
    # Files first: a closed pipe behind the terminal's tables must not cost an hour's results.
    if json_file is not None:
        write_json(found, json_file)
    if report is not None:
        write_page(found, report / "index.html")
    show(found, _out)
    if report is not None:
        _out.print(f"the report: {report / 'index.html'}", soft_wrap=True, markup=False)


def open_encoder(path: Path) -> EncoderWithHead:
    return EncoderWithHead(Encoder(path), load_head(relative_head_path(path)))


def open_folds(path: Path) -> dict[str, EncoderWithHead]:
    """By speaker; every file is opened once."""
    named = read_folds(path)
    opened = {file: open_encoder(file) for file in sorted(set(named.values()))}
    return {speaker: opened[file] for speaker, file in named.items()}


def assemble(
    subject: Subject, model: EvaluatedModel, sets: Sequence[ClipSet], run: Run, references: Sequence[Row]
) -> Evaluation:
    names = tuple(one.name for one in sets)
    rows = [Row(one.name, one.about, one.knows_speaker, run.read(one)) for one in model.readings]
    main, *beside = (standing(row, names) for row in rows)
    return Evaluation(
        subject=subject,
        sets=names,
        main=main,
        beside=tuple(beside),
        references=tuple(standing(row, names) for row in references),
        unreadable=run.unreadable,
        unlabelled={one.name: one.unlabelled for one in sets},
    )


@contextmanager
def _progress() -> Iterator[Track]:
    """One bar a stage, on the error stream, so that the output can be piped."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:

        def track(items: Sequence[T], label: str) -> Iterable[T]:
            return progress.track(items, total=len(items), description=label)

        yield track


evaluate.command("fairness")(fairness)
evaluate.command("stitch")(stitch)
evaluate.command("degradation")(degradation)
evaluate.command("reasons")(reasons)
evaluate.command("words")(words_commands.evaluate)
evaluate.command("prosody")(perception)
evaluate.command("redaction")(evaluate_redaction)
