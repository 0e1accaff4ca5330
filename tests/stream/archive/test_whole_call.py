"""A call's sound in minutes, whatever the order and the clocks of its chunks."""

from __future__ import annotations

from typing import Any

import msgspec

from tonewatch.stream.archive.whole_call import Minutes, Whereabouts, whereabouts, windows
from tonewatch.stream.messages import AudioChunk, AudioSpan, Segment


def span(first: int, last: int, **changed: Any) -> AudioSpan:
    return AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=first, last_offset=last, **changed)


def second(number: int, **changed: Any) -> tuple[int, AudioChunk]:
    """A second of the caller's channel, with its offset."""
    fields: dict[str, Any] = {
        "call_id": "c",
        "channel": 0,
        "role": "customer",
        "seq": number,
        "start_ms": 1000 * number,
        "codec": "mulaw",
        "rate_hz": 8000,
        "notice_given": True,
        "payload": b"\x11" * 8000,
    }
    return number, AudioChunk(**(fields | changed))


SOMEWHERE = Whereabouts(span(0, 1), span(0, 1), {0: [(0, 0)]})


def minutes(where: Whereabouts = SOMEWHERE) -> Minutes:
    return Minutes(where, frozenset({"customer"}))


def test_a_minute_comes_as_soon_as_nothing_of_it_can_follow_and_the_rest_at_the_end() -> None:
    of = minutes()
    assert of.add([second(number) for number in range(62)]) == []
    (first,) = of.add([second(62), second(63)])
    assert (first.start_ms, first.end_ms, first.clip.missing_ms) == (0, 60_000, 0)
    (rest,) = of.finish()
    assert (rest.start_ms, rest.end_ms, rest.clip.duration_ms) == (60_000, 64_000, 4_000)


def test_a_chunk_across_the_boundary_is_in_both_minutes() -> None:
    of = minutes()
    found = [*of.add([second(number, start_ms=1000 * number + 500) for number in range(70)]), *of.finish()]
    assert [(one.start_ms, one.clip.missing_ms) for one in found] == [(0, 500), (60_000, 0)]


def test_a_long_hold_costs_no_file() -> None:
    of = minutes()
    found = [*of.add([second(5), second(200, seq=6)]), *of.finish()]
    assert [(one.start_ms, one.end_ms) for one in found] == [(0, 60_000), (180_000, 201_000)]


def test_what_came_before_the_notice_and_another_party_are_left_out() -> None:
    of = minutes()
    of.add([second(1, notice_given=False), second(2, role="agent", channel=1), second(3, role="mixed", channel=2)])
    assert of.finish() == []


def test_times_are_those_of_the_call_where_a_channel_s_clock_is_another(segment: Segment) -> None:
    told = [
        msgspec.structs.replace(segment, audio=span(10, 20, shift_ms=0)),
        msgspec.structs.replace(segment, audio=span(30, 40, shift_ms=5_000)),
        msgspec.structs.replace(segment, channel=1, audio=span(5, 45, shift_ms=-1_000)),
    ]
    where = whereabouts(told)
    assert where is not None
    assert (where.first.first_offset, where.last.last_offset) == (5, 45)
    assert [where.shift_ms(0, offset) for offset in (1, 10, 29, 30, 99)] == [0, 0, 0, 5_000, 5_000]
    assert (where.shift_ms(1, 0), where.shift_ms(2, 0)) == (-1_000, 0)
    of = minutes(where)
    of.add([second(30, start_ms=1_000)])
    (one,) = of.finish()
    assert one.clip.missing_ms == 6_000


def test_where_nobody_spoke_nothing_tells_where_the_call_lies() -> None:
    assert whereabouts([]) is None


def test_windows_follow_each_other_without_a_gap() -> None:
    found = [(one.first_offset, one.last_offset) for one in windows(span(7, 17), size=5)]
    assert found == [(7, 11), (12, 16), (17, 17)]
