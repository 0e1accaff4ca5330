from __future__ import annotations

import numpy as np
import pytest

from tonewatch.stream.doors.channel_audio import JITTER_MS, ChannelAudio, Piece
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Codec


def frame(at_ms: int, ms: int = 20, codec: Codec = "mulaw", rate_hz: int = 8_000) -> Frame:
    size = ms * rate_hz // 1_000 * (2 if codec == "pcm16" else 1)
    return Frame(0, at_ms, bytes([at_ms % 251]) * size, codec, rate_hz)


def pieces(audio: ChannelAudio, frames: list[Frame]) -> list[Piece]:
    return [piece for one in frames for piece in audio.add(one)] + audio.rest()


def spans(found: list[Piece]) -> list[tuple[int, int]]:
    return [(one.start_ms, len(one.payload)) for one in found]


def test_frames_become_pieces_of_200_ms() -> None:
    found = pieces(ChannelAudio(), [frame(at) for at in range(0, 500, 20)])
    assert spans(found) == [(0, 1_600), (200, 1_600), (400, 800)]
    assert b"".join(one.payload for one in found) == b"".join(frame(at).payload for at in range(0, 500, 20))


def test_time_that_was_not_sent_stays_a_gap() -> None:
    assert spans(pieces(ChannelAudio(), [frame(0), frame(20), frame(5_000)])) == [(0, 320), (5_000, 160)]


def test_times_that_jitter_do_not_tear_the_audio() -> None:
    shaken = [frame(at + at % 60, 20) for at in range(0, 400, 20)]
    audio = ChannelAudio(tolerance_ms=JITTER_MS)
    assert spans(pieces(audio, shaken)) == [(0, 1_600), (200, 1_600)]


def test_a_lost_frame_leaves_its_time_empty_whatever_the_tolerance() -> None:
    audio = ChannelAudio(tolerance_ms=JITTER_MS)
    found = [*audio.add(frame(0)), *audio.add(frame(40), lost=True), *audio.rest()]
    assert spans(found) == [(0, 160), (40, 160)]


def test_a_clock_that_goes_back_never_takes_the_audio_with_it() -> None:
    assert spans(pieces(ChannelAudio(), [frame(1_000), frame(0), frame(20)])) == [(1_000, 480)]


def test_nothing_is_placed_before_the_stream_it_follows() -> None:
    assert spans(pieces(ChannelAudio(begin_ms=700), [frame(0)])) == [(700, 160)]


def test_another_codec_begins_a_piece_and_media_time_goes_on() -> None:
    found = pieces(ChannelAudio(), [frame(0), frame(20, codec="pcm16", rate_hz=16_000), frame(40, codec="alaw")])
    assert [(one.start_ms, one.codec, one.rate_hz) for one in found] == [
        (0, "mulaw", 8_000),
        (20, "pcm16", 16_000),
        (40, "alaw", 8_000),
    ]


@pytest.mark.parametrize("rate_hz", [11_025, 24_000, 44_100])
def test_a_rate_that_no_listener_takes_is_brought_to_16_khz(rate_hz: int) -> None:
    t = np.arange(rate_hz) / rate_hz
    pcm = (10_000 * np.sin(2 * np.pi * 440 * t)).astype("<i2")
    step = rate_hz // 50
    sent = [
        Frame(0, 1_000 * i // rate_hz, pcm[i : i + step].tobytes(), "pcm16", rate_hz) for i in range(0, rate_hz, step)
    ]
    found = pieces(ChannelAudio(), sent)
    heard = np.frombuffer(b"".join(one.payload for one in found), dtype="<i2")
    wanted = 10_000 * np.sin(2 * np.pi * 440 * np.arange(len(heard)) / 16_000)
    assert {one.rate_hz for one in found} == {16_000} and abs(len(heard) - 16_000) <= 16
    assert [one.start_ms for one in found] == list(range(0, 1_000, 200))
    assert np.abs(heard - wanted)[800:-800].max() < 100


def test_what_no_listener_could_use_is_refused_and_changes_nothing() -> None:
    audio = ChannelAudio()
    audio.add(frame(0))
    for bad, reason in (
        (Frame(0, 20, b"", "mulaw", 8_000), "empty"),
        (Frame(0, 20, b"abc", "pcm16", 8_000), "odd_length"),
        (Frame(0, 20, b"ab", "mulaw", 11_025), "unsupported_rate"),
        (Frame(0, 20, b"ab", "pcm16", 1), "unsupported_rate"),
        (Frame(0, 20, bytes(70_000), "pcm16", 8_000), "too_large"),
    ):
        with pytest.raises(Unprocessable) as refused:
            audio.add(bad)
        assert refused.value.reason == reason
    assert spans([*audio.add(frame(20)), *audio.rest()]) == [(0, 320)]
