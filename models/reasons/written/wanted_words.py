"""Which words a moment is to have: a wish for the writer, and words of `utterances.py` to begin with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tonewatch.models.reasons.moments import AskedMoment
from tonewatch.models.reasons.utterances import Stance, said, utterances
from tonewatch.models.reasons.written.written_moment import SaidWords

MOST = 3
UNSURE = 0.3
"""Confidence of a transcript that the recogniser is not sure of."""


@dataclass(frozen=True)
class Wanted:
    """`share` of the moments in percent; `stances` to draw words from, none: as the mood draws them."""

    share: int
    wish: str
    stances: tuple[Stance, ...] = ()
    language: str = "en"
    missing: bool = False
    unsure: bool = False


_ANOTHER = "words of your own"
WANTED: tuple[Wanted, ...] = (
    Wanted(14, "the words as they are, or better ones of the same meaning"),
    Wanted(12, f"{_ANOTHER} that explain the voice", (Stance.CROSS, Stance.LOW)),
    Wanted(9, f"{_ANOTHER} that hide it: polite or ordinary ones, whatever the voice does", (Stance.PLAIN,)),
    Wanted(9, f"{_ANOTHER} with sarcasm: thanks or praise that is not meant", (Stance.WRY,)),
    Wanted(7, f"{_ANOTHER} of relief: a trouble is over or is being solved", (Stance.PLEASED,)),
    Wanted(7, f"{_ANOTHER} of worry, grief or fear, and no complaint", (Stance.LOW,)),
    Wanted(8, "ordinary business in your own words: a request, a date, a reference", (Stance.PLAIN,)),
    Wanted(6, f"{_ANOTHER}: a complaint told in a factual way", (Stance.CROSS,)),
    Wanted(5, "one request said twice: let four words or more come again word for word", (Stance.CROSS, Stance.PLAIN)),
    Wanted(8, "no words: leave them out", missing=True),
    Wanted(4, "words that the recogniser got half wrong: keep their confidence at 0.3, do not quote them", unsure=True),
    Wanted(4, f"{_ANOTHER} in German, as a caller would say them", language="de"),
    Wanted(4, f"{_ANOTHER} in Spanish, as a caller would say them", language="es"),
    Wanted(3, f"{_ANOTHER} in French, as a caller would say them", language="fr"),
)


def draw_wanted(rng: random.Random) -> Wanted:
    [chosen] = rng.choices(WANTED, [one.share for one in WANTED])
    return chosen


def words_for(asked: AskedMoment, wanted: Wanted, situation: str, rng: random.Random) -> tuple[SaidWords, ...]:
    """At most three transcripts, the last ones of the window; in English, whatever language is wanted."""
    if wanted.missing:
        return ()
    # A window goes on behind the moment where its alert waited.
    heard = [(m, ms) for m, ms in zip(asked.moods, asked.starts_ms, strict=True) if ms < asked.facts.at_ms][-MOST:]
    moods, starts_ms = [mood for mood, _ in heard], [ms for _, ms in heard]
    if not wanted.stances:
        found = [(quote.start_ms, quote.text) for quote in said(moods, starts_ms, situation, rng, silent=0.0)]
    else:
        found = _of_stances(wanted.stances, starts_ms[-2:], situation, rng)
    confidence = UNSURE if wanted.unsure else round(rng.uniform(0.72, 0.97), 2)
    return tuple(SaidWords(start_ms, text, confidence) for start_ms, text in found)


def _of_stances(
    stances: Sequence[Stance], starts_ms: Sequence[int], situation: str, rng: random.Random
) -> list[tuple[int, str]]:
    known = utterances()[situation]
    texts = [text for stance in stances for text in known.get(stance, ())]
    return list(zip(starts_ms, rng.sample(texts, min(len(texts), len(starts_ms))), strict=False))
