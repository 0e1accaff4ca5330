from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Sequence

import pytest
from rich.console import Console

from tonewatch.stream.demo.state import AlertLine, Status
from tonewatch.stream.demo.summary import EARLY_S, LATE_S, Summary, Timings, judge, render_summary, summarise
from tonewatch.stream.demo.truth import Truth

BILLING = Truth(file="billing.flac", title="A bill", expected_alert=True, onset_s=46.0, duration_s=78.0)
CALM = Truth(file="calm.flac", title="A calm call", duration_s=70.0)
IDS = {"billing.flac": "billing-r1", "calm.flac": "calm-r1"}


def summed(
    status: Status, alerts: Sequence[AlertLine], *, watched_s: float = 90.0, failures: Sequence[str] = ()
) -> Summary:
    return summarise(
        (BILLING, CALM),
        IDS,
        dataclasses.replace(status, alerts=tuple(alerts)),
        watched_s=watched_s,
        speed=1.0,
        timings=Timings(4.2, 9.0, 55.5),
        failures=failures,
    )


@pytest.mark.parametrize(
    ("truth", "states", "watched_s", "outcome"),
    [
        (BILLING, ("firing", "confirmed"), 90.0, "as expected"),
        (BILLING, ("firing", "resolved"), 90.0, "as expected"),
        (BILLING, ("firing", "withdrawn"), 90.0, "missing"),
        (BILLING, (), 90.0, "missing"),
        (BILLING, (), 60.0, "not reached"),
        (BILLING, ("firing",), 60.0, "as expected"),
        (CALM, (), 90.0, "as expected"),
        (CALM, ("firing",), 90.0, "unexpected"),
        (CALM, ("firing", "withdrawn"), 90.0, "as expected"),
    ],
)
def test_a_call_is_judged_by_the_last_state_of_its_alerts(
    truth: Truth, states: tuple[str, ...], watched_s: float, outcome: str, make_line: Callable[..., AlertLine]
) -> None:
    alerts = (make_line(*states),) if states else ()
    assert judge(truth, alerts, watched_s=watched_s, speed=1.0).outcome == outcome


@pytest.mark.parametrize(
    ("onsets_s", "outcome"),
    [
        ((46.0 - 48.8,), "early"),
        ((46.0 - EARLY_S,), "as expected"),
        ((46.0 + LATE_S,), "as expected"),
        ((46.0 + LATE_S + 0.1,), "late"),
        ((46.0, 46.0 + LATE_S + 0.1), "as expected"),
        ((46.0 - EARLY_S - 0.1, 46.0), "early"),
    ],
)
def test_an_alert_counts_only_near_the_true_onset(
    onsets_s: Sequence[float], outcome: str, make_line: Callable[..., AlertLine]
) -> None:
    verdict = judge(BILLING, [make_line(onset_s=onset_s) for onset_s in onsets_s], watched_s=90.0, speed=1.0)
    assert verdict.outcome == outcome
    assert (f", {outcome})" in verdict.came) == (outcome in ("early", "late"))


def test_an_onset_reads_as_on_the_board_whose_clocks_cut_off(make_line: Callable[..., AlertLine]) -> None:
    """47.96 s are 0:47 there: 48.0 s would be another second, and the difference is that of the figures shown."""
    assert judge(BILLING, [make_line(onset_s=47.96)], watched_s=90.0, speed=1.0).came.startswith(
        "firing at 47.9 s (+1.9 s), "
    )


def test_turn_taking_is_not_dated_by_the_onset_of_the_tone(make_line: Callable[..., AlertLine]) -> None:
    early = dataclasses.replace(make_line(onset_s=10.0), cause="interruptions")
    assert judge(BILLING, [early], watched_s=90.0, speed=1.0).outcome == "as expected"


def test_an_early_alert_ends_with_status_one(status: Status, make_line: Callable[..., AlertLine]) -> None:
    (problem,) = summed(status, [make_line(onset_s=1.0)]).problems
    assert problem.startswith("A bill: an alert came more than 6 s before")


def test_all_as_expected_ends_with_status_zero(status: Status, make_line: Callable[..., AlertLine]) -> None:
    summary = summed(status, [make_line("firing", "confirmed")])
    assert (summary.exit_status, summary.problems) == (0, ())


def test_a_missing_alert_ends_with_status_one_and_says_which(status: Status) -> None:
    summary = summed(status, [])
    assert summary.exit_status == 1 and summary.problems == ("A bill: an alert was expected and none came.",)


def test_an_unexpected_alert_ends_with_status_one(status: Status, make_line: Callable[..., AlertLine]) -> None:
    summary = summed(status, [make_line(), make_line(call_id="calm-r1")])
    assert summary.problems == ("A calm call: no alert was expected, but one came.",)


def test_a_run_that_reaches_no_expected_alert_proves_nothing(status: Status) -> None:
    summary = summed(status, [], watched_s=30.0)
    assert summary.exit_status == 1 and "more --seconds" in summary.problems[0]


def test_a_run_without_a_segment_is_a_failure(status: Status) -> None:
    summary = summarise(
        (), {}, dataclasses.replace(status, alerts=(), segments=0), watched_s=9, speed=1, timings=Timings()
    )
    assert summary.problems == ("No segment reached the board.",)


def test_a_process_that_failed_is_a_failure(status: Status, make_line: Callable[..., AlertLine]) -> None:
    assert summed(status, [make_line()], failures=["The replay failed: x"]).problems == ("The replay failed: x",)


def test_an_alert_of_a_call_without_truth_is_shown_and_not_judged(
    status: Status, make_line: Callable[..., AlertLine]
) -> None:
    summary = summed(status, [make_line(), make_line(call_id="stranger")])
    assert summary.verdicts[-1].outcome == "no truth" and summary.exit_status == 0


def test_of_own_recordings_it_is_said_what_came_and_nothing_of_what_was_expected(
    status: Status, make_line: Callable[..., AlertLine]
) -> None:
    own = dataclasses.replace(status, is_own=True, alerts=(make_line("firing", "resolved", call_id="mine-r1"),))
    summary = summarise(
        (), {"mine.wav": "mine-r1", "quiet.wav": "quiet-r1"}, own, watched_s=90.0, speed=1.0, timings=Timings()
    )
    console = Console(file=io.StringIO(), width=160, no_color=True)
    with console.capture() as capture:
        console.print(render_summary(summary))
    text = capture.get()
    assert summary.exit_status == 0
    assert "firing > resolved at 48.0 s" in text and "quiet" in text and "none" in text
    assert "xpected" not in text and "no truth" not in text


def test_the_summary_tells_onset_beside_truth_reason_and_figures(
    status: Status, make_line: Callable[..., AlertLine]
) -> None:
    console = Console(file=io.StringIO(), width=160, no_color=True)
    with console.capture() as capture:
        console.print(render_summary(summed(status, [make_line("firing", "confirmed")])))
    text = capture.get()
    assert "firing > confirmed at 48.0 s (+2.0 s), reason by model" in text
    assert "alert at 46.0 s" in text and "As expected." in text
    assert "8 calls at once; 57 segments; 1 dead letter; 3 shed" in text
    assert "ready after 4.2 s, first tone on the board after 9.0 s, first alert after 55.5 s" in text
