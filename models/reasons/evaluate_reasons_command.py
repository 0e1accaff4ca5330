"""`tonewatch evaluate reasons`: are reasons true, do they decide, do they follow the facts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tonewatch.models.degradation.folder import CallFile, find_calls, those_of
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all, open_listening
from tonewatch.models.degradation.options import LISTENED, EncoderFile, FoldsFile, ListenedFolder
from tonewatch.models.output import make_folder
from tonewatch.models.reasons.asking import ExplainedMoment, WithoutExamples, ask_all
from tonewatch.models.reasons.counterfactual_evaluation import Reply, questions, replies
from tonewatch.models.reasons.examples import worded
from tonewatch.models.reasons.moments import AskedMoment, moments, probes, read_turns
from tonewatch.models.reasons.rating import rating_run
from tonewatch.models.reasons.reason_metrics import reason_metrics
from tonewatch.models.reasons.record import show, write_json
from tonewatch.models.reasons.report import Page, write_report
from tonewatch.models.reasons.sequences import accounts, one_after_another, show_accounts
from tonewatch.models.reasons.transcribe import spoken
from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.messages import FactsTable
from tonewatch.stream.settings import ExplainSettings, load
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.listen.speech_to_text import Transcriber
from tonewatch.workers.reasons.engines.engine import Engine
from tonewatch.workers.reasons.engines.engine_small import SmallEngine
from tonewatch.workers.reasons.engines.factory import make_engine

_out = Console()

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())

Question = tuple[AskedMoment, FactsTable]


def reasons(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the metrics and every text here; all but --sequences need it.")
    ] = None,
    calls: Annotated[Path | None, typer.Option(help="Folder of calls, as for evaluate degradation.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for a page with fifty reasons, unedited.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Folder for a blind sheet of the reasons, or of the one that --scores is for.")
    ] = None,
    texts: Annotated[
        list[str] | None, typer.Option(help="On the sheet too: NAME=FILE.json of texts. May be given again.")
    ] = None,
    scores: Annotated[
        list[Path] | None, typer.Option(help="Read back what a rater gave; no call is listened to. May be given again.")
    ] = None,
    sequences: Annotated[
        bool, typer.Option(help="Print each call's texts in their order, and what repeats and contradicts; no model.")
    ] = False,
    llm: Annotated[str | None, typer.Option(help="As for tonewatch explain. [env: TONEWATCH_LLM]")] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Beside it: NAME=FILE.onnx, few-shot or base. May be given again.")
    ] = None,
    corpus: Annotated[list[str] | None, typer.Option(help="Only calls of this corpus; may be given again.")] = None,
    speaker: Annotated[list[str] | None, typer.Option(help="Only calls of this speaker; may be given again.")] = None,
    most: Annotated[int, typer.Option("--moments", min=1, help="Ask about at most so many, evenly chosen.")] = 400,
    variant_moments: Annotated[int, typer.Option(min=1, help="The same for few-shot and base, which are slow.")] = 20,
    encoder: EncoderFile = None,
    folds: FoldsFile = None,
    cache: ListenedFolder = LISTENED,
    words: Annotated[bool, typer.Option(help="Speech-to-text where calls have words of their own.")] = True,
    deadline_s: Annotated[float, typer.Option(min=0.1)] = 120.0,
    seed: int = 0,
) -> None:
    """Moments of recorded calls through the explainer: its claims, and its answers to real and counterfactual facts."""
    if sequences:
        _read_sequences(calls, speaker, corpus, open_listening(encoder, folds, cache))
        return
    if json_file is None:
        raise SettingsError("--json is missing: name the file for the metrics (only --sequences goes without).")
    if scores:
        _read_scores(sheet, scores, json_file, seed)
        return
    if calls is None:
        raise SettingsError("--calls is missing: name a folder of calls, or --sheet and --scores of a rating.")
    settings = load(ExplainSettings, llm=llm)
    for folder in (json_file.parent, report, sheet):
        if folder is not None:
            make_folder(folder)
    found = those_of(find_calls(calls), speakers=speaker or (), corpora=corpus or ())
    if not found:
        raise DependencyError(f"no call in {calls} of {', '.join([*(corpus or []), *(speaker or [])])}")
    listening = open_listening(encoder, folds, cache)
    configs = listening.configs(ToneConfig())
    asked = gather(found, listen_all(found, listening), configs, calls, seed, Transcriber() if words else None)
    asked = spread(asked, most)
    _out.print(f"{len(found)} calls, {len(asked)} moments")
    main, replied = asyncio.run(_measure(settings, "", asked, deadline_s, seed))
    sides = {name: side for name in variant or [] for name, side in [_side(settings, name, asked, variant_moments)]}
    compared = {settings.llm: reason_metrics(main, replied)}
    for name, (spec, some) in sides.items():
        records, answers = asyncio.run(_measure(settings, spec, some, deadline_s, seed))
        compared[name] = reason_metrics(records, answers)
    write_json(json_file, compared[settings.llm], compared, main)
    show(_out, compared)
    if sheet is not None:
        key = rating_run.make(sheet, main, texts or (), seed)
        _out.print(f"sheet: {sheet / 'sheet.html'}, {len(key.origins)} texts (keep {sheet / 'key.json'} from raters)")
    if report is not None:
        about = f"{len(found)} calls of {calls.name}, {len(asked)} moments"
        _out.print(f"report: {write_report(report, Page(about, compared, main))}")


def _read_sequences(
    calls: Path | None, speaker: Sequence[str] | None, corpus: Sequence[str] | None, listening: OfflineListening
) -> None:
    """Whole calls, and one of more than twenty minutes that is made of them."""
    if calls is None:
        raise SettingsError("--calls is missing: name a folder of calls.")
    listened = listen_all(those_of(find_calls(calls), speakers=speaker or (), corpora=corpus or ()), listening)
    configs = listening.configs(ToneConfig())
    told = accounts([*listened, *one_after_another(listened)], configs)
    show_accounts(_out, told)


def _read_scores(sheet: Path | None, scores: Sequence[Path], json_file: Path, seed: int) -> None:
    if sheet is None:
        raise SettingsError("--scores: name the folder of the sheet that was rated, by --sheet.")
    make_folder(json_file.parent)
    rating_run.show(_out, rating_run.read(sheet, scores, json_file, seed))


def _side(
    settings: ExplainSettings, name: str, asked: Sequence[Question], few: int
) -> tuple[str, tuple[str, Sequence[Question]]]:
    """A variant's name, its specification, and its questions."""
    title, _, file = name.partition("=")
    if not file and title not in ("few-shot", "base"):
        raise SettingsError(f"--variant {name}: give NAME=FILE.onnx, few-shot or base.")
    return title, (name, asked if file else spread(asked, few))


