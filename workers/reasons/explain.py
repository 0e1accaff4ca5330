"""Rationale of a moment: the model's reason after the claim checker, or the sentence from the facts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

import msgspec

from tonewatch.stream.messages import Claim, Decision, FactsTable, ModelRef, Moment, MomentKind, Rationale
from tonewatch.stream.tone.argument import Argument, argue
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.phrasing.registry import PHRASINGS
from tonewatch.stream.tone.sentence import lead, realise
from tonewatch.stream.tone.verdict import DEGRADED
from tonewatch.workers.reasons.answer import Answer, parse
from tonewatch.workers.reasons.checker.check import Checked, check
from tonewatch.workers.reasons.checker.language import CheckedLanguage
from tonewatch.workers.reasons.checker.reader import reader_of
from tonewatch.workers.reasons.checker.registry import language_of
from tonewatch.workers.reasons.decide import from_answer, from_facts, label_of
from tonewatch.workers.reasons.engines.engine import (
    Engine,
    EngineBusy,
    EngineLate,
    EngineMalformed,
    EngineUnavailable,
    Request,
    Samples,
)
from tonewatch.workers.reasons.prompt import build, grammar
from tonewatch.workers.reasons.schema import schema

log = logging.getLogger(__name__)

MAX_TOKENS = 220

Fallback = Literal["missing", "late", "malformed", "contradicts", "empty", "shed"]
Clock = Callable[[], float]


def request(facts: FactsTable, audio: Samples | None = None, kind: MomentKind = "onset") -> Request:
    """The request for a reason over these facts, in every form that an engine may use."""
    return Request(build(facts), grammar(facts), schema(facts), MAX_TOKENS, facts, audio, kind)


async def explain(
    moment: Moment, engine: Engine | None, *, deadline_s: float, clock: Clock, audio: Samples | None = None
) -> Rationale:
    """The rationale of a moment; always one, whatever the model does.

    `clock` counts seconds and measures `Rationale.seconds`. The same moment and the same completion give the same
    rationale, but for that duration.
    """
    if moment.closing:
        return closing(moment)
    if engine is None:
        return from_the_facts(moment, "missing")
    began = clock()
    # Each way to fail has a word of its own in `Rationale.fallback`, which the board and the metrics count.
    try:
        written = await engine.complete(request(moment.facts, audio, moment.kind), deadline_s=deadline_s)
    except EngineLate:
        log.warning("The language model answers too late", extra={"model": engine.ref.name, "deadline_s": deadline_s})
        return from_the_facts(moment, "late", model=engine.ref, seconds=clock() - began)
    except EngineBusy:
        return from_the_facts(moment, "shed", model=engine.ref, seconds=clock() - began)
    except EngineUnavailable as error:
        log.warning("The language model gives no answer", extra={"model": engine.ref.name, "why": str(error)})
        return from_the_facts(moment, "missing", model=engine.ref, seconds=clock() - began)
    except EngineMalformed:
        return from_the_facts(moment, "malformed", model=engine.ref, seconds=clock() - began)
    return weigh(moment, written.text, engine.ref, seconds=clock() - began)


def weigh(moment: Moment, written: str, model: ModelRef, *, seconds: float = 0.0) -> Rationale:
    """The model's checked text and its answer, or the sentence from the facts where they do not hold."""
    answer = parse(written)
    if answer is None:
        return from_the_facts(moment, "malformed", model=model, seconds=seconds)
    # Text and answer are held against the facts apart: a true text may come with an answer that they refuse.
    language = language_for(answer, moment.facts)
    checked = check(answer.reason, moment.facts, language)
    decided = from_answer(answer, moment.facts)
    if not checked.accepted or decided is None or _speaks_against(checked, moment, decided):
        return from_the_facts(moment, "contradicts", model=model, seconds=seconds, claims=checked.claims)
    # True but empty ("the pitch is unchanged") may stand in an update; it is no reason to confirm an alert.
    if moment.kind == "onset" and decided == "confirm" and not _names_a_salient_fact(checked, moment.facts):
        return from_the_facts(moment, "empty", model=model, seconds=seconds, claims=checked.claims)
    first = "" if answer.reads else _lead(moment, answer, PHRASINGS[language.code])
    return _from_the_model(moment, answer, f"{first}{checked.kept_text}", checked, decided, model, seconds)


def language_for(answer: Answer, facts: FactsTable) -> CheckedLanguage:
    """How the claims of an answer are read."""
    # Whoever serves a model may have it write in the language that the monitor speaks.
    return reader_of(facts) if answer.reads else language_of(answer.reason)


