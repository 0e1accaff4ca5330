from __future__ import annotations

from tonewatch.stream.archive.review.recall import HeardCall, moments_of, recall_of


def test_marks_that_lie_close_together_are_of_one_moment() -> None:
    assert moments_of([]) == 0
    assert moments_of([40_000, 10_000, 22_000]) == 2


def test_a_call_is_missed_in_only_where_most_who_heard_it_say_so() -> None:
    disputed = HeardCall([], {"Ada": "missed", "Grace": "right"}, [1_000])
    found = recall_of([disputed])
    assert (found.quiet, found.quiet_missed, found.missed, found.recall) == (1, 0, 0, None)


def test_without_anything_that_was_due_there_is_no_recall() -> None:
    found = recall_of([])
    assert (found.calls, found.recall, found.low, found.high) == (0, None, None, None)
