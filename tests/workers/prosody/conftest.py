"""Frames of speech made up by hand, so that a measurement is tested apart from the tracker of F0."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.workers.pitch import PitchTrack, Spectra
from tonewatch.workers.pitch.frames import FFT
from tonewatch.workers.prosody.voiced_speech import SpeechFrames

MakeFrames = Callable[..., SpeechFrames]


def _frames(
    f0_st: Sequence[float] | NDArray[np.float64],
    *,
    level_db: NDArray[np.float64] | float = -20.0,
    confidence: float = 0.9,
    spectrum: NDArray[np.float32] | None = None,
) -> SpeechFrames:
    """One frame of speech for each value of F0 in semitones above 55 Hz, NaN where unvoiced."""
    f0_hz = 55.0 * 2.0 ** (np.asarray(f0_st, dtype=np.float64) / 12.0)
    voiced = ~np.isnan(f0_hz)
    power = np.broadcast_to(10.0 ** (np.asarray(level_db) / 10.0), f0_hz.shape).astype(np.float64)
    bins = np.ones(FFT // 2 + 1, np.float32) if spectrum is None else spectrum
    spectra = np.tile(bins, (len(f0_hz), 1))
    track = PitchTrack(f0_hz, confidence * voiced, voiced.astype(np.float64), 0.8 * voiced)
    return SpeechFrames(power, np.ones(len(f0_hz), np.bool_), Spectra(spectra, spectra), track)


@pytest.fixture(scope="session")
def make_frames() -> MakeFrames:
    """make_frames(f0_st, level_db=, confidence=, spectrum=): see `_frames`."""
    return _frames
