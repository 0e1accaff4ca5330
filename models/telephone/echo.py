"""Echo from the far end: the other party, or oneself, comes back late, quieter and through a hybrid."""

from __future__ import annotations

import numpy as np

from tonewatch.models.telephone.g711 import Samples
from tonewatch.models.telephone.shape import band_limit, rms

_TAIL_MS = 8.0
_BAND_HZ = (300.0, 3000.0)


def echo_path(rate_hz: int, rng: np.random.Generator) -> Samples:
    """Impulse response of a hybrid: the direct return, and reflections that die away within 8 ms."""
    size = int(rate_hz * _TAIL_MS / 1000.0)
    path = rng.standard_normal(size) * np.exp(-5.0 * np.arange(size) / size) * 0.15
    path[0] = 1.0
    return path.astype(np.float32)


def add_echo(
    samples: Samples, source: Samples, rate_hz: int, delay_ms: float, attenuation_db: float, rng: np.random.Generator
) -> Samples:
    """`source`, repeated or cut to length, returns `delay_ms` late and `attenuation_db` below the clip's own level."""
    late = round(rate_hz * delay_ms / 1000.0)
    own_rms = rms(samples)
    if late >= samples.size or own_rms == 0.0 or source.size == 0:
        return samples
    sent = np.resize(source, samples.size - late)
    returned = band_limit(np.convolve(sent, echo_path(rate_hz, rng))[: sent.size], rate_hz, *_BAND_HZ)
    echo = np.zeros_like(samples)
    echo[late:] = returned
    echo_rms = rms(echo)
    if echo_rms == 0.0:
        return samples
    scale = own_rms / echo_rms * 10.0 ** (-attenuation_db / 20.0)
    return np.asarray(samples + scale * echo, dtype=np.float32)