def in_the_arguments_words(rationale: Rationale, moment: Moment) -> Rationale:
    """The model's decision, said by the argument where both agree; the model's own text where they differ.

    For a model that decides well and only lists what it measured: claims and decision stay its own.
    """
    argued = argue(moment.facts, moment.kind, moment.told)
    if rationale.source != "model" or argued.disputed or not _agrees(rationale, moment, argued):
        return rationale
    return msgspec.structs.replace(rationale, text=_spoken(moment, argued), source="facts")


def _spoken(moment: Moment, argued: Argument) -> str:
    """As the monitor spoke it, in the language that it speaks; the alert shows the same."""
    return moment.sentence or realise(argued, moment.told)


def _agrees(rationale: Rationale, moment: Moment, argued: Argument) -> bool:
    if moment.kind == "onset":
        return rationale.decision == "confirm"
    return (rationale.label in ("angry", "sad")) == (argued.verdict in DEGRADED)


def _speaks_against(checked: Checked, moment: Moment, decided: Decision) -> bool:
    """A text by which the tone got better, or the caller happier, cannot confirm an alert on a degraded one."""
    if moment.kind != "onset" or decided != "confirm":
        return False
    return checked.brighter


def _names_a_salient_fact(checked: Checked, facts: FactsTable) -> bool:
    """A true claim is about a salient fact, or no fact is salient."""
    salient = {fact.name for fact in facts.facts if fact.salient}
    return not salient or any(claim.verdict == "true" and claim.fact in salient for claim in checked.claims)


def from_the_facts(
    moment: Moment,
    fallback: Fallback,
    *,
    model: ModelRef | None = None,
    seconds: float = 0.0,
    claims: tuple[Claim, ...] = (),
) -> Rationale:
    """The deterministic rationale; `fallback`: why it is not the model's; `claims`: those that the model made."""
    label, confidence = label_of(moment.facts)
    argued = argue(moment.facts, moment.kind, moment.told)
    return Rationale(
        call_id=moment.call_id,
        moment_id=moment.moment_id,
        alert_id=moment.alert_id,
        kind=moment.kind,
        at_ms=moment.at_ms,
        text=_spoken(moment, argued),
        source="facts",
        # A text that speaks against its alert cannot confirm it.
        decision="abstain" if argued.disputed else _decision(moment, from_facts(moment.facts)),
        label=label,
        confidence=round(confidence, 4),
        fallback=fallback,
        claims=claims,
        claims_total=len(claims),
        claims_false=sum(claim.verdict == "false" for claim in claims),
        model=model,
        seconds=round(seconds, 3),
    )


def closing(moment: Moment) -> Rationale:
    """The line that sums a call up: what its reasons said, which no model is asked about."""
    return Rationale(
        call_id=moment.call_id,
        moment_id=moment.moment_id,
        alert_id="",
        kind=moment.kind,
        at_ms=moment.at_ms,
        text=moment.sentence,
        source="facts",
        decision="abstain",
        label="neutral",
        confidence=0.0,
        closing=True,
    )


def _from_the_model(
    moment: Moment, answer: Answer, text: str, checked: Checked, decided: Decision, model: ModelRef, seconds: float
) -> Rationale:
    return Rationale(
        call_id=moment.call_id,
        moment_id=moment.moment_id,
        alert_id=moment.alert_id,
        kind=moment.kind,
        at_ms=moment.at_ms,
        text=text,
        source="model",
        decision=_decision(moment, decided),
        label=answer.label,
        confidence=answer.confidence,
        claims=checked.claims,
        claims_total=len(checked.claims),
        claims_false=checked.false,
        model=model,
        seconds=round(seconds, 3),
    )


def _lead(moment: Moment, answer: Answer, phrasing: Phrasing) -> str:
    """What happened since the moment before stands in front of a later moment's text, unless the model differs."""
    argued = argue(moment.facts, moment.kind)
    differs = answer.degraded is not None and answer.degraded is not (argued.verdict in DEGRADED)
    first = "" if differs or moment.kind == "onset" else lead(moment.facts, moment.kind, phrasing)
    return f"{first} " if first and moment.facts.since_ms is not None else ""


def _decision(moment: Moment, decided: Decision) -> Decision:
    """Only an onset is decided on; updates and recoveries only inform."""
    return decided if moment.kind == "onset" else "abstain"
