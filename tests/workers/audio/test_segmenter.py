from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk
from tonewatch.workers.audio import codecs
from tonewatch.workers.audio.epoch import Placed
from tonewatch.workers.audio.intake import ChannelIntake, Piece, read
from tonewatch.workers.audio.segmenter import Segmenter, SegmenterSettings, SpeechSegment

Samples = NDArray[np.float32]
Voice = Callable[..., Samples]
CHUNK = 1600
SPEECH = [(1.0, 1.5), (3.2, 0.9), (5.0, 11.0), (17.0, 0.06), (18.5, 3.0), (23.0, 1.0)]
"""Seconds (start, length) of what is spoken in `conversation`."""


@cache
def _noise(count: int) -> Samples:
    return (0.001 * np.random.default_rng(5).standard_normal(count)).astype(np.float32)


def conversation(voice: Voice, times: list[tuple[float, float]] = SPEECH, seconds: float = 26) -> Samples:
    audio = _noise(int(seconds * 8000)).copy()
    for seed, (start, length) in enumerate(times):
        spoken = voice(length, seed=seed)
        audio[int(start * 8000) :][: len(spoken)] += spoken
    return audio


def run(audio: Samples, segmenter: Segmenter | None = None, *, first_chunk: int = 0) -> list[SpeechSegment]:
    """Offsets are 100 + the chunk's number; the wall clock at media time 0 is 1,000,000."""
    segmenter = segmenter or Segmenter(8000)
    found = []
    for number in range(first_chunk, len(audio) // CHUNK):
        samples = audio[number * CHUNK :][:CHUNK]
        found += segmenter.push(samples, number * 200, 100 + number, 1_000_200 + number * 200)
    return found + segmenter.flush()


def times(segments: list[SpeechSegment]) -> list[tuple[int, int, str]]:
    return [(segment.start_ms, segment.end_ms, segment.closed_by) for segment in segments]


def test_each_stretch_of_speech_is_a_segment(voice: Voice) -> None:
    found = run(conversation(voice, [(1.0, 1.5), (3.2, 0.9)], 6))
    assert [segment.closed_by for segment in found] == ["pause", "pause"]
    for segment, (start, length) in zip(found, [(1.0, 1.5), (3.2, 0.9)], strict=True):
        assert segment.start_ms == pytest.approx(start * 1000 - 100, abs=80)
        assert segment.end_ms == pytest.approx((start + length) * 1000, abs=150)


def test_a_segment_carries_its_audio_mask_offsets_and_clock(voice: Voice) -> None:
    audio = conversation(voice, [(1.0, 1.5)], 4)
    (segment,) = run(audio)
    first = segment.start_ms * 8
    np.testing.assert_array_equal(segment.samples, audio[first : first + len(segment.samples)])
    assert len(segment.samples) == len(segment.speech) * 160
    assert segment.first_offset == 100 + segment.start_ms // 200
    assert segment.last_offset == 100 + (segment.end_ms - 1) // 200
    assert segment.spoken_at_ms == 1_000_000 + segment.end_ms


def test_long_speech_is_cut_at_four_seconds_and_nothing_of_it_is_lost(voice: Voice) -> None:
    found = run(conversation(voice, [(1.0, 11.0)], 14))
    assert [segment.closed_by for segment in found] == ["max_length", "max_length", "pause"]
    assert all(3300 <= segment.end_ms - segment.start_ms <= 4000 for segment in found[:2])
    assert all(0 <= late.start_ms - early.end_ms < 100 for early, late in pairwise(found))


def test_a_burst_is_discarded_and_counted(voice: Voice) -> None:
    segmenter = Segmenter(8000)
    assert run(conversation(voice, [(2.0, 0.06)], 4), segmenter) == []
    assert segmenter.discarded <= 1


def test_the_end_of_the_call_closes_what_is_open(voice: Voice) -> None:
    found = run(conversation(voice, [(1.0, 1.5)], 2.6))
    assert [segment.closed_by for segment in found] == ["call_end"]


def test_a_segmenter_that_never_heard_anything_gives_nothing() -> None:
    segmenter = Segmenter(8000)
    assert segmenter.flush() == []
    assert segmenter.oldest_open_offset() is None


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 26_000).map(lambda ms: ms * 8), max_size=40))
def test_chunking_does_not_change_a_segment(voice: Voice, cuts: list[int]) -> None:
    audio = conversation(voice)
    segmenter, found, at = Segmenter(8000), [], 0
    for part in np.split(audio, sorted(cuts)):
        found += segmenter.push(part, at // 8, 0)
        at += len(part)
    found += segmenter.flush()
    expected = run(audio)
    assert times(found) == times(expected)
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(found, expected, strict=True))


