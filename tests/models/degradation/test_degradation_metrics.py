from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from tonewatch.models.degradation.degradation_metrics import (
    DegradationMetrics,
    RuleCounts,
    degradation_metrics,
    intervals,
    rule_counts,
    summary,
)
from tonewatch.models.degradation.outcome import Outcome, Point, Raised, Result

MakeOutcome = Callable[..., Outcome]


def hit(onset_s: float, fired_s: float) -> Raised:
    return Raised(onset_s=onset_s, fired_s=fired_s, verdict="hit")


FALSE = Raised(onset_s=10.0, fired_s=15.0, verdict="false", why="nothing degrades")


@pytest.fixture
def calls(outcome: MakeOutcome) -> list[Outcome]:
    """Four onsets, three of them found; two false alerts, one of them on a happy caller."""
    return [
        outcome("escalate", 40.0, hit(41.0, 43.0), speaker="a"),
        outcome("escalate", 40.0, hit(38.0, 45.0), speaker="b"),
        outcome("sad", 40.0, hit(44.0, 50.0), FALSE, speaker="a"),
        outcome("sad", 40.0, speaker="c"),
        outcome("happy", None, FALSE, speaker="a"),
        outcome("happy", None, speaker="b"),
    ]


def test_metrics_of_a_few_calls_worked_by_hand(calls: list[Outcome]) -> None:
    assert degradation_metrics(calls) == DegradationMetrics(
        calls=6,
        hours=round(600 / 3600, 4),
        onset_precision=0.6,
        onset_recall=0.75,
        onset_f1=round(2 * 0.6 * 0.75 / (0.6 + 0.75), 4),
        delay_s_p50=5.0,
        delay_s_p90=9.0,
        onset_error_s_p50=2.0,
        false_alerts_per_hour=12.0,
        happy_alert_share=0.5,
        recovery_recall=None,
        calm_alerts_per_hour=18.0,
        calm_act=0,
        calm_act_per_hour=0.0,
        abstained_in_degraded=None,
    )


def test_a_metric_with_nothing_to_divide_by_is_null(outcome: MakeOutcome) -> None:
    quiet = degradation_metrics([outcome("steady", None)])
    assert (quiet.onset_precision, quiet.onset_recall, quiet.onset_f1, quiet.delay_s_p50) == (None,) * 4
    assert (quiet.happy_alert_share, quiet.recovery_recall, quiet.false_alerts_per_hour) == (None, None, 0.0)


def test_alerts_on_calm_calls_are_counted_by_hour_and_by_what_they_ask_for(outcome: MakeOutcome) -> None:
    act = msgspec.structs.replace(FALSE, severity="act", rule="anger")
    calls = [outcome("steady", None, act, FALSE), outcome("happy", None), outcome("escalate", 40.0, act)]
    found = degradation_metrics(calls)
    assert (found.calm_alerts_per_hour, found.calm_act, found.calm_act_per_hour) == (36.0, 1, 18.0)
    assert rule_counts(calls) == {
        "anger": RuleCounts(alerts=2, calm=1, calm_act=1),
        "": RuleCounts(alerts=1, calm=1),
    }


def test_without_a_calm_call_there_is_no_rate_of_calm_alerts(outcome: MakeOutcome) -> None:
    assert degradation_metrics([outcome("escalate", 40.0)]).calm_alerts_per_hour is None


def test_the_share_that_was_not_judged_while_the_tone_was_degraded(outcome: MakeOutcome) -> None:
    points = (Point(40.0, 43.0, -0.5, 0.1, None), Point(44.0, 45.0, None, 1.0, "noisy", counts=False))
    call = msgspec.structs.replace(outcome("escalate", 40.0, hit(40.0, 43.0)), tone=points)
    assert degradation_metrics([call, outcome("steady", None)]).abstained_in_degraded == 0.25


def test_a_missed_onset_without_any_alert_has_a_recall_and_an_f1_of_nought(outcome: MakeOutcome) -> None:
    missed = degradation_metrics([outcome("escalate", 40.0)])
    assert (missed.onset_precision, missed.onset_recall, missed.onset_f1) == (None, 0.0, 0.0)


def test_kinds_and_corpora_have_metrics_of_their_own(calls: list[Outcome]) -> None:
    found = summary(Result(tuple(calls)))
    assert {kind: one.onset_recall for kind, one in found.per_kind.items()} == {
        "escalate": 1.0,
        "sad": 0.5,
        "happy": None,
    }
    assert found.per_corpus == {"made": found.overall}


def test_an_interval_holds_its_metric_and_two_voices_give_none(calls: list[Outcome]) -> None:
    recall = intervals(calls)["onset_recall"]
    assert recall is not None
    assert recall[0] < 0.75 < recall[1]
    assert set(intervals(calls[:2]).values()) == {None}


def test_calls_of_one_voice_are_drawn_together(outcome: MakeOutcome) -> None:
    many = [outcome("escalate", 40.0, hit(40.0, 45.0), speaker="a")] * 50
    few = [outcome("escalate", 40.0, speaker=name) for name in ("b", "c")]
    recall = intervals([*many, *few])["onset_recall"]
    assert recall is not None
    assert recall[0] == 0.0
