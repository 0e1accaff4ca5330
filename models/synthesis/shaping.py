"""The acoustic cues of a tone, one function each, on vocoder frames; randomness comes from the generator passed in.

The cues and their directions follow Banse and Scherer, "Acoustic profiles in vocal emotion expression", 1996, and
Juslin and Laukka, "Communication of emotions in vocal expression and music performance", 2003. Sizes are ours.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.synthesis.vocoder import FRAME_MS, Frames, Track

_CENTRE_HZ = 1000.0


def shift_pitch(frames: Frames, shift_st: float) -> Frames:
    return replace(frames, f0_hz=frames.f0_hz * 2.0 ** (shift_st / 12.0))


def widen_pitch(frames: Frames, factor: float, about_hz: float | None = None) -> Frames:
    """Spread the melody about `about_hz` (default: the utterance's median), in semitones; 1 leaves it."""
    voiced = frames.voiced
    if not voiced.any():
        return frames
    centre_hz = about_hz or float(np.median(frames.f0_hz[voiced]))
    # A factor on semitones is a power of the ratio to the centre.
    widened = centre_hz * (np.maximum(frames.f0_hz, 1e-6) / centre_hz) ** factor
    return replace(frames, f0_hz=np.where(voiced, widened, 0.0))


def bend_end(frames: Frames, bend_st: float, tail_ms: float = 350.0) -> Frames:
    """Let the melody rise (positive) or fall over the last voiced stretch of the utterance."""
    voiced = np.flatnonzero(frames.voiced)
    if not voiced.size:
        return frames
    from_end_ms = (voiced[-1] - np.arange(frames.f0_hz.size)) * FRAME_MS
    ramp = np.clip(1.0 - from_end_ms / tail_ms, 0.0, 1.0)
    return replace(frames, f0_hz=frames.f0_hz * 2.0 ** (bend_st * ramp / 12.0))


def stress(frames: Frames, bump_st: float, bump_db: float, every_ms: float = 420.0) -> Frames:
    """Raise pitch and level on the strongest syllable nuclei, at most one every `every_ms`."""
    bumps = np.zeros(frames.f0_hz.size)
    for nucleus in strongest_nuclei(frames, every_ms):
        distance_ms = (np.arange(bumps.size) - nucleus) * FRAME_MS
        bumps = np.maximum(bumps, np.exp(-0.5 * (distance_ms / 70.0) ** 2))
    louder = frames.envelope * 10.0 ** (bump_db * bumps[:, None] / 10.0)
    return replace(frames, f0_hz=frames.f0_hz * 2.0 ** (bump_st * bumps / 12.0), envelope=louder)


def strongest_nuclei(frames: Frames, every_ms: float) -> list[int]:
    """Frame numbers of local level peaks in voiced speech within 12 dB of the loudest, `every_ms` apart or more."""
    level_db = np.convolve(frames.level_db, np.hanning(13) / np.hanning(13).sum(), mode="same")
    inner = level_db[1:-1]
    peak = (inner >= level_db[:-2]) & (inner > level_db[2:]) & frames.voiced[1:-1] & (inner > level_db.max() - 12.0)
    chosen: list[int] = []
    for index in sorted(np.flatnonzero(peak) + 1, key=lambda frame: -float(level_db[frame])):
        if all(abs(index - other) * FRAME_MS >= every_ms for other in chosen):
            chosen.append(int(index))
    return sorted(chosen)


def tilt(frames: Frames, db_per_octave: float, limit_db: float = 14.0) -> Frames:
    """Strengthen (a pressed, effortful voice) or weaken (a lax one) what lies above 1 kHz, and mirror it below."""
    octaves = np.log2(np.maximum(frames.bins_hz, 125.0) / _CENTRE_HZ)
    # The envelope is a power, so decibels are divided by 10.
    gain_db = np.clip(octaves * db_per_octave, -limit_db, limit_db)
    return replace(frames, envelope=frames.envelope * 10.0 ** (gain_db / 10.0))


def warp_formants(frames: Frames, ratio: float, up_to_hz: float = np.inf) -> Frames:
    """Move the formants by `ratio` (above 1: a shorter vocal tract), wholly or only below `up_to_hz`.

    With 1000 Hz it moves the first formant alone, as an open, shouting mouth does; the move fades out by twice that.
    """
    if ratio == 1.0:
        return frames
    hz = frames.bins_hz
    # 1 below `up_to_hz`, falling to 0 at twice that.
    share = np.ones_like(hz) if np.isinf(up_to_hz) else np.clip(2.0 - hz / up_to_hz, 0.0, 1.0)
    source_hz = np.minimum(hz / (1.0 + (ratio - 1.0) * share), hz[-1])
    position = source_hz / hz[-1] * (hz.size - 1)
    low = np.minimum(position.astype(int), hz.size - 2)
    part = position - low
    log_envelope = np.log(np.maximum(frames.envelope, 1e-16))
    warped = np.exp(log_envelope[:, low] * (1.0 - part) + log_envelope[:, low + 1] * part)
    noise = frames.aperiodicity[:, low] * (1.0 - part) + frames.aperiodicity[:, low + 1] * part
    return replace(frames, envelope=warped, aperiodicity=noise)


def breathe(frames: Frames, amount: float) -> Frames:
    """Mix breath into the voice: 0 leaves it, 1 whispers. It grows towards high frequencies, as breath does."""
    share = amount * np.clip(frames.bins_hz / 2000.0, 0.2, 1.0)
    return replace(frames, aperiodicity=frames.aperiodicity + (1.0 - frames.aperiodicity) * share)


def tremble(frames: Frames, depth_st: float, rate_hz: float, rng: np.random.Generator) -> Frames:
    """A trembling voice: a wavering oscillation of pitch, with a little of the level, plus slow drift."""
    size = frames.f0_hz.size
    if depth_st == 0.0 or size == 0:
        return frames
    wander = _smooth_noise(size, 400.0, rng)
    # Integrated frequency, which itself wavers by a quarter.
    phase = 2.0 * np.pi * np.cumsum(rate_hz * (1.0 + 0.25 * wander)) * FRAME_MS / 1000.0
    swing = np.sin(phase) * (1.0 + 0.4 * _smooth_noise(size, 600.0, rng))
    pitch = 2.0 ** (depth_st * (swing + 0.5 * _smooth_noise(size, 150.0, rng)) / 12.0)
    level = 10.0 ** (2.0 * depth_st * swing / 10.0)
    return replace(frames, f0_hz=frames.f0_hz * pitch, envelope=frames.envelope * level[:, None])


def roughen(frames: Frames, depth_st: float, rng: np.random.Generator) -> Frames:
    """A harsh voice: pitch and level jitter from one period to the next."""
    jitter = rng.standard_normal((2, frames.f0_hz.size)) * depth_st
    level = 10.0 ** (2.0 * jitter[1] / 10.0)
    return replace(frames, f0_hz=frames.f0_hz * 2.0 ** (jitter[0] / 12.0), envelope=frames.envelope * level[:, None])


def break_voice(frames: Frames, every_ms: float, rng: np.random.Generator) -> Frames:
    """Now and then the voice catches: 60 to 110 ms jump up, then lose their tone and half of their power."""
    f0_hz, envelope = frames.f0_hz.copy(), frames.envelope.copy()
    at = rng.uniform(0.3, 0.8) * every_ms
    while at < f0_hz.size * FRAME_MS:
        start = int(at / FRAME_MS)
        jump, loss = start + int(rng.uniform(5, 9)), start + int(rng.uniform(12, 22))
        f0_hz[start:jump] *= 2.0 ** (rng.uniform(2.5, 4.5) / 12.0)
        f0_hz[jump:loss] = 0.0
        envelope[jump:loss] *= 0.25
        at += every_ms * rng.uniform(0.7, 1.3)
    return replace(frames, f0_hz=f0_hz, envelope=envelope)


def stretch(frames: Frames, ratio: float) -> Frames:
    """Longer (above 1) or shorter by `ratio`; pitch and formants stay."""
    size = frames.f0_hz.size
    if ratio == 1.0 or size < 2:
        return frames
    position = np.linspace(0.0, size - 1.0, max(2, round(size * ratio)))
    # Spectra are taken from the nearest frame: interpolating them would blur the formants.
    nearest = np.round(position).astype(int)
    return replace(
        frames,
        f0_hz=_interpolate_voiced(frames.f0_hz, position, nearest),
        envelope=frames.envelope[nearest],
        aperiodicity=frames.aperiodicity[nearest],
    )


def change_level(frames: Frames, level_db: float) -> Frames:
    return replace(frames, envelope=frames.envelope * 10.0 ** (level_db / 10.0))


def _interpolate_voiced(f0_hz: Track, position: Track, nearest: NDArray[np.int_]) -> Track:
    """Interpolate only between voiced neighbours, so that no pitch slides into silence."""
    low = np.minimum(position.astype(int), f0_hz.size - 2)
    smooth = np.interp(position, np.arange(f0_hz.size), f0_hz)
    inside = (f0_hz[low] > 0.0) & (f0_hz[low + 1] > 0.0)
    return np.where(inside, smooth, f0_hz[nearest])


def _smooth_noise(size: int, period_ms: float, rng: np.random.Generator) -> Track:
    """Unit-variance noise that turns about once every `period_ms`."""
    knots = rng.standard_normal(int(size * FRAME_MS / period_ms) + 4)
    positions = np.arange(size) * FRAME_MS / period_ms
    return np.asarray(np.interp(positions, np.arange(knots.size), knots))
