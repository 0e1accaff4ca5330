from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from tests.conftest import FakeRecord
from tonewatch.stream.codec import encode_call
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted
from tonewatch.stream.topics import CALLS
from tonewatch.workers.listen.arrivals import START_MS, Arrival, Arrivals, cost_ms, media_ms
from tonewatch.workers.listen.partition import PartitionState

ONE = TopicPartition(CALLS.name, 0)
NOW_MS = 1_700_000_000_000
SHARE = 100_000


def chunk(seq: int, *, codec: str = "mulaw", size: int = 1_600) -> AudioChunk:
    made: Any = codec
    return AudioChunk(
        call_id="c",
        channel=0,
        role="customer",
        seq=seq,
        start_ms=200 * seq,
        codec=made,
        rate_hz=8_000,
        notice_given=True,
        payload=bytes(size),
    )


def arrival(message: CallMessage, offset: int, at_ms: int, state: PartitionState | None = None) -> Arrival:
    record: Any = FakeRecord(CALLS.name, 0, offset, encode_call(message), timestamp=at_ms)
    return Arrival.of(ONE, state or PartitionState(), record, message)


@pytest.fixture
def arrivals() -> Arrivals:
    async def follow(_key: object, _arrival: Arrival) -> None:
        raise AssertionError("nobody follows here")

    made = Arrivals(follow)
    put_another(made, step_ms=200)
    return made


def put_another(arrivals: Arrivals, *, step_ms: int) -> None:
    speak(arrivals, "another", step_ms=step_ms)


def speak(arrivals: Arrivals, call_id: str, *, step_ms: int) -> None:
    """Twenty seconds of another call, in records that were written `step_ms` after each other."""
    for number in range(100):
        message = msgspec.structs.replace(chunk(number), call_id=call_id)
        arrivals.put(arrival(message, number, NOW_MS + step_ms * number))


def refused(arrivals: Arrivals, *, step_ms: int, count: int) -> int:
    """Of so many chunks that were written `step_ms` after each other."""
    found = 0
    for number in range(count):
        one = arrival(chunk(number), number, NOW_MS + step_ms * number)
        try:
            arrivals.check_pace(one, SHARE)
        except Unprocessable as error:
            assert error.reason == "too_fast"
            found += 1
        else:
            arrivals.put(one)
    return found


def test_a_backlog_of_a_call_in_real_time_is_never_refused(arrivals: Arrivals) -> None:
    assert refused(arrivals, step_ms=200, count=5_000) == 0


def test_a_hurried_call_is_refused_beyond_its_burst_and_its_share(arrivals: Arrivals) -> None:
    assert refused(arrivals, step_ms=2, count=5_000) > 4_000


def test_where_all_are_hurried_nobody_is_refused() -> None:
    async def follow(_key: object, _arrival: Arrival) -> None:
        raise AssertionError("nobody follows here")

    arrivals = Arrivals(follow)
    put_another(arrivals, step_ms=2)
    assert refused(arrivals, step_ms=2, count=5_000) == 0


def test_a_short_call_may_be_played_as_fast_as_it_can_be_read(arrivals: Arrivals) -> None:
    assert refused(arrivals, step_ms=0, count=600) == 0


def test_an_end_is_never_refused(arrivals: Arrivals) -> None:
    refused(arrivals, step_ms=0, count=2_000)
    end = CallEnded(call_id="c", duration_ms=1, ended_at_ms=1)
    arrivals.check_pace(arrival(end, 2_000, NOW_MS), SHARE)


def test_a_record_that_waits_holds_the_commit_and_its_bytes() -> None:
    state = PartitionState(position=7)
    one = arrival(chunk(0), 7, NOW_MS, state)
    one.hold()
    state.take(7)
    assert (state.safe_offset(), state.waiting_bytes) == (7, one.size)
    one.release()
    assert (state.safe_offset(), state.waiting_bytes) == (8, 0)


def test_what_a_record_costs_is_its_audio() -> None:
    assert media_ms(chunk(0)) == 200
    assert media_ms(chunk(0, codec="pcm16")) == 100
    start = CallStarted(call_id="c", started_at_ms=0, roles=("customer",), notice_given=True)
    assert (media_ms(start), cost_ms(start)) == (0, START_MS)


def test_the_records_of_partitions_that_went_away_are_forgotten(arrivals: Arrivals) -> None:
    arrivals.put(arrival(chunk(0), 0, NOW_MS))
    arrivals.drop({ONE})
    assert (ONE, "c") not in arrivals


def test_a_call_that_came_while_the_listener_was_behind_is_one_like_the_others_when_it_is_not(
    arrivals: Arrivals,
) -> None:
    for call_id in "cd":
        arrivals.put_last((ONE, call_id))
        speak(arrivals, call_id, step_ms=200)
    assert not arrivals.comes_first((ONE, "c"))
    arrivals.promote_one()
    assert arrivals.comes_first((ONE, "c"))
    assert not arrivals.comes_first((ONE, "d"))
    arrivals.forget((ONE, "d"))
    speak(arrivals, "d", step_ms=200)
    assert arrivals.comes_first((ONE, "d"))


def test_a_call_that_comes_as_it_is_spoken_goes_before_those_that_came_at_once_or_say_little(
    arrivals: Arrivals,
) -> None:
    speak(arrivals, "spoken", step_ms=200)
    speak(arrivals, "at once", step_ms=1)
    arrivals.put(arrival(msgspec.structs.replace(chunk(0), call_id="seldom"), 0, NOW_MS))
    arrivals.put(arrival(msgspec.structs.replace(chunk(1), call_id="seldom"), 1, NOW_MS + 60_000))
    assert [arrivals.comes_first((ONE, name)) for name in ("spoken", "at once", "seldom", "unknown")] == [
        True,
        False,
        False,
        False,
    ]
