"""Facts tables made more various: behaviour that stitched calls lack, a bad line, a caller whose usual is not known."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import msgspec

from tonewatch.models.reasons.counterfactuals import calm as at_the_usual
from tonewatch.models.reasons.counterfactuals import early, encoder_at_baseline, inverted, made_salient, restored
from tonewatch.stream.messages import EMOTIONS, FactsTable
from tonewatch.stream.tone import cues
from tonewatch.workers.reasons.compact import render

Change = Callable[[FactsTable, random.Random], FactsTable]

_NUMBER = re.compile(r"\d[\d.]*")
_replace = msgspec.structs.replace


def calm(table: FactsTable, rng: random.Random) -> FactsTable:
    """Every measurement at the caller's usual, whatever it was at the moment before."""
    return _replace(at_the_usual(table, rng), changed=())


def talks_over(table: FactsTable, rng: random.Random) -> FactsTable:
    """The caller breaks in."""
    times = rng.choice((1, 1, 2, 3))
    length_ms = times * rng.randrange(600, 1800, 100)
    return _replace(table, talk_over_ms=length_ms, interruptions=times, interruptions_by_caller=times)


def is_talked_over(table: FactsTable, rng: random.Random) -> FactsTable:
    """The agent breaks in."""
    length_ms = rng.randrange(600, 2400, 100)
    return _replace(table, talk_over_ms=length_ms, interruptions=1, interruptions_by_caller=0, interruptions_by_agent=1)


def falls_silent(table: FactsTable, rng: random.Random) -> FactsTable:
    silent_ms = rng.randrange(3000, 9000, 100)
    return _replace(table, falls_silent_ms=silent_ms, longest_silence_ms=silent_ms)


def is_curt(table: FactsTable, rng: random.Random) -> FactsTable:
    return _replace(table, one_word_answers=rng.choice((2, 2, 3, 4)))


def laughs(table: FactsTable, rng: random.Random) -> FactsTable:
    return _replace(table, laughs=rng.choice((1, 1, 2)))


def overloads(table: FactsTable, rng: random.Random) -> FactsTable:
    return _replace(table, overload_share=round(rng.uniform(0.025, 0.09), 3))


def on_a_bad_line(table: FactsTable, rng: random.Random) -> FactsTable:
    """Most measurements of the voice were taken over too little speech, or too quiet a one."""
    facts = tuple(
        _replace(fact, confidence=round(rng.uniform(0.05, 0.28), 2)) if rng.random() < 0.75 else fact
        for fact in table.facts
        if fact.name not in ("angry", "happy", "sad")
    )
    return _replace(table, facts=facts)


def with_usual_unknown(table: FactsTable, _rng: random.Random) -> FactsTable:
    return _replace(early(table), since_ms=None, tone_since=None, changed=(), posterior_since=None)


ADDED: tuple[tuple[float, Change], ...] = (
    (0.10, talks_over),
    (0.05, is_talked_over),
    (0.08, falls_silent),
    (0.07, is_curt),
    (0.04, laughs),
    (0.05, overloads),
    (0.05, on_a_bad_line),
    (0.05, with_usual_unknown),
    (0.04, calm),
)
"""Each with the share of tables that it is made of."""

CONTRASTS: tuple[Change, ...] = (
    inverted,
    restored,
    made_salient,
    encoder_at_baseline,
    calm,
    talks_over,
    falls_silent,
    on_a_bad_line,
)
"""One thing changes; answer and reason follow."""


def varied(table: FactsTable, rng: random.Random) -> FactsTable:
    for share, change in ADDED:
        if rng.random() < share:
            table = change(table, rng)
    return table


def contrast(table: FactsTable, rng: random.Random, changes: Sequence[Change] = CONTRASTS) -> FactsTable | None:
    """The table with one thing changed that a reader of the prompt can see; null where no change is."""
    order = rng.sample(changes, len(changes))
    return next((other for change in order if differs_visibly(table, other := change(table, rng))), None)


def differs_visibly(one: FactsTable, other: FactsTable) -> bool:
    """Is another cue shown, another behaviour, another measurement unclear, or a share that moved clearly?

    A number that moved a little changes neither answer nor reason, and what the prompt does not show can change none.
    """
    shown = [_NUMBER.sub("", render(table, "update")) for table in (one, other)]
    moved = any(
        abs((cues.share(one, name) or 0.0) - (cues.share(other, name) or 0.0)) >= cues.CLEARLY_MORE for name in EMOTIONS
    )
    return moved or (shown[0] != shown[1] and _told(one) != _told(other))


def _told(table: FactsTable) -> tuple[object, ...]:
    unclear = {fact.name for fact in table.facts if fact.confidence < cues.LEAST_CONFIDENCE}
    return (
        {(cue.name, cue.sign) for cue in cues.voice_cues(table.facts)},
        unclear & set(cues.OF_THE_VOICE),
        cues.talks_over(table),
        cues.overloads(table),
        cues.falls_silent(table),
        cues.is_curt(table),
        table.laughs > 0,
    )