async def _measure(
    settings: ExplainSettings, spec: str, asked: Sequence[Question], deadline_s: float, seed: int
) -> tuple[list[ExplainedMoment], list[Reply]]:
    engine = await _engine(settings, spec)
    if engine is None:
        raise DependencyError("no language model: install tonewatch[llm], name a server, or --llm small.")
    with Progress(*_COLUMNS, console=_out, transient=True) as progress:
        task = progress.add_task(spec or settings.llm, total=len(asked))
        records = await ask_all(asked, engine, deadline_s=deadline_s, progress=lambda: progress.advance(task))
    answers = await replies(questions(records, seed), engine, deadline_s=deadline_s)
    await engine.aclose()
    return records, answers


async def _engine(settings: ExplainSettings, spec: str) -> Engine | None:
    title, _, file = spec.partition("=")
    if file:
        return await SmallEngine.load(Path(file))
    if not title:
        return await make_engine(settings)
    engine = await make_engine(settings.model_copy(update={"llm": "llama", "llm_model": "", "llm_parallel": 1}))
    return WithoutExamples(engine) if engine is not None and title == "base" else engine


def gather(
    files: Sequence[CallFile],
    listened: Sequence[ListenedCall],
    configs: Callable[[ListenedCall], ToneConfig],
    folder: Path,
    seed: int,
    transcriber: Transcriber | None,
) -> list[Question]:
    """Every moment with its words: written for this project where the call's own carry no meaning, else transcribed.

    Stitched calls are made of corpora in which everybody says the same few sentences; to each stretch of such a call
    an utterance is given that a voice of its emotion may say, from situations that no training reads.
    """
    turns = read_turns(folder)
    found: list[Question] = []
    for file, call in zip(files, listened, strict=True):
        said, config = turns.get(call.name, ()), configs(call)
        live = moments(call, said, config)
        rng = random.Random(f"{seed}/{call.name}")
        if said:
            found += [
                (one, worded(one, rng, held_out=True)) for one in [*live, *_chosen(probes(call, said, config), rng)]
            ]
        else:
            found += [(one, spoken(one.facts, file, transcriber)) for one in live]
    return found


def _chosen(found: Sequence[AskedMoment], rng: random.Random) -> list[AskedMoment]:
    """One moment in the degraded stretch and one outside, where there are such."""
    groups = [[one for one in found if one.degraded is degraded and one.mood] for degraded in (True, False)]
    return [rng.choice(group) for group in groups if group]


def spread(asked: Sequence[Question], most: int) -> list[Question]:
    """At most so many, evenly over all."""
    if len(asked) <= most:
        return list(asked)
    return [asked[round(n * (len(asked) - 1) / max(1, most - 1))] for n in range(most)]
