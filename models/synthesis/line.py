"""The telephone line: band, echo, level, noise and G.711, all at 8 kHz."""

from __future__ import annotations

import io

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.models.telephone import Samples, band_limit, coloured_noise, rms

PHONE_HZ = 8_000
NEUTRAL_DBFS = -30.0
"""Active level of neutral speech; leaves a shout 10 dB louder its peaks."""
COMFORT_DBFS = -76.0
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0
_ECHO = ((11, -17.0), (19, -20.0), (33, -24.0))
_FRAME = PHONE_HZ // 50


def carry(samples: NDArray[np.float32], rate_hz: int, level_db: float) -> Samples:
    """Wide-band speech as it comes out of the band filter with its room, `level_db` above neutral speech."""
    narrow = np.asarray(soxr.resample(samples, rate_hz, PHONE_HZ, quality="VHQ"), dtype=np.float32)
    narrow = band_limit(add_echo(narrow), PHONE_HZ, _LOW_HZ, _HIGH_HZ)
    return narrow * np.float32(10.0 ** ((NEUTRAL_DBFS + level_db - active_level_dbfs(narrow)) / 20.0))


def add_echo(samples: Samples) -> Samples:
    """A few early reflections, 11 to 33 ms late and 17 to 24 dB down: a handset in a room."""
    longest_ms = _ECHO[-1][0]
    out = np.concatenate([samples, np.zeros(longest_ms * PHONE_HZ // 1000, dtype=np.float32)])
    for delay_ms, gain_db in _ECHO:
        start = delay_ms * PHONE_HZ // 1000
        out[start : start + samples.size] += samples * np.float32(10.0 ** (gain_db / 20.0))
    return out


def active_level_dbfs(samples: Samples) -> float:
    """RMS over the 20 ms frames that lie within 25 dB of the loudest; -120 for silence."""
    usable = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    power = np.mean(np.square(usable), axis=1) if usable.size else np.zeros(1)
    active = power[power >= power.max() * 10.0**-2.5]
    return float(10.0 * np.log10(max(float(active.mean()), 1e-12)))


def street_noise(size: int, talkers: list[Samples], rng: np.random.Generator) -> Samples:
    """Traffic that swells and fades, under a babble of the given talkers; unit RMS, within the band."""
    knots = np.arange(0, size + 2 * PHONE_HZ, 2 * PHONE_HZ)
    swell = np.interp(np.arange(size), knots, rng.uniform(0.6, 1.4, knots.size))
    traffic = _unit(coloured_noise(size, 1.2, rng)) * swell.astype(np.float32)
    babble = np.zeros(size, dtype=np.float32)
    for talker in talkers:
        babble += np.roll(np.resize(talker, size), int(rng.integers(0, size)))
    return _unit(band_limit(0.8 * traffic + 0.7 * _unit(babble), PHONE_HZ, _LOW_HZ, _HIGH_HZ))


def limit(samples: Samples, knee: float = 0.55, ceiling: float = 0.92) -> Samples:
    """Leave what is below `knee`, press what is above it smoothly under `ceiling`."""
    magnitude = np.abs(samples)
    # tanh meets the identity at the knee with slope 1 and never reaches the ceiling.
    over = knee + (ceiling - knee) * np.tanh((magnitude - knee) / (ceiling - knee))
    return np.asarray(np.where(magnitude > knee, np.sign(samples) * over, samples), dtype=np.float32)


def through_g711(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Mu-law encoded and decoded, as 16-bit samples: exactly what the far end of a G.711 line plays."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, PHONE_HZ, format="WAV", subtype="ULAW")
    buffer.seek(0)
    decoded, _ = soundfile.read(buffer, dtype="int16")
    return np.asarray(decoded, dtype=np.int16)


def _unit(samples: Samples) -> Samples:
    return samples / np.float32(max(rms(samples), 1e-9))
