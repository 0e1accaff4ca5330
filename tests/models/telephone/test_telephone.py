from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models import telephone
from tonewatch.models.telephone import Samples


def speechlike(seconds: float = 2.0, rate_hz: int = 16_000, seed: int = 0) -> Samples:
    return 0.2 * telephone.coloured_noise(int(seconds * rate_hz), 1.0, np.random.default_rng(seed)) * 20.0


def snr_db(clean: Samples, changed: Samples) -> float:
    return float(10.0 * np.log10(np.mean(clean**2) / np.mean((changed - clean) ** 2)))


def power_db(samples: Samples, rate_hz: int, low_hz: float, high_hz: float) -> float:
    hz = np.fft.rfftfreq(samples.size, 1.0 / rate_hz)
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(10.0 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-12))


@pytest.mark.parametrize("codec", [telephone.mu_law, telephone.a_law])
@pytest.mark.parametrize("peak", [0.05, 0.3, 0.9])
def test_a_codec_keeps_its_ratio_at_every_level(codec: telephone.Companding, peak: float) -> None:
    tone = (peak * np.sin(np.arange(8000) * 0.37)).astype(np.float32)
    assert 33.0 < snr_db(tone, codec(tone)) < 45.0


def test_mu_law_answers_with_at_most_255_levels_and_is_odd() -> None:
    ramp = np.linspace(-1.2, 1.2, 9999, dtype=np.float32)
    coded = telephone.mu_law(ramp)
    assert np.unique(coded).size <= 255
    np.testing.assert_allclose(coded, -coded[::-1], atol=1e-7)
    np.testing.assert_allclose(telephone.mu_law(coded), coded, atol=1e-6)


def test_the_band_limit_removes_what_lies_outside_and_keeps_what_lies_inside() -> None:
    white = telephone.coloured_noise(16_000, 0.0, np.random.default_rng(0))
    limited = telephone.band_limit(white, 8000, 300.0, 3400.0)
    assert power_db(limited, 8000, 0.0, 250.0) < power_db(white, 8000, 0.0, 250.0) - 60.0
    assert power_db(limited, 8000, 3800.0, 4000.0) < power_db(white, 8000, 3800.0, 4000.0) - 60.0
    assert power_db(limited, 8000, 400.0, 3000.0) == pytest.approx(power_db(white, 8000, 400.0, 3000.0), abs=0.01)


def test_the_plain_line_has_nothing_above_four_kilohertz() -> None:
    white = telephone.coloured_noise(32_000, 0.0, np.random.default_rng(0))
    line = telephone.phone_line(white)
    assert line.size == white.size
    assert power_db(line, 16_000, 4400.0, 8000.0) < power_db(line, 16_000, 300.0, 3400.0) - 40.0


@pytest.mark.parametrize("wanted_db", [0.0, 10.0, 30.0])
def test_noise_is_added_at_the_ratio_asked_for(wanted_db: float) -> None:
    clean = speechlike()
    noise = telephone.coloured_noise(5000, 1.0, np.random.default_rng(1))
    assert snr_db(clean, telephone.add_noise(clean, noise, wanted_db)) == pytest.approx(wanted_db, abs=0.1)


def test_noise_leaves_silence_alone() -> None:
    silence = np.zeros(100, dtype=np.float32)
    assert not telephone.add_noise(silence, np.ones(10, dtype=np.float32), 10.0).any()


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0])
def test_noise_falls_by_its_slope(slope: float) -> None:
    noise = telephone.coloured_noise(1 << 16, slope, np.random.default_rng(0))
    octave_db = power_db(noise, 16_000, 1000.0, 2000.0) - power_db(noise, 16_000, 2000.0, 4000.0)
    assert octave_db == pytest.approx(3.01 * (slope - 1.0), abs=0.3)


def test_a_lost_packet_repeats_the_one_before_at_half_its_level() -> None:
    samples = speechlike(1.0, 8000)
    lossy = telephone.lose_packets(samples, 8000, 0.2, np.random.default_rng(3))
    packets, before = lossy.reshape(-1, 160), samples.reshape(-1, 160)
    lost = [i for i in range(1, len(packets)) if not np.array_equal(packets[i], before[i])]
    assert 3 <= len(lost) <= 20
    assert all(np.allclose(packets[i], 0.5 * packets[i - 1]) for i in lost)


def test_gain_and_clipping_do_what_their_units_say() -> None:
    samples = speechlike()
    np.testing.assert_allclose(telephone.gain(samples, 20.0), 10.0 * samples, rtol=1e-5)
    assert np.abs(telephone.clip(samples, 0.5)).max() == pytest.approx(0.5 * np.abs(samples).max())


def test_a_crop_lies_within_the_clip_and_a_short_clip_stays_whole() -> None:
    samples = np.arange(64_000, dtype=np.float32)
    cropped = telephone.crop(samples, 16_000, np.random.default_rng(0), 0.8, 3.0)
    assert 0.8 * 16_000 <= cropped.size <= 3.0 * 16_000
    assert np.all(np.diff(cropped) == 1.0)
    assert telephone.crop(samples[:8000], 16_000, np.random.default_rng(0), 0.8, 4.0).size == 8000


def test_silence_at_both_ends_is_trimmed_but_for_a_tenth_of_a_second() -> None:
    silence = np.zeros(16_000, dtype=np.float32)
    trimmed = telephone.trim_silence(np.concatenate([silence, speechlike(), silence]), 16_000)
    assert 32_000 <= trimmed.size <= 32_000 + 2 * 1600 + 2 * 320


def test_a_random_line_is_decided_by_its_generator_alone() -> None:
    samples = speechlike(5.0)
    first, again, other = (telephone.random_line(samples, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.size != other.size


@pytest.mark.parametrize("seed", range(12))
def test_a_random_line_stays_finite_and_between_its_lengths(seed: int) -> None:
    line = telephone.random_line(speechlike(5.0), np.random.default_rng(seed))
    assert np.isfinite(line).all()
    assert 0.79 * 16_000 <= line.size <= 4.01 * 16_000
