"""Tones of voice as sizes of cues, each relative to the same voice speaking neutrally."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tonewatch.models.synthesis import shaping
from tonewatch.models.synthesis.vocoder import Frames


@dataclass(frozen=True)
class Style:
    """How one sentence is spoken. Every cue is zero or one in a plain reading.

    level_db is the sentence's active level on the line; the other cues shape the voice. pause multiplies the
    silences between sentences; duration multiplies the length of speech.
    """

    shift_st: float = 0.0
    pitch_range: float = 1.15
    end_st: float = 0.0
    stress_st: float = 0.0
    stress_db: float = 0.0
    level_db: float = 0.0
    tilt_db_per_octave: float = 0.0
    first_formant: float = 1.0
    breath: float = 0.0
    tremor_st: float = 0.0
    tremor_hz: float = 5.5
    break_every_ms: float = 0.0
    duration: float = 1.0
    pause: float = 1.0
    degraded: bool = False


STYLES = {
    "neutral": Style(),
    "warm": Style(shift_st=0.5, pitch_range=1.3, level_db=0.3, end_st=0.5),
    "soothing": Style(shift_st=-0.5, pitch_range=1.1, level_db=-0.5, duration=1.04, tilt_db_per_octave=-0.5),
    "relieved": Style(shift_st=0.3, pitch_range=1.2, level_db=-0.5, duration=1.02, tilt_db_per_octave=-0.5),
    "delighted": Style(
        shift_st=2.2, pitch_range=1.5, end_st=-1.5, stress_st=2.2, stress_db=0.5, level_db=1.5, duration=0.97
    ),
    "raised": Style(shift_st=1.0, pitch_range=1.15, level_db=2.0, tilt_db_per_octave=0.5),
    "irritated": Style(
        shift_st=2.8,
        pitch_range=1.25,
        end_st=-1.5,
        stress_st=1.2,
        stress_db=1.5,
        level_db=4.5,
        tilt_db_per_octave=2.0,
        first_formant=1.04,
        duration=0.93,
        pause=0.8,
        degraded=True,
    ),
    "angry": Style(
        shift_st=5.0,
        pitch_range=1.35,
        end_st=-3.0,
        stress_st=2.0,
        stress_db=3.0,
        level_db=8.5,
        tilt_db_per_octave=3.5,
        first_formant=1.10,
        duration=0.84,
        pause=0.6,
        degraded=True,
    ),
    "furious": Style(
        shift_st=6.5,
        pitch_range=1.4,
        end_st=-4.0,
        stress_st=2.5,
        stress_db=3.5,
        level_db=10.0,
        tilt_db_per_octave=4.5,
        first_formant=1.14,
        duration=0.81,
        pause=0.5,
        degraded=True,
    ),
    "cold_anger": Style(
        shift_st=2.0,
        pitch_range=1.25,
        end_st=-3.5,
        stress_st=2.2,
        stress_db=3.5,
        level_db=5.5,
        tilt_db_per_octave=4.0,
        first_formant=1.06,
        duration=0.97,
        pause=1.1,
        degraded=True,
    ),
    "distressed": Style(
        shift_st=2.5,
        pitch_range=1.1,
        end_st=-1.5,
        level_db=-2.0,
        tilt_db_per_octave=-1.0,
        breath=0.25,
        tremor_st=0.5,
        duration=1.14,
        pause=1.9,
        degraded=True,
    ),
    "sobbing": Style(
        shift_st=4.5,
        pitch_range=1.2,
        end_st=-2.5,
        level_db=-0.5,
        tilt_db_per_octave=-1.0,
        breath=0.35,
        tremor_st=0.8,
        tremor_hz=6.5,
        break_every_ms=900.0,
        duration=1.2,
        pause=2.2,
        degraded=True,
    ),
}


def shape(frames: Frames, style: Style, rng: np.random.Generator) -> Frames:
    """One sentence in this style, with a little of the unevenness that no two spoken sentences lack.

    The level is left to the telephone line, which sets it after the band filter.
    """
    frames = shaping.stretch(frames, style.duration * rng.uniform(0.98, 1.02))
    frames = shaping.widen_pitch(frames, style.pitch_range)
    frames = shaping.shift_pitch(frames, style.shift_st + rng.uniform(-0.3, 0.3))
    frames = shaping.stress(frames, style.stress_st, style.stress_db)
    frames = shaping.bend_end(frames, style.end_st)
    frames = shaping.tremble(frames, style.tremor_st, style.tremor_hz, rng)
    if style.break_every_ms:
        frames = shaping.break_voice(frames, style.break_every_ms, rng)
    frames = shaping.warp_formants(frames, style.first_formant, up_to_hz=1000.0)
    frames = shaping.tilt(frames, style.tilt_db_per_octave)
    return shaping.breathe(frames, style.breath)
