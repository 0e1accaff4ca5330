from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tonewatch.models import telephone
from tonewatch.models.telephone import Samples

RATE_HZ = 8000
PACKET = 160  # samples of 20 ms


def periodic(hz: float, packets: int) -> Samples:
    """A buzz of ten harmonics."""
    turns = 2.0 * np.pi * hz * np.arange(packets * PACKET) / RATE_HZ
    return np.asarray(0.05 * np.cos(np.outer(np.arange(1, 11), turns)).sum(0), dtype=np.float32)


def mask(packets: int, *lost: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(packets), lost)


@pytest.mark.parametrize("loss", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("burst_packets", [1.5, 3.0, 6.0])
def test_losses_have_the_share_and_the_bursts_asked_for(loss: float, burst_packets: float) -> None:
    lost = telephone.gilbert_elliott(200_000, loss, burst_packets, np.random.default_rng(0))
    bursts = np.count_nonzero(np.diff(np.concatenate([[False], lost]).astype(int)) == 1)
    assert lost.mean() == pytest.approx(loss, rel=0.1)
    assert lost.sum() / bursts == pytest.approx(burst_packets, rel=0.1)


def test_bad_spells_that_let_some_packets_through_keep_the_share() -> None:
    lost = telephone.gilbert_elliott(200_000, 0.1, 5.0, np.random.default_rng(0), bad_loss=0.5)
    assert lost.mean() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(("loss", "burst_packets", "bad_loss"), [(1.0, 2.0, 1.0), (0.1, 0.5, 1.0), (0.6, 2.0, 0.5)])
def test_a_chain_that_cannot_be_is_an_error(loss: float, burst_packets: float, bad_loss: float) -> None:
    with pytest.raises(ValueError, match="no chain loses"):
        telephone.gilbert_elliott(10, loss, burst_packets, np.random.default_rng(0), bad_loss)


def test_a_line_that_loses_nothing_loses_nothing() -> None:
    assert not telephone.gilbert_elliott(1000, 0.0, 2.0, np.random.default_rng(0)).any()


def test_spells_too_short_for_their_share_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"too short for a loss of 0\.9"):
        telephone.gilbert_elliott(10, 0.9, 1.0, np.random.default_rng(0))


@pytest.mark.parametrize("hz", [70.0, 100.0, 160.0, 195.0])
def test_the_pitch_period_of_a_voice_is_found(hz: float) -> None:
    period = telephone.pitch_period(periodic(hz, 10), RATE_HZ)
    assert period == pytest.approx(RATE_HZ / hz, abs=1.0)


def test_a_higher_voice_is_repeated_by_whole_periods_of_it() -> None:
    periods = telephone.pitch_period(periodic(320.0, 10), RATE_HZ) * 320.0 / RATE_HZ
    assert periods == pytest.approx(round(periods), abs=0.05)


@pytest.mark.parametrize("hz", [100.0, 125.0, 160.0])
def test_a_steady_voice_is_continued_through_the_first_ten_milliseconds(hz: float) -> None:
    voice = periodic(hz, 12)
    output = telephone.conceal(voice, mask(12, 6), RATE_HZ)
    filled, true = (one[6 * PACKET : 6 * PACKET + 80] for one in (output, voice))
    assert telephone.rms(filled - true) < 0.1 * telephone.rms(true)


def test_a_long_gap_fades_to_silence() -> None:
    output = telephone.conceal(periodic(100.0, 16), mask(16, *range(6, 12)), RATE_HZ).reshape(-1, PACKET)
    levels = [telephone.rms(packet) for packet in output[5:12]]
    assert all(later < earlier for earlier, later in pairwise(levels[:5]))
    assert levels[4:] == [0.0, 0.0, 0.0]


def test_what_arrives_is_heard_but_for_the_joins() -> None:
    voice = periodic(125.0, 16)
    output = telephone.conceal(voice, mask(16, 6), RATE_HZ)
    changed = np.flatnonzero(output != voice)
    # A quarter of the longest period before the gap, 8 ms after a gap of 20 ms.
    assert changed.min() >= 6 * PACKET - 30
    assert changed.max() < 7 * PACKET + 64


def test_no_jump_is_heard_at_either_end_of_a_gap() -> None:
    voice = periodic(125.0, 16)
    output = telephone.conceal(voice, mask(16, 6, 7), RATE_HZ)
    assert np.abs(np.diff(output)).max() < 1.2 * np.abs(np.diff(voice)).max()


@given(
    samples=arrays.arrays(np.float32, st.integers(0, 900), elements=st.floats(-1.0, 1.0, width=32)),
    seed=st.integers(0, 99),
)
def test_nothing_louder_than_what_was_sent_is_ever_played(samples: Samples, seed: int) -> None:
    lost = np.random.default_rng(seed).random(-(-samples.size // PACKET)) < 0.4
    output = telephone.conceal(samples, lost, RATE_HZ)
    assert output.shape == samples.shape
    assert np.isfinite(output).all()
    assert np.abs(output).max(initial=0.0) <= np.abs(samples).max(initial=0.0) * 1.0001


def test_without_a_loss_nothing_changes_and_without_a_beginning_there_is_silence() -> None:
    voice = periodic(125.0, 4)
    np.testing.assert_array_equal(telephone.conceal(voice, mask(4), RATE_HZ), voice)
    assert not telephone.conceal(voice, mask(4, 0, 1, 2, 3), RATE_HZ).any()


@given(seed=st.integers(0, 999), loss=st.floats(0.01, 0.3))
@settings(max_examples=25)
def test_the_generator_alone_decides_what_is_lost(seed: int, loss: float) -> None:
    voice = periodic(125.0, 20)
    first, again = (
        telephone.lose_packets(voice, RATE_HZ, loss, np.random.default_rng(seed), burst_packets=2.0) for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)
