"""The telephone line of the demo calls."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.synthesis import line
from tonewatch.models.telephone import Samples


def tone(hz: float, amplitude: float = 0.3, rate_hz: int = 24_000, seconds: float = 1.0) -> Samples:
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return (amplitude * np.sin(2.0 * np.pi * hz * time)).astype(np.float32)


@pytest.mark.parametrize("level_db", [-3.0, 0.0, 10.0])
def test_speech_leaves_at_the_level_that_was_asked_for(level_db: float) -> None:
    for amplitude in (0.01, 0.5):
        out = line.carry(tone(800.0, amplitude), 24_000, level_db)
        assert line.active_level_dbfs(out) == pytest.approx(line.NEUTRAL_DBFS + level_db, abs=0.1)


def test_only_the_telephone_band_gets_through() -> None:
    mixed = line.carry(tone(120.0) + tone(1000.0) + tone(3800.0), 24_000, 0.0)
    spectrum = np.abs(np.fft.rfft(mixed))
    hz = np.fft.rfftfreq(mixed.size, 1.0 / line.PHONE_HZ)
    inside = spectrum[(hz > 900.0) & (hz < 1100.0)].max()
    assert spectrum[hz < 200.0].max() < 0.02 * inside
    assert spectrum[hz > 3760.0].max() < 0.02 * inside


def test_the_echo_comes_late_and_quiet() -> None:
    click = np.zeros(800, dtype=np.float32)
    click[0] = 1.0
    echo = line.add_echo(click)
    assert echo[0] == 1.0
    assert 0.0 < np.abs(echo[40:]).max() < 0.2


def test_pauses_do_not_lower_the_active_level() -> None:
    speech = tone(500.0, rate_hz=line.PHONE_HZ)
    paused = np.concatenate([speech, np.zeros_like(speech), speech])
    assert line.active_level_dbfs(paused) == pytest.approx(line.active_level_dbfs(speech), abs=0.2)


def test_the_limiter_leaves_quiet_samples_and_holds_loud_ones() -> None:
    samples = np.linspace(-3.0, 3.0, 601, dtype=np.float32)
    out = line.limit(samples)
    quiet = np.abs(samples) <= 0.55
    np.testing.assert_array_equal(out[quiet], samples[quiet])
    assert np.abs(out).max() <= 0.92
    assert np.all(np.diff(out) >= 0.0)


def test_g711_is_stable_once_applied() -> None:
    once = line.through_g711(tone(700.0, rate_hz=line.PHONE_HZ))
    np.testing.assert_array_equal(line.through_g711(once.astype(np.float32) / 32768.0), once)


def test_street_noise_has_unit_power_and_swells() -> None:
    noise = line.street_noise(160_000, [np.zeros(800, dtype=np.float32)], np.random.default_rng(5))
    levels = np.sqrt(np.mean(np.square(noise.reshape(-1, 8000)), axis=1))
    assert float(np.sqrt(np.mean(np.square(noise)))) == pytest.approx(1.0, abs=1e-3)
    assert levels.max() / levels.min() > 1.2
