"""Metrics over explainers whose behaviour is known."""

from __future__ import annotations

import pytest

from tonewatch.models.reasons.reason_metrics import bare, reason_metrics
from tonewatch.stream.messages import FactsTable

from .conftest import honest, records, replied, stubborn


def test_one_that_follows_the_facts_flips_with_them_and_stays_where_nothing_matters(
    tables: dict[str, FactsTable],
) -> None:
    found = reason_metrics(records(honest, tables), replied(honest, tables))
    assert (found.answer_accuracy, found.flip_rate, found.stay_rate) == (1.0, 1.0, 1.0)
    assert (found.alignment_raw, found.model_share) == (1.0, 1.0)


def test_one_that_says_the_same_of_everything_is_found_out(tables: dict[str, FactsTable]) -> None:
    found = reason_metrics(records(stubborn, tables), replied(stubborn, tables))
    assert found.flips["calm"] == 0.0
    assert found.stay_rate == 1.0
    assert found.answer_accuracy == pytest.approx(2 / 3, abs=0.001)
    assert found.alignment_raw is not None and found.alignment_raw < 0.5
    assert found.alignment_shown == 1.0
    assert found.fallbacks == {"contradicts": 2}


def test_metrics_over_nothing_divide_by_nothing() -> None:
    found = reason_metrics([])
    assert (found.rationales, found.alignment_raw, found.answer_accuracy) == (0, None, None)


def test_texts_that_differ_in_numbers_and_quotations_only_are_alike() -> None:
    assert bare('Louder by 7 dB. "No."') == bare('Louder by 12 dB. "Yes."')
