from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from tonewatch.models import telephone
from tonewatch.models.shipped import voice_like
from tonewatch.models.telephone import Odds, Samples

NEVER = Odds(**dict.fromkeys((field.name for field in fields(Odds)), 0.0))
ALWAYS = Odds(**dict.fromkeys((field.name for field in fields(Odds)), 1.0) | {"wide": 0.0})
VOICES = [voice_like(1.0, 110.0), voice_like(1.5, 210.0)]


def speechlike(seconds: float = 2.0, rate_hz: int = 16_000, seed: int = 0) -> Samples:
    return 4.0 * telephone.coloured_noise(int(seconds * rate_hz), 1.0, np.random.default_rng(seed))


def power_db(samples: Samples, low_hz: float, high_hz: float) -> float:
    hz = np.fft.rfftfreq(samples.size, 1.0 / telephone.WIDE_HZ)
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(10.0 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-12))


@pytest.mark.parametrize(("name", "codec"), [("mu-law", telephone.mu_law), ("a-law", telephone.a_law)])
def test_the_plain_line_is_peak_half_at_8_khz_through_one_codec_and_nothing_else(
    name: telephone.Codec, codec: telephone.Companding
) -> None:
    samples = speechlike()
    narrow = soxr.resample(samples * np.float32(0.5 / np.abs(samples).max()), 16_000, 8000)
    np.testing.assert_array_equal(telephone.phone_line(samples, name), soxr.resample(codec(narrow), 8000, 16_000))


def test_the_plain_line_has_nothing_above_four_kilohertz() -> None:
    line = telephone.phone_line(telephone.coloured_noise(32_000, 0.0, np.random.default_rng(0)))
    assert line.size == 32_000
    assert power_db(line, 4400.0, 8000.0) < power_db(line, 300.0, 3400.0) - 40.0


def test_a_line_with_nothing_on_it_is_the_plain_line_but_for_its_level() -> None:
    samples = speechlike(1.0)
    line = telephone.random_line(samples, np.random.default_rng(0), odds=NEVER)
    assert np.corrcoef(line, telephone.phone_line(samples))[0, 1] > 0.998


@pytest.mark.parametrize("effect", ["band", "noise", "clipping", "echo", "hum", "network", "a_law", "loss"])
def test_each_effect_is_heard_where_it_is_sure(effect: str) -> None:
    samples = speechlike(2.0)
    lines = [
        [telephone.random_line(samples, np.random.default_rng(seed), odds=odds, shortest_s=3.0) for seed in range(4)]
        for odds in (replace(NEVER, **{effect: 1.0}), NEVER)
    ]
    assert any(not np.allclose(with_it, without, atol=1e-4) for with_it, without in zip(*lines, strict=True))


def test_a_wide_line_keeps_what_a_narrow_one_loses() -> None:
    samples = telephone.coloured_noise(32_000, 0.0, np.random.default_rng(0))
    wide, narrow = (
        telephone.random_line(samples, np.random.default_rng(1), odds=replace(NEVER, wide=share))
        for share in (1.0, 0.0)
    )
    assert power_db(wide, 4400.0, 8000.0) > power_db(narrow, 4400.0, 8000.0) + 30.0


@given(seed=st.integers(0, 9999))
@settings(max_examples=20)
def test_a_random_line_is_decided_by_its_generator_alone(seed: int) -> None:
    samples = speechlike(1.5)
    first, again = (telephone.random_line(samples, np.random.default_rng(seed), VOICES) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_two_generators_make_two_lines() -> None:
    samples = speechlike(5.0)
    sizes = {telephone.random_line(samples, np.random.default_rng(seed)).size for seed in range(5)}
    assert len(sizes) == 5


@given(seed=st.integers(0, 9999))
@settings(max_examples=20)
def test_a_random_line_stays_finite_and_between_its_lengths(seed: int) -> None:
    line = telephone.random_line(speechlike(5.0), np.random.default_rng(seed), VOICES, ALWAYS)
    assert line.dtype == np.float32
    assert np.isfinite(line).all()
    assert 0.79 * 16_000 <= line.size <= 4.01 * 16_000


@pytest.mark.parametrize("size", [0, 1, 2, 700, 20_000])
@pytest.mark.parametrize("odds", [NEVER, ALWAYS, replace(ALWAYS, wide=1.0)])
def test_silence_and_next_to_nothing_pass_every_line(size: int, odds: Odds) -> None:
    for samples in (np.zeros(size, dtype=np.float32), np.ones(size, dtype=np.float32)):
        line = telephone.random_line(samples, np.random.default_rng(0), VOICES, odds)
        assert np.isfinite(line).all()
        assert line.size == pytest.approx(size, abs=2)


def test_silent_voices_make_no_babble_and_no_error() -> None:
    silent = [np.zeros(100, dtype=np.float32), np.zeros(0, dtype=np.float32)]
    line = telephone.random_line(speechlike(1.0), np.random.default_rng(0), silent, ALWAYS)
    assert np.isfinite(line).all()
