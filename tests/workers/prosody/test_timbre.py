"""Voice quality of spectra that are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.workers.pitch.frames import bins_hz
from tonewatch.workers.prosody import timbre

from .conftest import MakeFrames


def harmonics(f0_hz: float, floor: float) -> NDArray[np.float32]:
    """Lines at multiples of F0 that fall 6 dB an octave, over a floor that falls alike."""
    hz = np.maximum(bins_hz(), 1.0)
    lines = np.exp(-0.5 * ((hz / f0_hz - np.rint(hz / f0_hz)) * f0_hz / 12.0) ** 2)
    return ((lines + floor) * (300.0 / hz) ** 2).astype(np.float32)


@pytest.mark.parametrize("tilt_db", [-20.0, 0.0, 6.0])
def test_tilt_is_the_energy_above_1_khz_against_that_below(make_frames: MakeFrames, tilt_db: float) -> None:
    hz = bins_hz()
    low, high = (hz >= 100) & (hz < 1000), (hz >= 1000) & (hz <= 3600)
    spectrum = np.where(low, 1 / low.sum(), 0) + np.where(high, 10 ** (tilt_db / 10) / high.sum(), 0)
    frames = make_frames([15.0] * 5, spectrum=spectrum.astype(np.float32))
    assert timbre.tilt_db(frames) == pytest.approx(tilt_db, abs=0.01)


def test_a_band_that_is_empty_has_no_tilt(make_frames: MakeFrames) -> None:
    spectrum = (bins_hz() < 1000).astype(np.float32)
    assert timbre.tilt_db(make_frames([15.0] * 5, spectrum=spectrum)) is None


def test_harmonicity_is_the_ratio_of_the_periodic_part_to_the_rest(make_frames: MakeFrames) -> None:
    frames = make_frames([15.0] * 5)
    assert timbre.harmonicity_db(frames) == pytest.approx(10 * np.log10(0.8 / 0.2))
    frames.track.periodicity[:] = 0.5
    assert timbre.harmonicity_db(frames) == pytest.approx(0.0)


def test_a_clear_voice_has_a_higher_cepstral_peak_than_a_breathy_one(make_frames: MakeFrames) -> None:
    clear, breathy = (
        timbre.cepstral_peak_db(make_frames([15.0] * 5, spectrum=harmonics(150, floor))) for floor in (1e-3, 1.0)
    )
    assert clear > breathy + 3


def test_the_gain_changes_no_measure(make_frames: MakeFrames) -> None:
    spectrum = harmonics(150, 1e-3)
    plain, louder = (make_frames([15.0] * 5, spectrum=spectrum * np.float32(gain)) for gain in (1, 100))
    assert timbre.tilt_db(louder) == pytest.approx(timbre.tilt_db(plain), abs=1e-3)
    assert timbre.cepstral_peak_db(louder) == pytest.approx(timbre.cepstral_peak_db(plain), abs=1e-2)
