from __future__ import annotations

import pytest

from tonewatch.stream.bench.doors_command import ANNOUNCED, DOORS, At, Load, doors, made
from tonewatch.stream.doors.door_command import PROTOCOLS
from tonewatch.stream.errors import SettingsError


def test_every_door_is_measured_but_livekits_whose_tracks_are_streams_of_freeswitch() -> None:
    there = {*PROTOCOLS, *(f"door_{name}" for name in ANNOUNCED)}
    assert {f"door_{name}" for name in DOORS} == there - {"door_livekit"}


@pytest.mark.parametrize("name", DOORS)
def test_a_share_of_the_calls_breaks_where_the_protocol_can_go_on(name: str) -> None:
    calls, expected = made(name, At(1, 2), Load(calls=12, seconds=1, a_second=10, breaks=0.5, seed=1))
    assert len(calls) == 12 and {call.ticks for call in calls} == {50}
    assert {len(of) for of in expected} == {16_000 if DOORS[name].codec == "pcm16" else 8_000}
    breaks = [call.breaks_at for call in calls if call.breaks_at >= 0]
    assert (0 < len(breaks) < 12) == DOORS[name].can_break and all(0 < at < 49 for at in breaks)


def test_a_door_that_there_is_not_is_named() -> None:
    with pytest.raises(SettingsError, match="telex"):
        doors(door=["telex"])
