"""Sentences of callers, written for this project, by situation and stance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from importlib import resources

from tonewatch.models.degradation.voices import Mood
from tonewatch.stream.messages import Quote

FILE = "utterances.txt"
SILENT = 0.12
"""Share of moments without words."""


class Stance(StrEnum):
    """The attitude of the words alone. `wry`: thanks or praise that is not meant."""

    CROSS = "cross"
    LOW = "low"
    PLAIN = "plain"
    PLEASED = "pleased"
    WRY = "wry"


_OF_MOOD = {
    Mood.ANGRY: {Stance.CROSS: 45, Stance.PLAIN: 27, Stance.WRY: 18, Stance.LOW: 5, Stance.PLEASED: 5},
    Mood.SAD: {Stance.LOW: 50, Stance.PLAIN: 35, Stance.CROSS: 12, Stance.PLEASED: 3},
    Mood.HAPPY: {Stance.PLEASED: 50, Stance.PLAIN: 45, Stance.CROSS: 5},
    Mood.CALM: {Stance.PLAIN: 55, Stance.PLEASED: 20, Stance.CROSS: 15, Stance.LOW: 10},
}
"""How often a voice in a mood uses words of a stance, in percent: mostly a fitting one, so that words are evidence,
and often enough another, so that they are no proof."""


@cache
def utterances() -> dict[str, dict[Stance, tuple[str, ...]]]:
    """By situation, then by stance."""
    found: dict[str, dict[Stance, tuple[str, ...]]] = {}
    here: tuple[str, Stance] | None = None
    for line in (resources.files("tonewatch.models.reasons") / FILE).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            situation, stance = line.strip("[]").split()
            here = situation, Stance(stance)
        elif line and not line.startswith("#") and here is not None:
            stances = found.setdefault(here[0], {})
            stances[here[1]] = (*stances.get(here[1], ()), line)
    return found


def is_held_out(situation: str) -> bool:
    """Every fourth situation is for evaluation only; a model in training never reads it."""
    return sorted(utterances()).index(situation) % 4 == 3


def situations(*, held_out: bool) -> list[str]:
    """The situations for evaluation, or those for training."""
    return [situation for situation in sorted(utterances()) if is_held_out(situation) == held_out]


def said(
    moods: Sequence[Mood], starts_ms: Sequence[int], situation: str, rng: random.Random, *, silent: float = SILENT
) -> tuple[Quote, ...]:
    """One utterance for each stretch of speech, drawn by its mood; now and then none at all."""
    if rng.random() < silent:
        return ()
    quotes = []
    for mood, start_ms in zip(moods, starts_ms, strict=True):
        ways = _OF_MOOD[mood]
        [stance] = rng.choices(list(ways), list(ways.values()))
        text = rng.choice(utterances()[situation][stance])
        quotes.append(Quote(segment_id=f"{situation}/{start_ms}", start_ms=start_ms, text=text))
    return tuple({quote.text: quote for quote in quotes}.values())
