"""Log-mel spectrogram as Whisper defines it (Radford et al. 2022, arXiv 2212.04356), in numpy.

16 kHz, 25 ms Hann window, 10 ms hop, Slaney mel bands (80, or 128 for large-v3), base-10 logarithm, floor 8 decades
under the peak.
Unlike Whisper's front end the audio is not padded to 30 s: a segment costs what it lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
WINDOW = 400
HOP = 160
BANDS = 80

_SPEECH_RMS = 0.05
_SPEECH_RANGE_DB = 25.0
_LOG_FLOOR = 1e-10
_DECADES = 8.0

LONGEST_CONCEALED_MS = 100
"""Of a missing range across which a spectrum is interpolated; what is longer stays the silence that it is."""

_MISSING_SHARE = 0.25
"""Of a window: from there on its spectrum is that of the gap's edges, not of the voice."""

Ranges = Sequence[tuple[int, int]]

Samples = NDArray[np.float32]


def _hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's scale: linear to 1 kHz, 27 logarithmic steps per factor of 6.4 above it."""
    # 1 kHz is 15 mel on both branches.
    linear = hz * 3.0 / 200.0
    logarithmic = 15.0 + 27.0 * np.log(np.maximum(hz, 1000.0) / 1000.0) / np.log(6.4)
    return np.where(hz < 1000.0, linear, logarithmic)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = mel * 200.0 / 3.0
    logarithmic = 1000.0 * np.exp((np.maximum(mel, 15.0) - 15.0) * np.log(6.4) / 27.0)
    return np.where(mel < 15.0, linear, logarithmic)


@cache
def mel_filters(bands: int = BANDS) -> NDArray[np.float32]:
    """Triangles of equal area, shape [WINDOW // 2 + 1, bands]."""
    bins_hz = np.linspace(0.0, RATE_HZ / 2, WINDOW // 2 + 1)
    top = float(_hz_to_mel(np.array([RATE_HZ / 2]))[0])
    edges_hz = _mel_to_hz(np.linspace(0.0, top, bands + 2))
    rising = (bins_hz[:, None] - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
    falling = (edges_hz[2:] - bins_hz[:, None]) / np.diff(edges_hz)[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters: NDArray[np.float32] = (triangles * 2.0 / (edges_hz[2:] - edges_hz[:-2])).astype(np.float32)
    return filters


@cache
def _hann() -> NDArray[np.float32]:
    """Periodic Hann window (torch's default), not numpy's symmetric one."""
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


def speech_frames(samples: Samples) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Energy of each whole frame of HOP (one at least), and whether it lies within 25 dB of the 95th percentile."""
    usable = samples[: samples.size // HOP * HOP]
    energy = np.mean(np.square(usable.reshape(-1, HOP), dtype=np.float64), axis=1)
    return energy, energy >= np.percentile(energy, 95) * 10.0 ** (-_SPEECH_RANGE_DB / 10.0)


def speech_rms(samples: Samples) -> float:
    """Root mean square over the frames of speech; 0 for silence."""
    if samples.size < HOP:
        return 0.0
    energy, speech = speech_frames(samples)
    return float(np.sqrt(np.mean(energy[speech])))


def normalise_loudness(samples: Samples) -> Samples:
    """Scale to a fixed rms over speech frames, so that a posterior does not depend on the line's gain."""
    rms = speech_rms(samples)
    return samples * np.float32(_SPEECH_RMS / rms) if rms > 0.0 else samples


def log_mel(samples: Samples, bands: int = BANDS, missing: Ranges = ()) -> NDArray[np.float32]:
    """Samples at 16 kHz, shape [n] with n > 200 -> Whisper's scaled log-mel, shape [bands, n // 160].

    `missing`: ranges [first, end) that were never received. Frames that see too much of a short one are interpolated
    between the whole frames on both sides of it, band by band: lost packets would else look like clicks.
    """
    # Reflected by half a window, so that frame i is centred at sample i * HOP, as torch.stft does.
    padded = np.pad(samples.astype(np.float32, copy=False), WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: samples.size // HOP]
    spectrum = np.fft.rfft(frames * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    # Whisper's scaling: clamp to 8 decades under the peak of the whole segment, then (x + 4) / 4.
    decades = np.log10(np.maximum(power @ mel_filters(bands), _LOG_FLOOR))
    scaled = (np.maximum(decades, decades.max() - _DECADES) + 4.0) / 4.0
    return np.ascontiguousarray(_concealed(scaled, samples.size, missing).T, dtype=np.float32)


def _concealed(scaled: NDArray[np.float32], size: int, missing: Ranges) -> NDArray[np.float32]:
    """[frames, bands], with the frames that see a gap replaced."""
    torn = _torn(len(scaled), size, missing)
    if not torn.any() or torn.all():
        return scaled
    at, whole = np.flatnonzero(torn), np.flatnonzero(~torn)
    found = scaled.copy()
    for band in range(scaled.shape[1]):
        found[at, band] = np.interp(at, whole, scaled[whole, band])
    return found


def _torn(frames: int, size: int, missing: Ranges) -> NDArray[np.bool_]:
    """Which frames have too much of a short gap in their window."""
    gone = np.zeros(size + 1, dtype=np.int64)
    for first, end in missing:
        if (end - first) * 1000 <= LONGEST_CONCEALED_MS * RATE_HZ:
            gone[first + 1 : end + 1] = 1
    before = np.cumsum(gone)
    centres = np.arange(frames) * HOP
    seen = before[np.minimum(centres + WINDOW // 2, size)] - before[np.maximum(centres - WINDOW // 2, 0)]
    return np.asarray(seen > _MISSING_SHARE * WINDOW)


def speech_mel(samples: Samples, bands: int = BANDS, missing: Ranges = ()) -> NDArray[np.float32]:
    """Input of the encoder: the log-mel of the loudness-normalised segment."""
    return log_mel(normalise_loudness(samples), bands, missing)