def restart_at(audio: Samples, crash: int) -> tuple[list[SpeechSegment], list[SpeechSegment]]:
    """Segments without a crash after chunk `crash`, and those of a listener that starts again where it must."""
    segmenter, before = Segmenter(8000), []
    for number in range(crash + 1):
        before += segmenter.push(audio[number * CHUNK :][:CHUNK], number * 200, 100 + number, 1_000_200 + number * 200)
    oldest = segmenter.oldest_open_offset()
    assert oldest is not None
    return run(audio)[len(before) :], run(audio, first_chunk=oldest - 100)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 129))
def test_a_restart_finds_the_same_segments(voice: Voice, crash: int) -> None:
    lost, again = restart_at(conversation(voice), crash)
    assert times(again)[len(again) - len(lost) :] == times(lost)
    assert set(times(again)) <= set(times(run(conversation(voice))))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.05, 6), st.floats(0.2, 1.5)), min_size=3, max_size=12), st.integers(0, 400))
def test_a_restart_finds_the_same_segments_of_any_conversation(
    voice: Voice, turns: list[tuple[float, float]], crash: int
) -> None:
    spoken, at = [], 0.3
    for length, pause in turns:
        spoken.append((at, length))
        at += length + pause
    audio = conversation(voice, spoken, at + 1)
    lost, again = restart_at(audio, min(crash, len(audio) // CHUNK - 1))
    assert times(again)[len(again) - len(lost) :] == times(lost)
    assert set(times(again)) <= set(times(run(audio)))


def test_a_restart_in_sound_without_pauses_finds_the_same_cuts(voice: Voice) -> None:
    audio = conversation(voice, [(1.0, 58.0)], 60)
    for crash in (100, 180, 240, 290):
        lost, again = restart_at(audio, crash)
        assert times(again)[len(again) - len(lost) :] == times(lost)
        assert set(times(again)) <= set(times(run(audio)))


def test_what_a_restart_reads_again_is_bounded(voice: Voice) -> None:
    audio, segmenter = conversation(voice, [(1.0, 88.0)], 90), Segmenter(8000)
    behind = []
    for number in range(len(audio) // CHUNK):
        segmenter.push(audio[number * CHUNK :][:CHUNK], number * 200, number)
        behind.append(number - (segmenter.oldest_open_offset() or 0))
    assert max(behind) * 200 < 42_000


def test_in_silence_little_is_read_again() -> None:
    segmenter = Segmenter(8000)
    for number in range(200):
        segmenter.push(_noise(CHUNK), number * 200, number)
    assert 199 - (segmenter.oldest_open_offset() or 0) <= 40


def test_a_long_gap_closes_the_segment_and_a_restart_meets_it_again(voice: Voice) -> None:
    audio = conversation(voice, [(1.0, 8.0)], 10)

    def play(first: int, last: int) -> tuple[list[SpeechSegment], int | None]:
        segmenter, found = Segmenter(8000), []
        for number in range(first, last):
            if number == 15:
                found += segmenter.push(np.zeros(0, np.float32), 3000, 114, missing_ms=2000)
            if not 15 <= number < 25:
                found += segmenter.push(audio[number * CHUNK :][:CHUNK], number * 200, 100 + number)
        oldest = segmenter.oldest_open_offset()
        return found + segmenter.flush(), oldest

    whole, _ = play(0, 50)
    assert whole[0].closed_by == "gap"
    assert whole[0].end_ms <= 3000
    assert whole[1].start_ms >= 5000
    _, oldest = play(0, 35)
    assert oldest == 114
    again, _ = play(oldest - 100, 50)
    assert times(again) == times(whole[1:])


def test_after_a_channel_was_given_up_it_speaks_again_behind_a_gap(voice: Voice) -> None:
    segmenter = Segmenter(8000)
    segmenter.push(_noise(CHUNK), 0, 0)
    segmenter.flush("gap")
    assert segmenter.push(np.zeros(0, np.float32), 200, 0, missing_ms=60_000) == []
    assert segmenter.oldest_open_offset() is None
    segmenter.push(voice(2), 60_200, 9)
    assert segmenter.oldest_open_offset() == 9
    assert [segment.closed_by for segment in segmenter.flush()] == ["call_end"]


def listen(log: list[int], audio: Samples, crash: int | None = None) -> tuple[list[SpeechSegment], int]:
    """Plays a partition (chunk numbers in order of arrival) from its first record.

    Returns the segments, and the offset a restart needs after record `crash`. Offsets are positions in `log`.
    """
    return listen_from(0, log, audio, crash)


def listen_from(
    first: int, log: list[int], audio: Samples, crash: int | None = None
) -> tuple[list[SpeechSegment], int]:
    intake, segmenter, found = ChannelIntake(), Segmenter(8000), []

    def take(pieces: list[Piece]) -> None:
        for p in pieces:
            found.extend(segmenter.push(p.samples, p.start_ms, p.offset, missing_ms=p.missing_ms, begins=p.begins))

    for offset in range(first, len(log)):
        with suppress(Unprocessable):
            sent = as_chunk(log[offset], audio)
            take(intake.push(Placed(read(sent, offset), sent.seq, sent.start_ms, begins=False)))
        if offset == crash:
            held = (segmenter.oldest_open_offset(), intake.oldest_held_offset())
            return found, min(at for at in held if at is not None)
    take(intake.flush())
    return found + segmenter.flush(), len(log)


def as_chunk(number: int, audio: Samples) -> AudioChunk:
    return AudioChunk(
        call_id="c",
        channel=0,
        role="customer",
        seq=number,
        start_ms=number * 200,
        codec="pcm16",
        rate_hz=8000,
        notice_given=True,
        payload=codecs.encode(audio[number * CHUNK :][:CHUNK], "pcm16"),
    )


@st.composite
def partitions(draw: st.DrawFn, count: int = 130) -> list[int]:
    """Chunks 0..count in order of arrival: some lost, one long gap, some up to 0.8 s early or late, some twice."""
    lost = draw(st.sets(st.integers(1, count - 1), max_size=4))
    gap = draw(st.integers(10, count - 10))
    gone = lost | set(range(gap, gap + draw(st.integers(0, 8))))
    delays = {at: draw(st.integers(1, 4)) for at in draw(st.sets(st.integers(1, count - 1), max_size=8))}
    order = sorted(
        (n for n in range(count) if n not in gone), key=lambda n: (n + delays.get(n, 0) + 0.5 * (n in delays), n)
    )
    for at in draw(st.lists(st.integers(0, len(order) - 1), max_size=3)):
        order.insert(min(len(order), at + draw(st.integers(1, 30))), order[at])
    return order


@settings(max_examples=40, deadline=None)
@given(log=partitions(), share=st.floats(0, 0.99))
def test_a_restart_on_a_disordered_partition_finds_the_same_segments(
    voice: Voice, log: list[int], share: float
) -> None:
    audio, crash = conversation(voice), int(share * len(log))
    before, oldest = listen(log, audio, crash)
    whole, again = listen(log, audio)[0], listen_from(oldest, log, audio)[0]
    lost = whole[len(before) :]
    assert times(again)[len(again) - len(lost) :] == times(lost)
    assert set(times(again)) <= set(times(whole))


def test_concealed_audio_inside_a_segment_is_counted(voice: Voice) -> None:
    audio, segmenter = conversation(voice, [(1.0, 2.0)], 4), Segmenter(8000)
    found = []
    for number in range(20):
        gone = number == 8
        samples = np.zeros(CHUNK, np.float32) if gone else audio[number * CHUNK :][:CHUNK]
        found += segmenter.push(samples, number * 200, number, missing_ms=200 if gone else 0)
    assert [segment.missing_ms for segment in found] == [200]


def test_who_speaks_now_is_known_before_the_segment_closes(voice: Voice) -> None:
    audio, segmenter = conversation(voice, [(1.0, 2.0)], 4), Segmenter(8000)
    for number in range(10):
        assert segmenter.push(audio[number * CHUNK :][:CHUNK], number * 200, number) == []
    assert segmenter.speaking_until_ms == pytest.approx(1900, abs=200)


def test_audio_out_of_order_is_refused() -> None:
    segmenter = Segmenter(8000)
    segmenter.push(_noise(CHUNK), 0, 0)
    with pytest.raises(Unprocessable) as caught:
        segmenter.push(_noise(CHUNK), 5000, 1)
    assert caught.value.reason == "disorder"


def test_the_settings_are_obeyed(voice: Voice) -> None:
    short = replace(SegmenterSettings(), max_length_ms=2000)
    found = run(conversation(voice, [(1.0, 5.0)], 8), Segmenter(8000, short))
    assert all(segment.end_ms - segment.start_ms <= 2000 for segment in found)
    assert len(found) >= 3


def test_a_restart_in_a_recorded_call_finds_the_same_segments(speech_data: Path) -> None:
    call, _ = soundfile.read(speech_data / "calls/audio/lca_auto_repairs_40_stereo.flac", dtype="float32")
    for channel, crash in ((0, 233), (0, 610), (1, 410), (1, 1000)):
        lost, again = restart_at(call[:, channel].copy(), crash)
        assert times(again)[len(again) - len(lost) :] == times(lost)
