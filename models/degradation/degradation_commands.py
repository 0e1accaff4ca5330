"""`tonewatch evaluate stitch` and `tonewatch evaluate degradation`: calls of known onset, and how they are scored."""

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
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all, open_listening
from tonewatch.models.degradation.options import (
    LISTENED,
    EncoderFile,
    FoldsFile,
    Jobs,
    ListenedFolder,
    MixedReason,
    Weights,
)
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
from tonewatch.workers.encoder import WeightsSet
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
    shouted: Annotated[
        bool, typer.Option("--shouted", help="The same calls, spoken so loudly that the caller's line overloads.")
    ] = False,
) -> None:
    """Make two-channel mu-law calls from labelled clips of one voice each, with a known onset."""
    voices = find_voices(clip for path in [*manifest, *(more or [])] for clip in read_manifest(path))
    planned, left_out = plan(voices, kind or _KINDS, per_speaker)
    if not planned:
        raise DependencyError(f"no call can be made: {_left_out_text(left_out) or 'the manifests hold no clips'}")
    make_folder(out)
    truths = list(stitch_calls(planned, voices, out, seed, shouted=shouted))
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
    json_file: Annotated[Path, typer.Option("--json", help="Write the metrics and every call here.")],
    report: Annotated[Path | None, typer.Option(help="Folder for a page with each call's tone.")] = None,
    encoder: EncoderFile = None,
    weights: Weights = WeightsSet.FULL,
    folds: FoldsFile = None,
    cache: ListenedFolder = LISTENED,
    jobs: Jobs = 1,
    mixed_reason: MixedReason = "",
    words: Annotated[bool, typer.Option(help="Speech-to-text around the alerts of calls without a truth.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse the folder if one file of it is odd.")] = False,
) -> None:
    """Calls through the code that runs live, faster than real time, and their alerts scored against the truth."""
    found = find_calls(calls, strict=strict, say=lambda line: _err.print(line, highlight=False, soft_wrap=True))
    for folder in (json_file.parent, report):
        if folder is not None:
            make_folder(folder)
    listening = open_listening(encoder, folds, cache, weights=weights, analyse_mixed=bool(mixed_reason), jobs=jobs)
    listened = _listen(found, listening)
    config = ToneConfig()
    result = run(listened, listening.configs(config))
    if words and any(one.truth is None and one.alerts for one in result.outcomes):
        result = Result(all_with_words(result.outcomes, found, Transcriber()))
    metrics = summary(result)
    spread = {name: intervals(those) for name, those in _groups(result).items()}
    document = msgspec.json.format(msgspec.json.encode(_document(metrics, result)), indent=1)
    write_file(json_file, document + b"\n", "the metrics", "file by --json")
    show(_out, metrics, spread["overall"], result)
    if report is not None:
        page = write_report(report, metrics, spread, result, About(_encoders(listened), config))
        _out.print(f"report: {page}")


def _listen(found: Sequence[CallFile], listening: OfflineListening) -> list[ListenedCall]:
    began, fresh = time.perf_counter(), 0
    with Progress(*_COLUMNS, console=_out, transient=True) as progress:
        task = progress.add_task("listening", total=len(found))

        def advance(listened_now: bool) -> None:
            nonlocal fresh
            fresh += listened_now
            progress.advance(task)

        listened = listen_all(found, listening, advance)
    took_s, length_s = time.perf_counter() - began, sum(call.duration_s for call in listened)
    cached = f"{len(listened) - fresh} of them from the cache, " if fresh < len(listened) else ""
    _out.print(f"{len(listened)} calls, {length_s / 3600:.2f} h, {cached}listened to in {took_s:.0f} s")
    judged_by = f"{len(set(listening.folds.values()))} folds, else " if listening.folds else ""
    _out.print(f"judged by {judged_by}{listening.encoder.name}", soft_wrap=True)
    return listened


def _encoders(listened: Sequence[ListenedCall]) -> list[str]:
    """Names and versions of the encoders behind the segments."""
    models = {m.model for call in listened for m in call.messages if isinstance(m, Segment) and m.model}
    return sorted(f"{model.name} {model.version}" for model in models) or ["nothing"]


def _groups(result: Result) -> dict[str, list[Outcome]]:
    """Calls by the names under which metrics are shown."""
    kinds, corpora = (group(result.scored, key) for key in (lambda one: one.kind, lambda one: one.corpus))
    return (
        {"overall": list(result.scored)}
        | {f"kind {name}": those for name, those in kinds.items()}
        | {f"corpus {name}": those for name, those in corpora.items()}
    )


def _document(metrics: Summary, result: Result) -> dict[str, object]:
    return {
        "overall": metrics.overall,
        "per_kind": metrics.per_kind,
        "per_corpus": metrics.per_corpus,
        "per_rule": metrics.per_rule,
        "calls": result.outcomes,
    }
