"""Training data of the small explainer: facts of real voices, words written for this project, reasons from the facts.

A table is measured on a window of a real, labelled voice (`moments.probes`), joined with words, and put into a reason
by the writer; beside it stands a contrast, the same table with one thing changed, whose reason and answer follow.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import msgspec

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.counterfactuals import CONTRASTS, calm, early, other_words
from tonewatch.models.reasons.examples import KnownMoment, balanced, worded
from tonewatch.models.reasons.teacher import Teacher
from tonewatch.models.reasons.utterances import situations, utterances
from tonewatch.models.reasons.writer import write
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.engines import tokens

CONTRASTED = 0.5
"""Share of tables that are followed by a contrast."""

REWORDED = 0.25
"""Share of contrasts in which the words change and the voice stays."""

CALMED = 0.2
"""Share of contrasts in which every measurement is back at the baseline, beside those in which CONTRASTS draws it."""


EARLY = 0.12
"""Share of contrasts in which the baseline is not known yet."""


class ReasonExample(msgspec.Struct, frozen=True):
    """Input and output symbols of one reason."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def fit_teacher(moments: Sequence[KnownMoment], seed: int) -> Teacher:
    """On each moment with three different draws of words, once with every measurement back at the baseline (then not
    degraded), and once as if the baseline were not known yet."""
    rng = random.Random(seed)
    drawn = [(worded(one.asked, rng), one.degraded, one.mood) for one in moments for _ in range(3)]
    drawn += [(calm(worded(one.asked, rng), rng), False, Mood.CALM) for one in moments]
    drawn += [(early(worded(one.asked, rng)), one.degraded, one.mood) for one in moments]
    return Teacher([facts for facts, _, _ in drawn], [d for _, d, _ in drawn], [mood for _, _, mood in drawn])


def tables(moments: Sequence[KnownMoment], rng: random.Random) -> Iterator[FactsTable]:
    """An endless stream of real tables and their contrasts."""
    for one in balanced(moments, rng):
        table = worded(one.asked, rng)
        yield table
        if rng.random() < CONTRASTED:
            yield _contrast(table, rng)


def _contrast(table: FactsTable, rng: random.Random) -> FactsTable:
    if rng.random() < REWORDED:
        stances = utterances()[rng.choice(situations(held_out=False))]
        texts = [rng.choice(rng.choice(list(stances.values()))) for _ in range(rng.choice((1, 2)))]
        return other_words(table, texts)
    if rng.random() < EARLY:
        return early(table)
    if rng.random() < CALMED:
        return calm(table, rng)
    changed = table
    # One change, or now and then two.
    for change in rng.sample(CONTRASTS, rng.choices((1, 2), (3, 1))[0]):
        changed = change(changed, rng)
    return changed


def write_examples(
    moments: Sequence[KnownMoment], teacher: Teacher, count: int, seed: int, batch: int = 64
) -> Iterator[ReasonExample]:
    """`count` examples whose every claim the checker finds true."""
    rng = random.Random(seed)
    stream = tables(moments, rng)
    while count > 0:
        some = [next(stream) for _ in range(min(batch, count))]
        for table, posterior in zip(some, teacher.predict(some), strict=True):
            written = write(table, posterior, rng)
            if written is not None:
                count -= 1
                yield ReasonExample(tuple(tokens.read(table)), tuple(written))


def vocabulary(found: Sequence[ReasonExample]) -> tuple[list[str], list[str]]:
    """All symbols, the fixed ones first; and the words that stand in reasons."""
    writes = sorted({symbol for example in found for symbol in example.writes if symbol[0] not in "<{"})
    return [*tokens.FIXED, *(word for word in writes if word not in tokens.FIXED)], writes
