"""Probabilities of the four emotions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import EMOTIONS, Posterior, mean_posterior

shares = st.lists(st.floats(0, 1), min_size=4, max_size=4)


@given(shares)
def test_shares_come_back_in_the_order_of_the_emotions(values: list[float]) -> None:
    found = Posterior.of(values)
    assert found.shares() == tuple(getattr(found, name) for name in EMOTIONS)
    assert found.shares() == pytest.approx(values, abs=5e-5)


def test_another_number_of_shares_is_an_error() -> None:
    with pytest.raises(ValueError, match="unpack"):
        Posterior.of([0.5, 0.5])


def test_a_mean_weighs_its_posteriors() -> None:
    angry, calm = Posterior.of([1, 0, 0, 0]), Posterior.of([0, 0, 1, 0])
    assert mean_posterior([angry, calm]) == Posterior.of([0.5, 0, 0.5, 0])
    assert mean_posterior([angry, calm], [1, 3]) == Posterior.of([0.25, 0, 0.75, 0])


def test_there_is_no_mean_of_nothing() -> None:
    assert mean_posterior([]) is None
    assert mean_posterior([Posterior.of([1, 0, 0, 0])], [0]) is None
