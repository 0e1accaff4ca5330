"""What other thresholds would have done is counted by what people said, and nothing is made of what nobody said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.raised_alerts import raised_on
from tonewatch.models.degradation.tune_command import with_value
from tonewatch.models.degradation.tuning import (
    JudgedCall,
    JudgedMoment,
    Said,
    Share,
    Tried,
    due_ms,
    outcome,
    proposed,
    rate_interval,
    tried,
)
from tonewatch.stream.messages import Alert
from tonewatch.stream.rules.model import RuleSet
from tonewatch.stream.tone.config import ToneConfig


@pytest.fixture
def call(listened_call: Callable[..., ListenedCall]) -> ListenedCall:
    """Calm, then angry: the built-in rules raise one alert."""
    return listened_call("ccccccccaaaaaaaa")


@pytest.fixture
def alert(call: ListenedCall) -> Alert:
    (one,) = raised_on(call.messages, ToneConfig())
    return one.alert


def judged(
    call: ListenedCall, *, moments: tuple[JudgedMoment, ...] = (), missed: tuple[int, ...] = (), whole: bool = False
) -> JudgedCall:
    return JudgedCall("c", call.messages, moments, missed, whole, True, 3600.0)


def moment(alert: Alert, said: Said, off_ms: int = 0) -> JudgedMoment:
    return JudgedMoment(alert.onset_ms + off_ms, alert.fired_ms + off_ms, said)


def test_an_alert_is_what_people_said_of_the_one_that_was_there(call: ListenedCall, alert: Alert) -> None:
    assert outcome(alert, judged(call, moments=(moment(alert, "right", 2_000),))) == "right"
    assert outcome(alert, judged(call, moments=(moment(alert, "wrong", -15_000),))) == "wrong"
    assert outcome(alert, judged(call, moments=(moment(alert, "right", 60_000),))) == "unknown"


def test_a_new_alert_is_right_at_a_mark_wrong_in_a_call_heard_whole_and_unknown_elsewhere(
    call: ListenedCall, alert: Alert
) -> None:
    assert outcome(alert, judged(call, missed=(alert.fired_ms,), whole=True)) == "right"
    assert outcome(alert, judged(call, whole=True)) == "wrong"
    assert outcome(alert, judged(call)) == "unknown"


def test_marks_and_right_alerts_that_lie_close_together_are_due_once(call: ListenedCall, alert: Alert) -> None:
    near = judged(call, moments=(moment(alert, "right"), moment(alert, "wrong")), missed=(alert.onset_ms + 9_000, 1))
    assert due_ms(near) == [1, alert.onset_ms]


def test_a_candidate_is_replayed_by_the_code_that_runs_live(call: ListenedCall, alert: Alert) -> None:
    right, unheard = judged(call, moments=(moment(alert, "right"),)), judged(call)
    found = {}
    for value in (0.8, 0.999):
        config = ToneConfig(rules=with_value(RuleSet(), "anger", "fire", value))
        found[value] = tried(value, "anger", [right, unheard], lambda _call, config=config: config)  # type: ignore[misc]
    assert found[0.8] == Tried(0.8, Share(1, 1), Share(1, 1), 2, 1, 2, 2.0)
    assert found[0.999].alerts < 2


def test_a_value_for_one_queue_leaves_the_others_and_wins_over_a_pattern() -> None:
    base = with_value(RuleSet(), "anger", "fire", 0.6)
    changed = with_value(base, "anger", "fire", 0.9, queue="billing")
    fires = {queue: next(r for r in changed.for_queue(queue) if r.name == "anger").fire for queue in ("billing", "x")}  # type: ignore[union-attr]
    assert fires == {"billing": 0.9, "x": 0.6}


def one(value: float, right: int, count: int, found: int = 8, due: int = 10) -> Tried:
    return Tried(value, Share(right, count), Share(found, due), count, 0, 0, 0.0)


def test_what_is_surely_more_precise_is_proposed_unless_it_loses_too_much() -> None:
    now = one(0.8, 50, 100)
    assert proposed(now, [one(0.9, 80, 90), one(0.95, 70, 71, found=2)], 0.05) == one(0.9, 80, 90)
    assert proposed(now, [one(0.9, 2, 3), one(0.7, 50, 120)], 0.05) is None
    assert proposed(now, [], 0.05) is None


def test_the_interval_of_a_rate_is_that_of_the_tables() -> None:
    assert rate_interval(10, 1.0) == pytest.approx((4.80, 18.39), abs=0.02)
    assert rate_interval(0, 2.0) == pytest.approx((0.0, 1.84), abs=0.05)
