"""The clock of a channel: what goes on, what begins an epoch, what is a copy."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk
from tonewatch.workers.audio import codecs
from tonewatch.workers.audio.epoch import AGREEING, EpochClock, Others, Placed
from tonewatch.workers.audio.intake import read

WALL_MS = 1_000_000
NOBODY = Others()


def chunk(seq: int, *, start_ms: int | None = None, wall_ms: int | None = None, codec: str = "mulaw") -> AudioChunk:
    """200 ms; by default captured when its number says."""
    start_ms = 200 * seq if start_ms is None else start_ms
    return AudioChunk(
        call_id="c",
        channel=0,
        role="customer",
        seq=seq,
        start_ms=start_ms,
        codec=codec,  # type: ignore[arg-type]
        rate_hz=8_000,
        notice_given=True,
        payload=codecs.encode(np.full(1_600, (seq % 50 + 1) / 100, dtype=np.float32), codec),
        captured_at_ms=WALL_MS + start_ms + 200 if wall_ms is None else wall_ms,
    )


class Channel:
    """A clock that is given chunks one after another, and what it placed."""

    def __init__(self) -> None:
        self.clock = EpochClock(0, "customer")
        self.clock.call_started(0, 0)
        self.offset = 0
        self.heard_ms = 0

    def take(self, sent: AudioChunk) -> list[Placed]:
        self.offset += 1
        placed = self.clock.place(read(sent, self.offset), self.heard_ms, NOBODY)
        self.heard_ms = max([self.heard_ms, *(one.start_ms + 200 for one in placed)])
        return placed

    def refuses(self, sent: AudioChunk) -> str:
        with pytest.raises(Unprocessable) as caught:
            self.take(sent)
        return caught.value.reason


def begun(count: int = 120) -> Channel:
    channel = Channel()
    for seq in range(count):
        channel.take(chunk(seq))
    return channel


def test_three_chunks_that_agree_begin_an_epoch_with_all_three_and_media_time_goes_on() -> None:
    channel = begun()
    later = [chunk(seq, wall_ms=WALL_MS + 24_200 + 200 * seq) for seq in range(AGREEING)]
    assert [channel.refuses(one) for one in later[:-1]] == ["late", "late"]
    placed = channel.take(later[-1])
    assert [(one.received.chunk.seq, one.start_ms, one.begins) for one in placed] == [
        (0, 24_000, True),
        (1, 24_200, False),
        (2, 24_400, False),
    ]
    assert channel.clock.epoch == 1


@pytest.mark.parametrize(
    ("stray", "reason"),
    [
        (chunk(120, start_ms=1 << 40), "clock_jump"),
        (chunk(120, start_ms=4_000), "overlap"),
        (chunk(120, codec="alaw"), "format_changed"),
        (chunk(30_000, start_ms=24_000), "sequence"),
    ],
)
def test_a_stray_chunk_is_refused_with_its_reason_and_begins_nothing(stray: AudioChunk, reason: str) -> None:
    channel = begun()
    assert channel.refuses(stray) == reason
    for seq in range(121, 130):
        channel.take(chunk(seq))
    assert (channel.clock.epoch, channel.clock.written) == (0, [])


def test_copies_begin_nothing_however_many_they_are() -> None:
    channel = begun()
    assert {channel.refuses(chunk(seq)) for seq in range(100, 120)} == {"duplicate"}
    channel.clock._seen.clear()
    assert {channel.refuses(chunk(seq)) for seq in range(20, 40)} == {"late"}
    assert channel.clock.epoch == 0


def test_a_number_of_sixteen_bits_that_wraps_is_no_epoch_and_a_restart_is_told() -> None:
    channel = Channel()
    for seq in range(65_530, 65_560):
        (placed,) = channel.take(chunk(seq % 65_536, start_ms=200 * (seq - 65_530)))
    assert (channel.clock.epoch, placed.start_ms) == (0, 5_800)
    assert [one.seq for one in channel.clock.written] == [65_530, 65_536]


def test_a_restart_by_the_clock_that_was_written_places_chunks_where_they_were() -> None:
    channel = begun()
    for seq in range(40):
        try:
            channel.take(chunk(seq, wall_ms=WALL_MS + 24_200 + 200 * seq))
        except Unprocessable as error:
            assert error.reason == "late"
    again = EpochClock(0, "customer", channel.clock.written)
    (placed,) = again.place(read(chunk(41, wall_ms=WALL_MS + 32_400), 162), 0, NOBODY)
    assert (again.epoch, placed.start_ms, placed.begins) == (1, 32_200, False)


def test_a_channel_that_breaks_off_after_another_goes_on_with_it() -> None:
    channel = begun()
    assert channel.clock.known is not None
    other = msgspec.structs.replace(channel.clock.known, channel=1, shift_ms=24_100, start_ms=300)
    channel.clock.call_started(121, 24_000)
    channel.offset = 121
    placed = channel.clock.place(read(chunk(0, wall_ms=0), 122), 24_000, Others(24_600, [other]))
    assert [one.start_ms for one in placed] == [24_100]
