from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.codec import decode_alert
from tonewatch.stream.messages import ActionKind, Alert, AlertAction
from tonewatch.stream.tone.alerts import lifecycle
from tonewatch.stream.tone.alerts.review import review

GOLDEN = decode_alert((Path(__file__).parents[2] / "golden" / "alert.json").read_bytes().strip())
FIRING = msgspec.structs.replace(
    GOLDEN,
    state="firing",
    event="fired",
    acted=(),
    acknowledged_by="",
    assigned_to="",
    resolved_by="",
    resolved_ms=None,
)


def acted(alert: Alert, *actions: ActionKind) -> list[Alert]:
    """The events of what people do, one after another."""
    found = []
    for action in actions:
        asked = AlertAction(
            call_id="c", action_id="x", alert_id="a", action=action, by="p", assignee="q", note="n", snooze_ms=1000
        )
        event = lifecycle.act(alert, asked, 60_000)
        assert event is not None
        alert = event
        found.append(event)
    return found


@pytest.mark.parametrize(
    ("actions", "reviews"),
    [
        (["acknowledge"], ["upheld"]),
        (["assign"], ["upheld"]),
        (["resolve"], ["dismissed"]),
        (["acknowledge", "resolve"], ["upheld", None]),
        (["comment", "snooze", "resolve"], [None, None, "dismissed"]),
        (["resolve", "reopen", "acknowledge"], ["dismissed", None, None]),
    ],
)
def test_an_alert_is_reviewed_once_by_what_is_done_first(actions: list[ActionKind], reviews: list[str | None]) -> None:
    assert [review(event) for event in acted(FIRING, *actions)] == reviews


def test_what_happens_without_a_person_says_nothing() -> None:
    assert review(FIRING) is None
    assert review(lifecycle.resolve(FIRING, 60_000, "recovery")) is None
    taken_up = acted(FIRING, "acknowledge")[0]
    assert review(lifecycle.resolve(taken_up, 60_000, "recovery")) is None
