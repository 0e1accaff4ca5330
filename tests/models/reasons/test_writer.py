from __future__ import annotations

import random

import pytest

from tonewatch.models.reasons.counterfactuals import early
from tonewatch.stream.messages import FactsTable
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.engines import tokens

pytest.importorskip("sklearn", reason="no scikit-learn: pip install 'tonewatch[train]'")

from tonewatch.models.reasons import writer
from tonewatch.models.reasons.teacher import TeacherPosterior

POSTERIOR = TeacherPosterior(0.8, {"angry": 0.7, "happy": 0.1, "sad": 0.1, "neutral": 0.1})


def test_every_reason_is_true_in_every_claim(tables: dict[str, FactsTable]) -> None:
    rng = random.Random(0)
    for table in tables.values():
        for _ in range(10):
            symbols = writer.write(table, POSTERIOR, rng)
            assert symbols is not None
            answer = parse(tokens.write(symbols, tokens.pointers_of(table)))
            assert answer is not None
            assert check(answer.reason, table).dropped == ()


def test_before_the_baseline_is_known_the_reason_names_the_encoders_emotion(tables: dict[str, FactsTable]) -> None:
    table = early(tables["boiling"])
    for seed in range(8):
        symbols = writer.write(table, POSTERIOR, random.Random(seed))
        assert symbols is not None
        answer = parse(tokens.write(symbols, tokens.pointers_of(table)))
        assert answer is not None
        assert {claim.fact for claim in check(answer.reason, table).claims} & {"angry"}


def test_hardly_any_try_is_thrown_away(tables: dict[str, FactsTable]) -> None:
    """Were the checker blind to a phrasing, it would silently be missing from what is learned."""
    rng, kept = random.Random(1), []
    for table in tables.values():
        for _ in range(30):
            answer = parse(tokens.write(writer._symbols(table, POSTERIOR, rng), tokens.pointers_of(table)))
            assert answer is not None
            kept.append(not check(answer.reason, table).dropped)
    assert sum(kept) >= 0.9 * len(kept)


def test_reasons_over_one_table_vary(tables: dict[str, FactsTable]) -> None:
    rng = random.Random(2)
    texts = {" ".join(writer.write(tables["boiling"], POSTERIOR, rng) or ()) for _ in range(40)}
    assert len(texts) >= 36
