from __future__ import annotations

from collections.abc import Mapping

import pytest

from tonewatch.stream.archive.review.precision import (
    JudgedAlert,
    precision_row,
    precision_rows,
    together,
    week_of,
    wilson,
)
from tonewatch.stream.archive.review.views import Judged

from .conftest import DAY_MS, MONDAY_MS


def alert(labels: Mapping[str, Judged], rule: str = "anger", queue: str = "billing", day: int = 0) -> JudgedAlert:
    return JudgedAlert("a", rule, queue, MONDAY_MS + day * DAY_MS, labels)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_published_cases(hits: int, count: int, low: float, high: float) -> None:
    assert list(wilson(hits, count)) == pytest.approx([low, high], abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    row = precision_row([])
    assert (row.precision, row.low, row.high) == (None, None, None)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], ""),
        (["right"], "right"),
        (["right", "wrong"], "disputed"),
        (["right", "wrong", "right"], "right"),
        (["right", "wrong", "not_actionable"], "disputed"),
    ],
)
def test_people_say_together_what_more_than_half_of_them_say(labels: list[Judged], said: Judged) -> None:
    assert together(labels) == said


def test_a_disputed_alert_counts_for_nothing_but_disputes() -> None:
    row = precision_row([alert({"Ada": "right", "Grace": "wrong"}), alert({"Ada": "right"}), alert({"Ada": "wrong"})])
    assert (row.right, row.wrong, row.disputed, row.precision) == (1, 1, 1, 0.5)


def test_there_is_a_row_for_each_rule_queue_and_week_the_newest_week_first() -> None:
    right: dict[str, Judged] = {"Ada": "right"}
    rows = precision_rows(
        [alert(right), alert(right, day=7), alert(right, rule="sad"), alert({"Ada": "not_actionable"})]
    )
    assert [(row.week, row.rule, row.right, row.not_actionable) for row in rows] == [
        ("2026-W41", "anger", 1, 0),
        ("2026-W40", "anger", 1, 1),
        ("2026-W40", "sad", 1, 0),
    ]


def test_a_week_begins_on_monday_in_utc() -> None:
    assert (week_of(MONDAY_MS - 1), week_of(MONDAY_MS), week_of(None)) == ("2026-W39", "2026-W40", "")
