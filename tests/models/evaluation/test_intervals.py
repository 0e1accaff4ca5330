from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.models.evaluation.intervals import recall_interval
from tonewatch.models.evaluation.metrics import Labels, Posteriors, unweighted_recall


def two_classes(right: list[bool]) -> tuple[Posteriors, Labels]:
    """Clips of class 0 and 1 in turn, answered rightly or not."""
    truths = np.arange(len(right)) % 2
    chosen = np.where(right, truths, 1 - truths)
    return np.eye(2)[chosen], truths


def test_voices_with_equal_recall_give_an_interval_of_no_width() -> None:
    posteriors, truths = two_classes([True, False] * 6)
    speakers = [f"s{index // 4}" for index in range(12)]
    assert recall_interval(posteriors, truths, speakers, ["made"] * 12) == pytest.approx((0.5, 0.5))


def test_a_voice_never_understood_makes_the_interval_reach_down() -> None:
    # one of two voices is always wrong: a draw has it none, one or two times out of two
    posteriors, truths = two_classes([True] * 4 + [False] * 4)
    interval = recall_interval(posteriors, truths, ["a"] * 4 + ["b"] * 4, ["made"] * 8)
    assert interval == pytest.approx((0.0, 1.0))


def test_more_clips_of_the_same_voices_do_not_narrow_it() -> None:
    posteriors, truths = two_classes([True] * 4 + [False] * 4)
    speakers = ["a"] * 4 + ["b"] * 4
    many = np.tile(np.arange(8), 50)
    once = recall_interval(posteriors, truths, speakers, ["made"] * 8)
    often = recall_interval(posteriors[many], truths[many], [speakers[index] for index in many], ["made"] * 400)
    assert often == once


def test_a_corpus_keeps_its_voices_when_they_are_drawn() -> None:
    # each corpus has one voice, so nothing but these two can be drawn
    posteriors, truths = two_classes([True] * 4 + [False] * 4)
    assert recall_interval(posteriors, truths, ["s"] * 8, ["one"] * 4 + ["two"] * 4) == pytest.approx((0.5, 0.5))


def test_one_voice_gives_no_interval() -> None:
    posteriors, truths = two_classes([True, False])
    assert recall_interval(posteriors, truths, ["a", "a"], ["made", "made"]) is None


@given(st.lists(st.booleans(), min_size=8, max_size=40))
def test_the_interval_is_of_shares_and_the_same_each_time(right: list[bool]) -> None:
    posteriors, truths = two_classes(right)
    speakers = [f"s{index // 2}" for index in range(len(right))]
    interval = recall_interval(posteriors, truths, speakers, ["made"] * len(right))
    assert interval is not None
    assert 0.0 <= interval[0] <= interval[1] <= 1.0
    assert interval == recall_interval(posteriors, truths, speakers, ["made"] * len(right))


def test_it_holds_the_recall_that_was_measured() -> None:
    rng = np.random.default_rng(3)
    posteriors, truths = two_classes((rng.random(300) < 0.7).tolist())
    interval = recall_interval(posteriors, truths, [f"s{index // 20}" for index in range(300)], ["made"] * 300)
    assert interval is not None
    assert interval[0] < unweighted_recall(posteriors, truths) < interval[1]
