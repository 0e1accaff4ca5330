"""Band, level and length of speech after a handset, a trunk and a segmenter."""

from __future__ import annotations

import numpy as np

from tonewatch.models.telephone.g711 import Samples

LIFT_MOST_DB = 18.0
_FRAME_MS = 20


def band_limit(samples: Samples, rate_hz: int, low_hz: float, high_hz: float) -> Samples:
    """Zero-phase band-pass with 10 % raised-cosine edges, in the frequency domain."""
    if samples.size == 0:
        return samples
    hz = np.fft.rfftfreq(samples.size, 1.0 / rate_hz)
    rise = np.clip((hz - 0.9 * low_hz) / max(0.1 * low_hz, 1e-6), 0.0, 1.0)
    fall = np.clip((1.1 * high_hz - hz) / (0.1 * high_hz), 0.0, 1.0)
    # (1 - cos)(1 - cos) / 4: 0 outside, 1 inside, a raised cosine over 10 % at each edge.
    gain = 0.25 * (1.0 - np.cos(np.pi * rise)) * (1.0 - np.cos(np.pi * fall))
    return np.fft.irfft(np.fft.rfft(samples) * gain, samples.size).astype(np.float32)


def rms(samples: Samples) -> float:
    """Root mean square; 0 for no samples."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def gain(samples: Samples, gain_db: float) -> Samples:
    return samples * np.float32(10.0 ** (gain_db / 20.0))


def clip(samples: Samples, share_of_peak: float) -> Samples:
    """Flatten everything beyond this share of the peak."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    return np.clip(samples, -share_of_peak * peak, share_of_peak * peak).astype(np.float32, copy=False)


def level_control(samples: Samples, rate_hz: int, strength: float) -> Samples:
    """An automatic level control: quiet frames of 20 ms rise toward the loudest by this share of the distance in dB.

    It follows a rise within a frame and a fall within ten, and lifts nothing by more than LIFT_MOST_DB.
    """
    step = rate_hz * _FRAME_MS // 1000
    count = -(-samples.size // step)
    if not samples.any():
        return samples
    frames = np.pad(samples, (0, count * step - samples.size)).reshape(count, step)
    power_db = 10.0 * np.log10(np.square(frames, dtype=np.float64).mean(1) + 1e-12)
    level_db = power_db.copy()
    for index in range(1, count):
        level_db[index] = max(power_db[index], 0.9 * level_db[index - 1] + 0.1 * power_db[index])
    lift_db = np.minimum(strength * (level_db.max() - level_db), LIFT_MOST_DB)
    centres = (np.arange(count) + 0.5) * step
    gains = np.interp(np.arange(samples.size), centres, 10.0 ** (lift_db / 20.0))
    return np.asarray(samples * gains, dtype=np.float32)


def crop(samples: Samples, rate_hz: int, rng: np.random.Generator, shortest_s: float, longest_s: float) -> Samples:
    """A random stretch of a random length; a clip shorter than that comes back whole."""
    wanted = int(rng.uniform(shortest_s, longest_s) * rate_hz)
    if samples.size <= wanted:
        return samples
    start = int(rng.integers(0, samples.size - wanted))
    return samples[start : start + wanted]


def peak_normalise(samples: Samples, peak: float = 0.5) -> Samples:
    """Bring a clip to the level of a line, where a companding codec is at home."""
    highest = float(np.max(np.abs(samples), initial=0.0))
    return samples * np.float32(peak / highest) if highest > 0.0 else samples


def trim_silence(samples: Samples, rate_hz: int, range_db: float = 30.0, keep_ms: int = 100) -> Samples:
    """Cut lead and tail that lie `range_db` under the 95th percentile of frame energy, but for `keep_ms`."""
    step = rate_hz * _FRAME_MS // 1000
    if samples.size < 2 * step:
        return samples
    energy = np.square(samples[: samples.size // step * step].reshape(-1, step), dtype=np.float64).mean(1)
    loud = np.flatnonzero(energy >= np.percentile(energy, 95) * 10.0 ** (-range_db / 10.0))
    keep = rate_hz * keep_ms // 1000
    return samples[max(0, int(loud[0]) * step - keep) : (int(loud[-1]) + 1) * step + keep]
