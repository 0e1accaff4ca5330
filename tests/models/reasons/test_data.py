from __future__ import annotations

import random
from itertools import islice

import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.reasons.data import fit_teacher, tables, vocabulary, write_examples
from tonewatch.models.reasons.examples import KnownMoment
from tonewatch.workers.reasons.engines import tokens

pytestmark = pytest.mark.train


def test_half_of_the_tables_are_followed_by_a_contrast(known_moments: list[KnownMoment]) -> None:
    own = {one.asked.facts.facts for one in known_moments}
    drawn = list(islice(tables(known_moments, random.Random(0)), 300))
    contrasts = sum(table.facts not in own for table in drawn)
    assert 50 < contrasts < 150


def test_as_many_examples_as_asked_for_are_written_and_a_seed_fixes_them(known_moments: list[KnownMoment]) -> None:
    teacher = fit_teacher(known_moments * 5, 0)
    once, again = (list(write_examples(known_moments, teacher, 12, seed=3)) for _ in range(2))
    assert len(once) == 12
    assert once == again


def test_the_vocabulary_begins_with_the_fixed_symbols_and_holds_every_word(known_moments: list[KnownMoment]) -> None:
    examples = list(write_examples(known_moments, fit_teacher(known_moments * 5, 0), 8, seed=0))
    symbols, writes = vocabulary(examples)
    assert symbols[: len(tokens.FIXED)] == list(tokens.FIXED)
    assert len(set(symbols)) == len(symbols)
    assert {s for example in examples for s in example.writes if s[0] not in "<{"} == set(writes) <= set(symbols)
