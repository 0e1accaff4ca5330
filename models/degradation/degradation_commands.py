"""`tonewatch evaluate stitch` and `tonewatch evaluate degradation`: calls of known onset, and how they are judged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tonewatch.models.corpora import read_manifest
from tonewatch.models.degradation.alert_transcripts import all_with_words
from tonewatch.models.degradation.degradation_metrics import Summary, group, intervals, summary
from tonewatch.models.degradation.folder import CallFile, find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all, read_folds
from tonewatch.models.degradation.options import EncoderFile, Jobs, ListenedFolder, MixedReason
from tonewatch.models.degradation.outcome import Outcome, Result, run
from tonewatch.models.degradation.report import About, write_report
from tonewatch.models.degradation.script import Kind
from tonewatch.models.degradation.stitch import LeftOut, plan
from tonewatch.models.degradation.stitch import stitch as stitch_calls
from tonewatch.models.degradation.terminal import show
from tonewatch.models.degradation.truth import write_truth
from tonewatch.models.degradation.voices import find_voices
from tonewatch.models.output import make_folder, write_file
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.messages import Segment
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.encoder import default_encoder_path
from tonewatch.workers.listen.speech_to_text import Transcriber

_out = Console()
_err = Console(stderr=True)
_KINDS = list(Kind)
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


def stitch(
    manifest: Annotated[list[Path], typer.Option(help="A manifest.csv of labelled clips; may be given again.")],
    out: Annotated[Path, typer.Option(help="Folder for the calls and their truth.json.")],
    more: Annotated[list[Path] | None, typer.Argument(help="Further manifests.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same files.")] = 0,
    per_speaker: Annotated[int, typer.Option(min=1, help="Calls of each kind for each voice.")] = 1,
    kind: Annotated[list[Kind] | None, typer.Option(help="Only this kind; may be given again.")] = None,
) -> None:
    """Make two-channel mu-law calls from labelled clips of one voice each, with a known onset."""
    voices = find_voices(clip for path in [*manifest, *(more or [])] for clip in read_manifest(path))
    planned, left_out = plan(voices, kind or _KINDS, per_speaker)
    if not planned:
        raise DependencyError(f"no call can be made: {_left_out_text(left_out) or 'the manifests hold no clips'}")
    make_folder(out)
    truths = list(stitch_calls(planned, voices, out, seed))
    write_truth(out, truths)
    counts = Counter(truth.kind for truth in truths)
    hours = sum(truth.duration_s or 0.0 for truth in truths) / 3600
    _out.print(
        f"{len(truths)} calls, {hours:.2f} h, in {out}: {', '.join(f'{n} {k}' for k, n in counts.items())}",
        soft_wrap=True,
    )
    if left_out:
        _out.print(f"left out: {_left_out_text(left_out)}")


def _left_out_text(left_out: Sequence[LeftOut]) -> str:
    return "; ".join(
        f"{one.voice.speaker} {one.kind} (too few clips: {', '.join(f'{one.voice.count(m)} {m}' for m in one.moods)})"
        for one in left_out
    )


def degradation(
    calls: Annotated[Path, typer.Option(help="Folder of calls, with a truth.json to be scored by.")],
    json_file: Annotated[Path, typer.Option("--json", help="Write the figures and every call here.")],
    report: Annotated[Path | None, typer.Option(help="Folder for a page with each call's tone.")] = None,
    encoder: EncoderFile = None,
    folds: Annotated[Path | None, typer.Option(help="JSON of speaker to the encoder to hear that speaker by.")] = None,
    cache: ListenedFolder = Path("build/heard"),
    jobs: Jobs = 1,
    mixed_reason: MixedReason = "",
    words: Annotated[bool, typer.Option(help="Speech-to-text around the alerts of calls without a truth.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the folder if one file of it is odd.")] = False,
) -> None:
    """Calls through the code that runs live, faster than real time, and their alerts held against the truth."""
    found = find_calls(calls, strict=strict, say=lambda line: _err.print(line, highlight=False, soft_wrap=True))
    for folder in (json_file.parent, report):
        if folder is not None:
            make_folder(folder)
    hearing = OfflineListening(
        encoder=encoder or default_encoder_path(),
        folds=read_folds(folds) if folds else {},
        cache=cache,
        analyse_mixed=bool(mixed_reason),
        jobs=jobs,
    )
    heard = _hear(found, hearing)
    config = ToneConfig()
    result = run(heard, hearing.configs(config))
    if words and any(one.truth is None and one.alerts for one in result.outcomes):
        result = Result(all_with_words(result.outcomes, found, Transcriber()))
    figures = summary(result)
    spread = {name: intervals(those) for name, those in _groups(result).items()}
    document = msgspec.json.format(msgspec.json.encode(_document(figures, result)), indent=1)
    write_file(json_file, document + b"\n", "the figures", "file by --json")
    show(_out, figures, spread["overall"], result)
    if report is not None:
        page = write_report(report, figures, spread, result, About(_encoders(heard), config))
        _out.print(f"report: {page}")


def _hear(found: Sequence[CallFile], hearing: OfflineListening) -> list[ListenedCall]:
    began, fresh = time.perf_counter(), 0
    with Progress(*_COLUMNS, console=_out, transient=True) as progress:
        task = progress.add_task("listening", total=len(found))

        def told(heard_now: bool) -> None:
            nonlocal fresh
            fresh += heard_now
            progress.advance(task)

        heard = listen_all(found, hearing, told)
    took_s, length_s = time.perf_counter() - began, sum(call.duration_s for call in heard)
    kept = f"{len(heard) - fresh} of them from the cache, " if fresh < len(heard) else ""
    _out.print(f"{len(heard)} calls, {length_s / 3600:.2f} h, {kept}heard in {took_s:.0f} s")
    return heard


def _encoders(heard: Sequence[ListenedCall]) -> list[str]:
    """Names and versions of the weights that judged anything."""
    models = {m.model for call in heard for m in call.messages if isinstance(m, Segment) and m.model}
    return sorted(f"{model.name} {model.version}" for model in models) or ["nothing"]


def _groups(result: Result) -> dict[str, list[Outcome]]:
    """Calls by the names under which figures are shown."""
    kinds, corpora = (group(result.scored, key) for key in (lambda one: one.kind, lambda one: one.corpus))
    return (
        {"overall": list(result.scored)}
        | {f"kind {name}": those for name, those in kinds.items()}
        | {f"corpus {name}": those for name, those in corpora.items()}
    )


def _document(figures: Summary, result: Result) -> dict[str, object]:
    return {
        "overall": figures.overall,
        "per_kind": figures.per_kind,
        "per_corpus": figures.per_corpus,
        "calls": result.outcomes,
    }
