from __future__ import annotations

import pytest

from tonewatch.stream.codec import decode_call, encode_call
from tonewatch.stream.doors.door_call import CallFacts, DoorCall, facts
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallEnded
from tonewatch.workers.audio.epoch import EpochClock, Others, Placed
from tonewatch.workers.audio.intake import read

BOTH = CallFacts("c", ("customer", "agent"), notice_given=True)


class Wall:
    ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


def frames(begin_ms: int, end_ms: int, channel: int = 0) -> list[Frame]:
    return [Frame(channel, at, bytes([at // 20 % 256]) * 160, "mulaw", 8_000) for at in range(begin_ms, end_ms, 20)]


def spans(chunks: list[AudioChunk]) -> list[tuple[int, int, int, int]]:
    return [(one.channel, one.seq, one.start_ms, len(one.payload)) for one in chunks]


def test_each_channel_counts_its_own_chunks() -> None:
    call = DoorCall(BOTH, Wall())
    stream = call.join()
    sent = [f for pair in zip(frames(0, 400), frames(0, 400, 1), strict=True) for f in pair]
    chunks = [chunk for f in sent for chunk in stream.take(f)]
    assert spans(chunks) == [(0, 0, 0, 1_600), (1, 0, 0, 1_600), (0, 1, 200, 1_600), (1, 1, 200, 1_600)]
    assert [chunk.role for chunk in chunks[:2]] == ["customer", "agent"] and all(c.notice_given for c in chunks)


def test_a_stream_that_comes_again_goes_on_as_much_later_as_the_wall_clock_says() -> None:
    wall = Wall()
    call = DoorCall(BOTH, wall)
    first = call.join()
    chunks = [c for f in frames(0, 500) for c in first.take(f)] + first.flush()
    wall.ms += 3_000
    again = call.join()
    chunks += [c for f in frames(0, 200) for c in again.take(f)]
    assert spans(chunks) == [(0, 0, 0, 1_600), (0, 1, 200, 1_600), (0, 2, 400, 800), (0, 3, 3_000, 1_600)]


def test_a_stream_that_comes_again_too_early_never_overlaps() -> None:
    call = DoorCall(BOTH, Wall())
    first = call.join()
    chunks = [c for f in frames(0, 400) for c in first.take(f)]
    again = call.join(at_ms=100)
    chunks += [c for f in frames(0, 200) for c in again.take(f)]
    assert [c.start_ms for c in chunks] == [0, 200, 400]


def test_a_call_ends_once() -> None:
    call = DoorCall(BOTH, Wall())
    stream = call.join()
    for f in frames(0, 100):
        stream.take(f)
    (rest,) = stream.flush()
    (end,) = call.end()
    assert isinstance(end, CallEnded) and end.duration_ms == 100 and rest.start_ms == 0 and call.end() == []


def test_what_is_not_of_the_stream_is_refused() -> None:
    call = DoorCall(BOTH, Wall())
    with pytest.raises(Unprocessable, match="did not name"):
        call.join([0]).take(frames(0, 20, 1)[0])
    with pytest.raises(Unprocessable, match="does not have"):
        call.join([2])
    with pytest.raises(Unprocessable, match="outside"):
        call.join().take(Frame(0, 10**9, b"a", "mulaw", 8_000))


def test_what_is_said_of_a_call_fits_into_its_message() -> None:
    said = {"notice": " True", "queue": "q" * 900, "title": "t" * 900, "language": "l" * 900, "caller": "c" * 900}
    started = DoorCall(facts("c", ["customer"], said), Wall()).start()
    assert decode_call(encode_call(started)) == started and started.notice_given


@pytest.mark.parametrize("said", [{}, {"notice": "yes"}, {"notice": ""}, {"notice": "false"}])
def test_no_notice_is_taken_for_given_unless_it_is_said(said: dict[str, str]) -> None:
    assert not facts("c", ["customer"], said).notice_given


def test_a_call_without_an_id_or_with_a_strange_role_is_refused() -> None:
    for call_id, roles in (("", ["customer"]), ("x" * 300, ["customer"]), ("c", []), ("c", ["boss"])):
        with pytest.raises(Unprocessable):
            facts(call_id, roles, {})


def test_a_listener_places_every_chunk_where_it_was() -> None:
    wall = Wall()
    stream = DoorCall(BOTH, wall).join([0], first_number=1, tolerance_ms=100)
    clock = EpochClock(0, "customer")
    clock.call_started(0, 0)
    heard: list[int] = []
    placed: list[Placed] = []
    for number, f in enumerate(frames(0, 12_000), start=1):
        if number % 17 == 0 or 300 < number < 450:
            continue
        wall.ms = 1_000_000 + f.media_ms + 20
        for chunk in stream.take(Frame(0, f.media_ms, f.payload, "mulaw", 8_000, number)):
            heard.append(chunk.start_ms)
            placed += clock.place(read(chunk, len(heard)), chunk.start_ms, Others())
    assert len(heard) > 40 and [one.start_ms for one in placed] == heard
