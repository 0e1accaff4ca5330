from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.archive.clips import MAX_CLIP_MS, Clip, cut, wav
from tonewatch.stream.messages import AudioChunk, Codec

RATE_HZ = 8_000


def chunk(seq: int, payload: bytes, **changed: Any) -> AudioChunk:
    """A chunk of 200 ms of mu-law."""
    fields: dict[str, Any] = {
        "call_id": "c",
        "channel": 0,
        "role": "customer",
        "seq": seq,
        "start_ms": 200 * seq,
        "codec": "mulaw",
        "rate_hz": RATE_HZ,
        "notice_given": True,
        "payload": payload,
    }
    return AudioChunk(**(fields | changed))


def block(value: int) -> bytes:
    return bytes([value]) * 1_600


def found(clip: Clip | None) -> Clip:
    assert clip is not None
    return clip


def runs(clip: Clip | None) -> list[tuple[int, int]]:
    """(byte, how many in a row), for clips made of constant blocks."""
    data = np.frombuffer(found(clip).data, dtype=np.uint8)
    edges = [0, *(np.flatnonzero(np.diff(data)) + 1), len(data)]
    return [(int(data[a]), int(b - a)) for a, b in pairwise(edges)]


def test_a_clip_is_cut_to_the_sample_across_chunks() -> None:
    clip = cut([chunk(i, block(i)) for i in range(5)], 300, 650)
    assert runs(clip) == [(1, 800), (2, 1_600), (3, 400)]
    assert (found(clip).missing_ms, found(clip).duration_ms) == (0, 350)


@given(st.permutations(range(6)), st.integers(0, 1_100), st.integers(1, 600))
def test_the_order_of_the_chunks_does_not_matter(order: list[int], start_ms: int, length_ms: int) -> None:
    chunks = [chunk(i, bytes(range(200)) * 8) for i in range(6)]
    assert cut([chunks[i] for i in order], start_ms, start_ms + length_ms) == cut(
        chunks, start_ms, start_ms + length_ms
    )


def test_a_missing_chunk_is_silence_and_is_counted() -> None:
    clip = cut([chunk(0, block(1)), chunk(2, block(3))], 0, 600)
    assert runs(clip) == [(1, 1_600), (0xFF, 1_600), (3, 1_600)]
    assert found(clip).missing_ms == 200


def test_a_chunk_that_came_twice_counts_once_and_the_first_wins() -> None:
    assert runs(cut([chunk(0, block(1)), chunk(0, block(9)), chunk(1, block(2))], 0, 400)) == [(1, 1_600), (2, 1_600)]


def test_a_clock_that_stumbles_a_little_does_not_tear_the_audio() -> None:
    clip = cut([chunk(0, block(1)), chunk(1, block(2), start_ms=215), chunk(2, block(3), start_ms=390)], 0, 600)
    assert runs(clip) == [(1, 1_600), (2, 1_600), (3, 1_600)]


@pytest.mark.parametrize(
    "bad",
    [
        {"rate_hz": 0},
        {"rate_hz": 16_000},
        {"start_ms": -5},
        {"payload": b""},
        {"codec": "pcm16", "payload": b"odd"},
        {"start_ms": 10**15},
    ],
)
def test_a_chunk_that_no_listener_takes_is_left_out(bad: dict[str, Any]) -> None:
    clip = cut([chunk(0, block(1)), chunk(1, **{"payload": block(9), **bad})], 0, 400)
    assert runs(clip) == [(1, 1_600), (0xFF, 1_600)]


def test_a_chunk_that_lies_over_others_is_left_out_and_moves_nothing() -> None:
    chunks = [chunk(0, block(1)), chunk(2, block(9), start_ms=100), chunk(4, block(3), start_ms=400)]
    assert runs(cut(chunks, 0, 600)) == [(1, 1_600), (0xFF, 1_600), (3, 1_600)]


def test_nothing_in_the_window_or_no_sensible_window_is_no_clip() -> None:
    chunks = [chunk(0, block(1))]
    assert cut([], 0, 100) is None
    assert cut(chunks, 200, 400) is None
    assert cut(chunks, 100, 100) is None
    assert cut(chunks, 0, MAX_CLIP_MS + 1) is None


@pytest.mark.parametrize(("codec", "subtype"), [("mulaw", "ULAW"), ("alaw", "ALAW"), ("pcm16", "PCM_16")])
@pytest.mark.parametrize("frames", [1, 256, 801])
def test_a_wav_file_holds_the_line_s_own_bytes_and_others_can_read_it(codec: Codec, subtype: str, frames: int) -> None:
    data = (bytes(range(256)) * 8)[: frames * (2 if codec == "pcm16" else 1)]
    file = wav(Clip(codec, RATE_HZ, data))
    info = soundfile.info(io.BytesIO(file))
    assert (info.subtype, info.samplerate, info.channels, info.frames) == (subtype, RATE_HZ, 1, frames)
    assert data in file and len(file) % 2 == 0


def test_pcm_reads_back_as_it_was() -> None:
    samples = np.array([0, 1, -1, 32_767, -32_768], dtype="<i2")
    read, rate_hz = soundfile.read(io.BytesIO(wav(Clip("pcm16", 16_000, samples.tobytes()))), dtype="int16")
    assert rate_hz == 16_000 and np.array_equal(read, samples)


def test_mu_law_silence_reads_as_silence() -> None:
    read, _ = soundfile.read(io.BytesIO(wav(found(cut([chunk(0, block(1)), chunk(2, block(1))], 200, 600)))))
    assert not read[:1_600].any() and read[1_600:].all()


def test_a_clip_goes_on_over_numbers_that_wrap() -> None:
    wrapped = [
        chunk(seq, block(value), start_ms=start) for seq, value, start in ((65_535, 1, 0), (0, 2, 200), (1, 3, 400))
    ]
    assert runs(cut(wrapped, 0, 600)) == [(1, 1600), (2, 1600), (3, 1600)]


def test_a_chunk_with_an_absurd_time_takes_nothing_from_the_others() -> None:
    times = ((0, 1, 0), (1, 2, 3_600_000), (2, 3, 400))
    assert runs(cut([chunk(seq, block(value), start_ms=start) for seq, value, start in times], 0, 600)) == [
        (1, 1600),
        (0xFF, 1600),
        (3, 1600),
    ]


def test_times_that_jitter_lose_no_audio_whose_numbers_follow_each_other() -> None:
    jittered = [chunk(seq, block(seq + 1), start_ms=200 * seq + late) for seq, late in enumerate((50, -50, 50, -50))]
    heard = [value for value, _ in runs(cut(jittered, 0, 1_000)) if value != 0xFF]
    assert heard == [1, 2, 3, 4]
