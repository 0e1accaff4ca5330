"""Moments of known truth, joined with words: examples of the reinforcement, and questions of the evaluation."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.counterfactuals import calm, early
from tonewatch.models.reasons.moments import LABEL, AskedMoment
from tonewatch.models.reasons.utterances import said, situations
from tonewatch.stream.messages import FactsTable

CALMED = 0.4
"""Of the examples whose tone is not degraded: the share in which every measurement is at the caller's baseline."""


EARLY = 0.06
"""Share of examples in which the baseline is not known yet."""


class RewardExample(msgspec.Struct, frozen=True):
    """A facts table with its truth, by which reinforcement is rewarded."""

    facts: FactsTable
    label: str
    degraded: bool


@dataclass(frozen=True)
class KnownMoment:
    """A moment whose truth is clear."""

    asked: AskedMoment
    mood: Mood
    degraded: bool


def known(asked: Sequence[AskedMoment]) -> list[KnownMoment]:
    return [KnownMoment(a, a.mood, a.degraded) for a in asked if a.mood is not None and a.degraded is not None]


def worded(asked: AskedMoment, rng: random.Random, *, held_out: bool = False) -> FactsTable:
    """The table with words of one situation; `held_out`: of one that no training reads."""
    situation = rng.choice(situations(held_out=held_out))
    quotes = said(asked.moods, asked.starts_ms, situation, rng)
    again = "The tone fell." if rng.random() < 0.3 else ""
    return msgspec.structs.replace(asked.facts, quotes=quotes, last_rationale=again)


def balanced(moments: Sequence[KnownMoment], rng: random.Random) -> Iterator[KnownMoment]:
    """An endless stream: degraded and not degraded in turn, and within each all moods equally often."""
    groups: dict[bool, dict[Mood, list[KnownMoment]]] = {True: {}, False: {}}
    for one in moments:
        groups[one.degraded].setdefault(one.mood, []).append(one)
    while True:
        for degraded in (True, False):
            mood = rng.choice(sorted(groups[degraded]))
            yield rng.choice(groups[degraded][mood])


def reward_examples(moments: Sequence[KnownMoment], rng: random.Random) -> Iterator[RewardExample]:
    """An endless stream of real tables with words, degraded and not degraded in turn.

    Some that are not degraded are the degraded table before them with every measurement back at the baseline, however
    this caller usually sounds. They take the place of others that are not, so that neither answer is right more often.
    """
    before: FactsTable | None = None
    for one in balanced(moments, rng):
        table = worded(one.asked, rng)
        if one.degraded:
            before = table
        elif before is not None and rng.random() < CALMED:
            yield RewardExample(calm(before, rng), "neutral", False)
            continue
        if rng.random() < EARLY:
            table = early(table)
        yield RewardExample(table, LABEL[one.mood], one.degraded)
