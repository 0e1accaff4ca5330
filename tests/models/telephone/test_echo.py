from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.models import telephone
from tonewatch.models.telephone import Samples

RATE_HZ = 8000


def noise(size: int, seed: int) -> Samples:
    return 0.1 * np.random.default_rng(seed).standard_normal(size).astype(np.float32)


@given(delay_ms=st.floats(0.0, 500.0), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_the_echo_comes_as_late_as_it_was_told_to(delay_ms: float, seed: int) -> None:
    own, other = noise(8000, 1), noise(8000, 2)
    output = telephone.add_echo(own, other, RATE_HZ, delay_ms, 10.0, np.random.default_rng(seed)) - own
    spectrum = np.fft.rfft(output, 16_384) * np.conj(np.fft.rfft(other, 16_384))
    lag = int(np.argmax(np.fft.irfft(spectrum)[:8000]))
    assert lag == pytest.approx(delay_ms * RATE_HZ / 1000.0, abs=1.0)


@given(attenuation_db=st.floats(0.0, 50.0), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_the_echo_lies_as_far_below_the_voice_as_it_was_told_to(attenuation_db: float, seed: int) -> None:
    own = noise(8000, 1)
    output = telephone.add_echo(own, noise(3000, 2), RATE_HZ, 100.0, attenuation_db, np.random.default_rng(seed)) - own
    assert 20.0 * np.log10(telephone.rms(own) / telephone.rms(output)) == pytest.approx(attenuation_db, abs=0.5)
    assert not output[: RATE_HZ // 10].any()


def test_the_echo_has_passed_a_hybrid() -> None:
    own = noise(8000, 1)
    output = telephone.add_echo(own, noise(8000, 2), RATE_HZ, 0.0, 10.0, np.random.default_rng(0)) - own
    hz, power = np.fft.rfftfreq(8000, 1.0 / RATE_HZ), np.abs(np.fft.rfft(output)) ** 2
    assert power[(hz < 260.0) | (hz > 3400.0)].sum() < 0.01 * power.sum()


def test_the_path_begins_with_the_direct_return_and_dies_away() -> None:
    path = telephone.echo_path(RATE_HZ, np.random.default_rng(0))
    assert path.size == 64
    assert int(np.argmax(np.abs(path))) == 0
    assert telephone.rms(path[48:]) < 0.05


@pytest.mark.parametrize("size", [0, 1, 500])
def test_where_there_is_nothing_to_hear_nothing_changes(size: int) -> None:
    rng = np.random.default_rng(0)
    silence, voice = np.zeros(size, dtype=np.float32), noise(size, 1)
    np.testing.assert_array_equal(telephone.add_echo(silence, noise(100, 1), RATE_HZ, 10.0, 20.0, rng), silence)
    np.testing.assert_array_equal(telephone.add_echo(voice, np.zeros(9, np.float32), RATE_HZ, 10.0, 20.0, rng), voice)
    np.testing.assert_array_equal(telephone.add_echo(voice, voice[:0], RATE_HZ, 10.0, 20.0, rng), voice)
    np.testing.assert_array_equal(telephone.add_echo(voice, noise(100, 1), RATE_HZ, 1000.0, 20.0, rng), voice)
