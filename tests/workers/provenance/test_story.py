"""What belongs to an alert."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.workers.provenance.story import Story, call_of

from .conftest import Told


def test_a_call_is_read_from_its_alerts_id_whatever_its_own_name_holds() -> None:
    assert call_of("acme/7/call-1/anger/48000") == "acme/7/call-1"
    for wrong in ("", "c", "c/anger", "c/anger/soon"):
        with pytest.raises(SettingsError, match="no alert's id"):
            call_of(wrong)


def test_states_come_in_order_and_once(told: Told) -> None:
    story = Story(told.alert.alert_id)
    pending = msgspec.structs.replace(told.alert, state="pending")
    fired = msgspec.structs.replace(told.alert, seq=1, state="firing")
    story.take([fired, pending, fired, told.rationale, told.rationale])
    assert [one.seq for one in story.states] == [0, 1]
    assert (story.alert.seq, story.decided.seq, len(story.rationales)) == (1, 1, 1)


def test_another_alerts_records_are_left_out(told: Told) -> None:
    story = Story("other/anger/1")
    story.take([told.alert, told.rationale])
    story.rest_on(told.segments)
    assert not story.states and not story.rationales and not story.segments
