"""Sounds without speech over a telephone line, on which the encoder should be uncertain."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.telephone import coloured_noise, phone_line
from tonewatch.workers.audio.mel import RATE_HZ

Samples = NDArray[np.float32]

LENGTHS_S = (0.8, 1.5, 3.0)


def tone(seconds: float, *hz: float) -> Samples:
    """Steady sines together: dial and busy tones, touch tones."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(sum(np.sin(2.0 * np.pi * one * time_s) for one in hz) / len(hz), dtype=np.float32)


def melody(seconds: float, seed: int) -> Samples:
    """Plucked notes of a scale with a bass, at two to four a second: music on hold."""
    rng = np.random.default_rng(seed)
    note_s = float(rng.uniform(0.25, 0.5))
    time_s = np.arange(int(note_s * RATE_HZ)) / RATE_HZ
    notes = []
    for degree in rng.choice([0, 2, 4, 5, 7, 9, 11, 12], size=int(seconds / note_s) + 1):
        hz = 220.0 * 2.0 ** (degree / 12.0)
        # Plucked: harmonics that fall as k^-1.5, decaying; an octave below, a bass.
        harmonics = sum(np.sin(2.0 * np.pi * k * hz * time_s) / k**1.5 for k in range(1, 8))
        notes.append(harmonics * np.exp(-4.0 * time_s) + 0.4 * np.sin(np.pi * hz * time_s))
    return np.concatenate(notes)[: int(seconds * RATE_HZ)].astype(np.float32)


def hiss(seconds: float, slope: float, seed: int) -> Samples:
    """Noise whose power falls as 1 / f ** slope."""
    return coloured_noise(int(seconds * RATE_HZ), slope, np.random.default_rng(seed))


def clicks(seconds: float, seed: int) -> Samples:
    """Keys and knocks: short bursts at random times over faint noise."""
    rng = np.random.default_rng(seed)
    samples = 0.003 * rng.standard_normal(int(seconds * RATE_HZ))
    burst = np.exp(-np.arange(400) / 60.0)
    for start in rng.integers(0, samples.size - 400, size=int(6 * seconds)):
        samples[start : start + 400] += rng.uniform(0.2, 1.0) * burst * rng.standard_normal(400)
    return samples.astype(np.float32)


@cache
def no_speech() -> tuple[Samples, ...]:
    """The same few dozen sounds every time, over the plain telephone line, float32 at 16 kHz."""
    made: list[Samples] = []
    for number, seconds in enumerate(LENGTHS_S):
        made += [tone(seconds, 425.0), tone(seconds, 350.0, 440.0), tone(seconds, 770.0, 1336.0), tone(seconds, 1000.0)]
        made += [melody(seconds, seed) for seed in range(4 * number, 4 * number + 4)]
        made += [hiss(seconds, slope, number) for slope in (0.0, 1.0, 2.0)]
        made += [clicks(seconds, number)]
    return tuple(phone_line(samples) for samples in made)
