"""What a telephone line does to speech, as pure functions; randomness comes from the generator passed in.

Codecs follow ITU-T G.711 as companding curves quantised to 8 bits; the band is the classic 300 to 3400 Hz.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Codec = Literal["mu-law", "a-law"]
Companding = Callable[[Samples], Samples]

WIDE_HZ = 16_000
PHONE_HZ = 8_000
_MU = 255.0
_A = 87.6
_PACKET_MS = 20


def mu_law(samples: Samples) -> Samples:
    """Compress, quantise to 8 bits, expand; samples in [-1, 1]."""
    clipped = np.clip(samples, -1.0, 1.0)
    compressed = np.sign(clipped) * np.log1p(_MU * np.abs(clipped)) / np.log1p(_MU)
    coarse = np.round(compressed * 127.0) / 127.0
    expanded = np.sign(coarse) * np.expm1(np.abs(coarse) * np.log1p(_MU)) / _MU
    return np.asarray(expanded, dtype=np.float32)


def a_law(samples: Samples) -> Samples:
    magnitude = np.abs(np.clip(samples, -1.0, 1.0))
    slope = 1.0 + np.log(_A)
    curve = np.where(magnitude < 1.0 / _A, _A * magnitude, 1.0 + np.log(np.maximum(_A * magnitude, 1.0))) / slope
    coarse = (np.floor(curve * 128.0).clip(0, 127) + 0.5) / 128.0
    expanded = np.where(coarse < 1.0 / slope, coarse * slope / _A, np.exp(coarse * slope - 1.0) / _A)
    return np.asarray(np.sign(samples) * expanded, dtype=np.float32)


def band_limit(samples: Samples, rate_hz: int, low_hz: float, high_hz: float) -> Samples:
    """Zero-phase band-pass with 10 % raised-cosine edges, in the frequency domain."""
    if samples.size == 0:
        return samples
    hz = np.fft.rfftfreq(samples.size, 1.0 / rate_hz)
    rise = np.clip((hz - 0.9 * low_hz) / max(0.1 * low_hz, 1e-6), 0.0, 1.0)
    fall = np.clip((1.1 * high_hz - hz) / (0.1 * high_hz), 0.0, 1.0)
    gain = 0.25 * (1.0 - np.cos(np.pi * rise)) * (1.0 - np.cos(np.pi * fall))
    return np.fft.irfft(np.fft.rfft(samples) * gain, samples.size).astype(np.float32)


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Noise is repeated or cut to length, and scaled to the ratio over the whole clip."""
    fitted: Samples = np.resize(noise, samples.size)
    signal_rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    noise_rms = float(np.sqrt(np.mean(np.square(fitted, dtype=np.float64))))
    if signal_rms == 0.0 or noise_rms == 0.0:
        return samples
    scale = signal_rms / noise_rms * 10.0 ** (-snr_db / 20.0)
    return np.asarray(samples + scale * fitted, dtype=np.float32)


def coloured_noise(size: int, slope: float, rng: np.random.Generator) -> Samples:
    """Power falls as 1 / f ** slope: 0 is white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    spectrum[1:] *= np.arange(1, spectrum.size) ** (-slope / 2.0)
    spectrum[0] = 0.0
    return np.fft.irfft(spectrum, size).astype(np.float32)


def lose_packets(samples: Samples, rate_hz: int, loss: float, rng: np.random.Generator) -> Samples:
    """Drop 20 ms packets with probability `loss`; a lost packet repeats the one before it at half its level."""
    step = rate_hz * _PACKET_MS // 1000
    out = samples.copy()
    for index in np.flatnonzero(rng.random(samples.size // step) < loss):
        if index:
            out[index * step : (index + 1) * step] = 0.5 * out[(index - 1) * step : index * step]
    return out


def gain(samples: Samples, gain_db: float) -> Samples:
    return samples * np.float32(10.0 ** (gain_db / 20.0))


def clip(samples: Samples, share_of_peak: float) -> Samples:
    """Flatten everything beyond this share of the peak."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    return np.clip(samples, -share_of_peak * peak, share_of_peak * peak).astype(np.float32, copy=False)


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
    step = rate_hz * _PACKET_MS // 1000
    if samples.size < 2 * step:
        return samples
    energy = np.square(samples[: samples.size // step * step].reshape(-1, step), dtype=np.float64).mean(1)
    loud = np.flatnonzero(energy >= np.percentile(energy, 95) * 10.0 ** (-range_db / 10.0))
    keep = rate_hz * keep_ms // 1000
    return samples[max(0, int(loud[0]) * step - keep) : (int(loud[-1]) + 1) * step + keep]


def phone_line(samples: Samples, codec: Codec = "mu-law") -> Samples:
    """16 kHz -> 8 kHz through a codec -> 16 kHz: the plain line that figures are given for."""
    narrow = soxr.resample(peak_normalise(samples), WIDE_HZ, PHONE_HZ)
    coded = (mu_law if codec == "mu-law" else a_law)(narrow)
    return np.asarray(soxr.resample(coded, PHONE_HZ, WIDE_HZ), dtype=np.float32)


def random_line(samples: Samples, rng: np.random.Generator) -> Samples:
    """0.8 to 4 s of the speech in a clip, over a random line; one in eight keeps the wide band."""
    cropped = peak_normalise(crop(trim_silence(samples, WIDE_HZ), WIDE_HZ, rng, 0.8, 4.0))
    if rng.random() < 0.125:
        return random_transmission(cropped, WIDE_HZ, rng)
    narrow = soxr.resample(cropped, WIDE_HZ, PHONE_HZ)
    low_hz, high_hz = float(rng.uniform(50.0, 350.0)), float(rng.uniform(3000.0, 3800.0))
    if rng.random() < 0.7:
        narrow = band_limit(narrow, PHONE_HZ, low_hz, high_hz)
    sent = random_transmission(narrow, PHONE_HZ, rng)
    return np.asarray(soxr.resample(sent, PHONE_HZ, WIDE_HZ), dtype=np.float32)


def random_transmission(samples: Samples, rate_hz: int, rng: np.random.Generator) -> Samples:
    """Perhaps noise, clipping and packet loss; always a level and a codec."""
    if rng.random() < 0.5:
        noise = coloured_noise(samples.size, float(rng.uniform(0.0, 2.0)), rng)
        samples = add_noise(samples, noise, float(rng.uniform(8.0, 35.0)))
    if rng.random() < 0.15:
        samples = clip(samples, float(rng.uniform(0.4, 0.9)))
    samples = gain(samples, float(rng.uniform(-24.0, 6.0)))
    samples = mu_law(samples) if rng.random() < 0.7 else a_law(samples)
    return lose_packets(samples, rate_hz, float(rng.uniform(0.01, 0.08)), rng) if rng.random() < 0.3 else samples
