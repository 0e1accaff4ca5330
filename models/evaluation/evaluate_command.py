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
from tonewatch.models.evaluation.emotion import Run, Track, listen
from tonewatch.models.evaluation.judge import Ear, Judge, encoder_judge
from tonewatch.models.evaluation.record import Evaluation, Subject, standing, write_json
from tonewatch.models.evaluation.reference_systems.run import peer_rows, read_lessons
from tonewatch.models.evaluation.report.page import write_page
from tonewatch.models.evaluation.results import Row
from tonewatch.models.evaluation.sets import ClipSet, read_sets
from tonewatch.models.evaluation.sound import Band
from tonewatch.models.evaluation.terminal import show
from tonewatch.models.output import make_folder
from tonewatch.models.reasons.evaluate_reasons_command import reasons
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.workers.encoder import Encoder, default_encoder_path, relative_head_path

T = TypeVar("T")

evaluate = typer.Typer(help="Figures of a model on labelled recordings.", no_args_is_help=True)
_out = Console()


@evaluate.command("emotion")
def evaluate_emotion(
    manifest: Annotated[list[Path], typer.Option(help="A manifest.csv; may be given again.")],
    band: Annotated[Band, typer.Option(help="phone: mu-law at 8 kHz.")] = Band.PHONE,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page with plots, index.html, into this folder.")] = None,
    encoder: Annotated[Path | None, typer.Option(help="An ONNX encoder instead of the shipped one.")] = None,
    folds: Annotated[Path | None, typer.Option(help="JSON of speaker to the encoder to hear that speaker by.")] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Train and test simple peers beside it.")] = False,
    peer_folds: Annotated[
        int,
        typer.Option(min=0, help="0: peers learn from untested speakers only; else cross-validate."),
    ] = 0,
    data: Annotated[Path | None, typer.Option(help="The peers' training corpora. [env: TONEWATCH_DATA]")] = None,
    work: Annotated[Path, typer.Option(help="Where peers keep what they heard, for the next run.")] = Path(
        "build/evaluation"
    ),
) -> None:
    """The encoder on labelled clips. Mind that the shipped weights have heard RAVDESS, EmoDB and nEMO speakers."""
    path = encoder or default_encoder_path()
    main = open_ear(path)
    judge = encoder_judge(main, open_folds(folds) if folds else {})
    sets = read_sets(manifest, judge.classes)
    if not any(one.clips for one in sets):
        raise DependencyError(f"no clip with a label ({', '.join(judge.classes)}) in {', '.join(map(str, manifest))}")
    for folder in (json_file.parent if json_file else None, report):
        if folder is not None:
            make_folder(folder)
    lessons = read_lessons(corpora.data_root(data), judge.classes) if peers else []
    with _progress() as track:
        run = listen(sets, judge, band, track)
        rows = peer_rows(run, lessons, band, work, folds=peer_folds, track=track) if peers else []
    subject = Subject(judge.name, judge.version, path.name, band, main.encoder.card.data, folded=folds is not None)
    found = assemble(subject, judge, sets, run, rows)
    # Files first: a closed pipe behind the terminal's tables must not cost an hour's figures.
    if json_file is not None:
        write_json(found, json_file)
    if report is not None:
        write_page(found, report / "index.html")
    show(found, _out)
    if report is not None:
        _out.print(f"the report: {report / 'index.html'}", soft_wrap=True, markup=False)


def open_ear(path: Path) -> Ear:
    return Ear(Encoder(path), load_head(relative_head_path(path)))


def open_folds(path: Path) -> dict[str, Ear]:
    named = read_folds(path)
    opened = {file: open_ear(file) for file in sorted(set(named.values()))}
    return {speaker: opened[file] for speaker, file in named.items()}


def assemble(subject: Subject, judge: Judge, sets: Sequence[ClipSet], run: Run, peers: Sequence[Row]) -> Evaluation:
    names = tuple(one.name for one in sets)
    rows = [Row(one.name, one.about, one.knows_speaker, run.read(one)) for one in judge.readings]
    main, *beside = (standing(row, names) for row in rows)
    return Evaluation(
        subject=subject,
        sets=names,
        main=main,
        beside=tuple(beside),
        peers=tuple(standing(row, names) for row in peers),
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


evaluate.command("stitch")(stitch)
evaluate.command("degradation")(degradation)
evaluate.command("reasons")(reasons)
