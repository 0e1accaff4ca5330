"""Frames of a segment that all measurements share, computed once: power, speech flags, spectra, F0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers import pitch
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.voice_activity import FRAME_MS, Mask
from tonewatch.workers.pitch import HOP_MS, PitchTrack, Spectra

Floats = NDArray[np.float64]

SILENCE = 1e-12
"""Power that counts as none; about -120 dB re full scale."""


@dataclass(frozen=True, slots=True)
class SpeechFrames:
    """One value per HOP_MS: power (without the mean), whether it is speech, spectra at 8 kHz, F0."""

    power: Floats
    speech: Mask
    spectra: Spectra
    track: PitchTrack

    @property
    def speech_s(self) -> float:
        return int(self.speech.sum()) * HOP_MS / 1000

    @property
    def voiced(self) -> Mask:
        """Frames of speech with an F0."""
        return self.track.voiced & self.speech


def analysed(samples: Samples, rate_hz: int, power: Floats, speech: Mask) -> SpeechFrames:
    """The costly part: spectra and F0, behind the checks that need only power and speech flags."""
    spectra = pitch.spectra(samples, rate_hz)
    return SpeechFrames(power, speech, spectra, pitch.track(samples, rate_hz, frames=spectra))


def frame_power(samples: Samples, rate_hz: int) -> Floats:
    """Mean square per HOP_MS; what is left of a frame is not judged."""
    hop = rate_hz * HOP_MS // 1000
    count = len(samples) // hop
    whole = samples[: count * hop].astype(np.float64)
    # The mean of the whole segment: an offset of the line is no sound.
    centred = (whole - whole.mean()) if count else whole
    return cast(Floats, np.mean(centred.reshape(count, hop) ** 2, axis=1))


def speech_frames(mask: Mask, count: int) -> Mask:
    """Flags per HOP_MS from flags per FRAME_MS; what they do not cover is no speech."""
    frames = np.repeat(mask, FRAME_MS // HOP_MS)[:count]
    return np.concatenate((frames, np.zeros(count - len(frames), dtype=np.bool_)))


def enough(count: int, half: float) -> float:
    """Confidence that a number of observations earns: 0 for none, a half for `half` of them, 1 for ever so many."""
    return count / (count + half)


def theil_sen(x: Floats, y: Floats) -> float:
    """The median of the slopes of all pairs, of at most 128 points."""
    # All pairs of n points are n^2 / 2: 128 points keep a long segment as cheap as a short one.
    step = -(-len(x) // 128)
    x, y = x[::step], y[::step]
    first, second = np.triu_indices(len(x), k=1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first])))
