"""A channel over its epochs, as segments."""

from __future__ import annotations

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk
from tonewatch.workers.audio.channel import ChannelAudio
from tonewatch.workers.audio.epoch import EpochClock, Others
from tonewatch.workers.audio.segmenter import SegmenterSettings, SpeechSegment
from tonewatch.workers.listen.discontinuities import rate_changes
from tonewatch.workers.listen.wire_command import read_call


def heard(channel: ChannelAudio, seconds: int) -> list[SpeechSegment]:
    records = rate_changes(read_call(default_folder() / "billing_dispute.flac"), 24_000)
    chunks = [one for one in records if isinstance(one, AudioChunk) and one.channel == 0]
    found: list[SpeechSegment] = []
    for offset, chunk in enumerate(chunks[: 5 * seconds]):
        try:
            found += channel.push(chunk, offset, Others())
        except Unprocessable:
            assert 24_000 <= chunk.start_ms < 24_600
    return found


def customer() -> ChannelAudio:
    clock = EpochClock(0, "customer")
    clock.call_started(0, 0)
    return ChannelAudio(clock, SegmenterSettings())


def test_another_rate_closes_the_open_segment_and_the_next_begins_where_it_ended() -> None:
    channel = customer()
    found = heard(channel, 30)
    before = [one for one in found if one.epoch == 0][-1]
    after = next(one for one in found if one.epoch == 1)
    assert (before.closed_by, before.rate_hz, after.rate_hz) == ("gap", 8_000, 16_000)
    # What was open ends behind its last voiced frames, as at every gap.
    assert 23_500 <= before.end_ms <= after.start_ms == 24_000
    assert channel.missing_ms == 0


def test_a_parked_channel_holds_no_offset_and_says_up_to_where_it_was_heard() -> None:
    channel = customer()
    heard(channel, 20)
    assert channel.oldest_offset() is not None
    channel.park(100, "gap")
    assert (channel.oldest_offset(), channel.heard_ms, channel.is_open) == (None, 20_000, False)
    assert channel.clock.written[-1].parked
