from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.outcome import Outcome, Point, Raised, follow, judged, run, wrong
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.tone.config import ToneConfig

STRETCH = (40.0, 60.0)


def alert(onset_s: float, fired_s: float, resolved_s: float | None = None, by: str = "recovery") -> Raised:
    return Raised(onset_s=onset_s, fired_s=fired_s, resolved_s=resolved_s, resolved_by=by)


@pytest.mark.parametrize(
    ("onset_s", "fired_s", "why"),
    [
        (40.0, 45.0, ""),
        (34.0, 45.0, ""),
        (46.0, 60.0, ""),
        (33.9, 45.0, "dated too early"),
        (46.1, 50.0, "dated too late"),
        (42.0, 60.1, "fired after the end"),
        (37.0, 39.9, "fired before the onset"),
    ],
)
def test_a_hit_dates_the_onset_within_six_seconds_and_fires_before_the_end(
    onset_s: float, fired_s: float, why: str
) -> None:
    assert wrong(alert(onset_s, fired_s), STRETCH) == why


def test_every_alert_is_false_where_nothing_degrades() -> None:
    assert wrong(alert(40.0, 45.0), None) == "nothing degrades"


def test_an_onset_is_found_once() -> None:
    truth = Truth(file="c", kind="escalate", onset_s=40.0, end_s=60.0)
    verdicts = judged([alert(20.0, 25.0), alert(38.0, 44.0), alert(41.0, 50.0)], truth, 100.0)
    assert [(one.verdict, one.why) for one in verdicts] == [
        ("false", "dated too early"),
        ("hit", ""),
        ("false", "found already"),
    ]


def test_without_a_truth_there_is_no_verdict() -> None:
    assert judged([alert(40.0, 45.0)], None, 100.0)[0].verdict == ""


def test_a_call_is_followed_by_the_core_that_runs_live(listened_call: Callable[..., ListenedCall]) -> None:
    truth = Truth(file="c.wav", kind="escalate", onset_s=32.0, end_s=64.0)
    outcome = follow(listened_call("ccccccccaaaaaaaa", truth), ToneConfig())
    assert [(one.verdict, one.onset_s, one.resolved_by) for one in outcome.alerts] == [("hit", 32.0, "call_end")]
    assert len(outcome.tone) == 16
    assert outcome.ready_s == 23.0


def test_an_alert_fires_when_the_pause_behind_its_segment_is_over(listened_call: Callable[..., ListenedCall]) -> None:
    fired_s = follow(listened_call("ccccccccaaaaaaaa"), ToneConfig()).alerts[0].fired_s
    assert fired_s % 4 == pytest.approx(3.5)


def test_settings_are_compared_over_the_same_calls(listened_call: Callable[..., ListenedCall]) -> None:
    calls = [listened_call("ccccccccaaaaaaaa"), listened_call("cccccccccccccccc")]
    assert [len(one.alerts) for one in run(calls, ToneConfig()).outcomes] == [1, 0]
    assert [len(one.alerts) for one in run(calls, ToneConfig(bare_gain=0.05)).outcomes] == [0, 0]


def test_what_counts_for_nothing_inside_the_degraded_stretch_is_summed_and_what_is_not_shown_yet_counts(
    outcome: Callable[..., Outcome],
) -> None:
    points = (
        Point(30.0, 44.0, -0.1, 0.1, None),
        Point(45.0, 48.0, None, 1.0, "noisy", counts=False),
        Point(50.0, 52.0, None, 1.0, "learning_baseline"),
        Point(58.0, 66.0, None, 1.0, "unknown_voice", counts=False),
    )
    one = msgspec.structs.replace(outcome("escalate", 40.0, end_s=60.0), tone=points)
    assert one.degraded_s == (5.0, 11.0)
    assert msgspec.structs.replace(outcome("steady", None), tone=points).degraded_s == (0.0, 0.0)


@pytest.mark.parametrize(
    ("resolved_s", "by", "wanted"),
    [(66.0, "recovery", True), (54.0, "recovery", True), (53.9, "recovery", False), (66.0, "call_end", False)],
)
def test_a_recovery_is_found_when_the_alert_resolves_itself_and_not_long_before(
    outcome: Callable[..., Outcome], resolved_s: float, by: str, wanted: bool
) -> None:
    hit = Raised(onset_s=40.0, fired_s=45.0, resolved_s=resolved_s, resolved_by=by, verdict="hit")
    one = outcome("recover", 40.0, hit, end_s=60.0)
    assert one.recovers
    assert one.recovered is wanted


def test_a_recovery_is_not_found_where_the_onset_was_missed(outcome: Callable[..., Outcome]) -> None:
    late = Raised(onset_s=50.0, fired_s=55.0, resolved_s=70.0, resolved_by="recovery", verdict="false")
    assert not outcome("recover", 40.0, late, end_s=60.0).recovered
