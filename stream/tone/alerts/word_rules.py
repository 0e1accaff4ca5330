"""When an alert on the caller's words is due, and what it rests on; the voice has no part in it."""

from __future__ import annotations

from collections.abc import Sequence

from tonewatch.stream.messages import Evidence, Fact, FactsTable, Quote
from tonewatch.stream.rules.model import Rule, WordsRule
from tonewatch.stream.tone.alerts.lifecycle import Grounds
from tonewatch.stream.tone.alerts.slot import CallContext
from tonewatch.stream.tone.evidence.word_turn import Utterance, WordTurn
from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
from tonewatch.stream.tone.phrasing.phrasing import Phrasing

QUOTES_MOST = 3

FLAT_TONE = -0.3
"""A rolling tone above this is a voice that has not changed with the words."""


def about_words(rules: Sequence[Rule]) -> list[WordsRule]:
    return [rule for rule in rules if isinstance(rule, WordsRule)]


def holds(rule: WordsRule, words: WordTurn) -> bool:
    """Is an alert of this rule due?"""
    return words.probability >= rule.fire and len(turned(rule, words)) >= rule.count


def turned(rule: WordsRule, words: WordTurn) -> list[Utterance]:
    """The utterances that speak for it."""
    return words.turned(round(1000 * rule.within_s))


def grounds(rule: WordsRule, context: CallContext, words: WordTurn) -> Grounds:
    """What an alert on the words rests on now; some utterance has turned."""
    found = turned(rule, words)
    tone = round(context.tone, 3) if context.tone is not None else 0.0
    return Grounds(
        call_id=context.call_id,
        queue=context.queue,
        onset_ms=found[0].start_ms,
        at_ms=words.at_ms,
        peak_ms=max(found, key=lambda one: one.probability).end_ms,
        peak_tone=tone,
        tone=tone,
        sentence=sentence(found, context.tone, context.phrasing),
        evidence=_evidence(found, tone),
        facts=_table(context, found, words, tone),
        model=context.model,
        probability=round(words.probability, 4),
        spoken_at_ms=context.spoken_at_ms,
    )


def sentence(found: Sequence[Utterance], tone: float | None, phrasing: Phrasing = ENGLISH_PHRASING) -> str:
    """What happened in the words since when, whether the voice did too, and a whole sure sentence of the caller's.

    >>> one = Utterance(segment_id="s", start_ms=36_000, end_ms=39_000, due_ms=0, nats=2.0, manner="cold")
    >>> sentence([one], 0.1)
    'The words turn cold since 0:36; the voice stays flat.'
    """
    clock = "{}:{:02d}".format(*divmod(found[0].start_ms // 1000, 60))
    manners = phrasing.listed(phrasing.manners[name] for name in dict.fromkeys(one.manner for one in found))
    told = phrasing.say("turned", manners=manners, clock=clock)
    if tone is not None:
        told += phrasing.say("turned.flat" if tone > FLAT_TONE else "turned.agrees")
    phrase = max(found, key=lambda one: one.probability * bool(one.phrase)).phrase
    return told + (phrasing.say("turned.quote", words=phrase) if phrase else ".")


def _evidence(found: Sequence[Utterance], tone: float) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            segment_id=one.segment_id,
            start_ms=one.start_ms,
            end_ms=one.end_ms,
            audio=one.audio,
            tone=tone,
            probability=one.probability,
        )
        for one in found
        if one.audio is not None
    )


def _table(context: CallContext, found: Sequence[Utterance], words: WordTurn, tone: float) -> FactsTable:
    probability = round(words.probability, 3)
    fact = Fact(
        name="words", value=probability, baseline=0.0, unit="probability", delta=probability, z=0.0, salient=True
    )
    quotes = [Quote(segment_id=one.segment_id, start_ms=one.start_ms, text=one.phrase) for one in found if one.phrase]
    return FactsTable(
        at_ms=words.at_ms,
        window_start_ms=found[0].start_ms,
        window_end_ms=max(words.at_ms, found[-1].end_ms),
        baseline_segments=context.baseline_segments,
        tone=tone,
        tone_before=tone,
        facts=(fact,),
        posterior=None,
        posterior_baseline=None,
        quotes=tuple(quotes[-QUOTES_MOST:]),
    )
