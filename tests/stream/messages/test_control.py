"""What users do with alerts, on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tonewatch.stream.codec import decode_control
from tonewatch.stream.errors import Undecodable
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.messages.control import LONGEST_SNOOZE_MS

ACTION: dict[str, Any] = {
    "type": "alert_action",
    "call_id": "c",
    "action_id": "1",
    "alert_id": "a",
    "action": "snooze",
    "by": "Ada",
    "snooze_ms": LONGEST_SNOOZE_MS,
}


def test_an_action_within_its_bounds_is_read() -> None:
    found = decode_control(json.dumps(ACTION).encode())
    assert isinstance(found, AlertAction)
    assert (found.by, found.snooze_ms) == ("Ada", LONGEST_SNOOZE_MS)


@pytest.mark.parametrize(
    "change",
    [
        {"snooze_ms": LONGEST_SNOOZE_MS + 1},
        {"snooze_ms": -1},
        {"by": ""},
        {"by": "a" * 81},
        {"note": "a" * 501},
        {"assignee": "a" * 81},
        {"action": "delete"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_action_beyond_its_bounds_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Undecodable):
        decode_control(json.dumps({**ACTION, **change}).encode())
