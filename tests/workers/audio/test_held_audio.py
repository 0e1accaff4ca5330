"""What is held of a channel's audio, and the records that a restart needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.audio.held_audio import HeldAudio

RATE_HZ = 8000


@pytest.fixture
def held() -> HeldAudio:
    """Three records of 200 ms from 1 s on; the second is silence in place of what was lost."""
    audio = HeldAudio(RATE_HZ, 8000)
    for index, offset in enumerate((7, 9, 8)):
        samples = np.full(1600, index, dtype=np.float32)
        audio.append(samples, offset, 1_200 + 200 * index, missing=index == 1)
    return audio


def test_a_span_is_read_across_records_and_is_a_copy(held: HeldAudio) -> None:
    found = held.read(9500, 9700)
    np.testing.assert_array_equal(found, [0] * 100 + [1] * 100)
    found[:] = 5
    assert held.read(9500, 9501)[0] == 0


def test_a_span_knows_the_offsets_of_its_records_in_whatever_order_they_came(held: HeldAudio) -> None:
    source = held.source(8000, 12_800)
    assert (source.first_offset, source.last_offset) == (7, 9)


def test_a_span_counts_what_was_not_received(held: HeldAudio) -> None:
    assert held.source(8000, 10_400).missing == ((1600, 2400),)


def test_the_wall_clock_of_a_span_is_that_of_its_end(held: HeldAudio) -> None:
    assert held.source(8000, 8800).captured_at_ms == 1_100
    held.append(np.zeros(1600, dtype=np.float32), 10, 0, missing=False)
    assert held.source(8000, 13_000).captured_at_ms == 0


def test_samples_and_offsets_are_dropped_apart(held: HeldAudio) -> None:
    held.drop_samples(11_200)
    assert held.oldest_offset() == 7
    assert len(held.read(8000, 12_800)) == 1600
    held.drop_offsets(9600)
    assert held.oldest_offset() == 8
    assert len(held.read(8000, 12_800)) == 1600


def test_the_gap_before_the_audio_is_needed_as_long_as_its_first_record_is() -> None:
    audio = HeldAudio(RATE_HZ, 8000, gap_offset=3)
    audio.append(np.zeros(1600, dtype=np.float32), 7, 0, missing=False)
    assert audio.oldest_offset() == 3
    audio.drop_offsets(9600)
    assert audio.oldest_offset() is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3)), max_size=40))
def test_the_oldest_offset_is_that_of_the_records_that_are_held_in_whatever_order_they_came(
    steps: list[tuple[int, int]],
) -> None:
    audio, offsets, dropped = HeldAudio(RATE_HZ, 0), list[int](), 0
    for offset, drops in steps:
        audio.append(np.zeros(160, dtype=np.float32), offset, 0, missing=False)
        offsets.append(offset)
        dropped = min(dropped + drops, len(offsets))
        audio.drop_offsets(dropped * 160)
        assert audio.oldest_offset() == min(offsets[dropped:], default=None)
