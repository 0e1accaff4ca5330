"""Calls that break off raise the alerts that they raise undisturbed. All of it: `tonewatch bench wire`."""

from __future__ import annotations

from functools import cache

import pytest

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.messages import CallClosed, CallOpened, SegmentMessage, Silence
from tonewatch.workers.listen.wire_command import WireBench

SAMPLED = (
    "all_restarts",
    "call_starts_again",
    "clock_leaps_an_hour",
    "number_wraps",
    "one_absurd_time",
    "rate_changes",
)


@cache
def bench() -> WireBench:
    return WireBench()


@pytest.mark.parametrize("stem", ["billing_dispute", "insurance_cold_anger"])
def test_a_call_that_breaks_off_raises_the_same_alerts_and_none_on_dead_air(stem: str) -> None:
    for outcome in bench().run(default_folder() / f"{stem}.flac", SAMPLED):
        assert outcome.same, outcome
        assert "silence" not in [cause for cause, _ in outcome.alerts]


def test_what_was_no_segment_is_judged_as_it_is() -> None:
    messages: list[SegmentMessage] = [
        CallOpened(call_id="c", notice_given=True),
        Silence(call_id="c", now_ms=60_000),
        CallClosed(call_id="c", reason="ended", duration_ms=60_000),
    ]
    assert bench().judge(messages) == ()
