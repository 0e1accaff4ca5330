"""What a call knows of one cause of alerts."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import msgspec
import pytest

from tonewatch.stream.tone.alerts.slot import AlertSlot, CallContext


def test_a_slot_begins_free_and_comes_back_from_json() -> None:
    slot = AlertSlot()
    assert (slot.alert, slot.dismissed, slot.judged_ms) == (None, False, -1)
    assert msgspec.json.decode(msgspec.json.encode(slot), type=AlertSlot) == slot


def test_what_the_judging_is_told_of_a_call_cannot_be_changed_by_it() -> None:
    context = CallContext(call_id="c", queue="q", now_ms=0, tone=None, baseline_segments=0, model=None)
    with pytest.raises(FrozenInstanceError):
        context.now_ms = 5  # type: ignore[misc]
