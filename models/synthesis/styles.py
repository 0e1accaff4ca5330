"""Tones of voice as sizes of cues, each relative to the same voice speaking neutrally."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tonewatch.models.synthesis import shaping
from tonewatch.models.synthesis.vocoder import Frames


@dataclass(frozen=True)
class Style:
    """The cues of one sentence. Every cue is zero or one in a plain reading.

    level_db is the sentence's active level on the line; the other cues shape the voice. pause multiplies the
    silences between sentences; duration multiplies the length of speech.
    """

    shift_st: float = 0.0
    pitch_range: float = 0.9
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
    rough_st: float = 0.0
    duration: float = 1.0
    pause: float = 1.0
    degraded: bool = False


STYLES = {
    "neutral": Style(),
    "warm": Style(shift_st=0.5, pitch_range=1.1, level_db=0.3, end_st=0.5),
    "soothing": Style(shift_st=-0.5, level_db=-0.5, duration=1.04, tilt_db_per_octave=-0.5),
    "relieved": Style(shift_st=-0.3, level_db=-0.5, duration=1.03, tilt_db_per_octave=-0.5),
    "raised": Style(shift_st=0.5, level_db=2.0, tilt_db_per_octave=0.5),
    "delighted": Style(
        shift_st=2.5,
        pitch_range=1.75,
        end_st=-1.5,
        stress_st=2.5,
        level_db=1.5,
        tilt_db_per_octave=-1.5,
        duration=0.94,
    ),
    "irritated": Style(
        shift_st=3.2,
        end_st=-1.5,
        stress_st=1.0,
        stress_db=1.5,
        level_db=6.0,
        tilt_db_per_octave=4.5,
        first_formant=1.05,
        duration=0.93,
        pause=0.8,
        rough_st=0.2,
        degraded=True,
    ),
    "angry": Style(
        shift_st=4.8,
        end_st=-2.5,
        stress_st=1.5,
        stress_db=3.0,
        level_db=8.5,
        tilt_db_per_octave=5.5,
        first_formant=1.10,
        duration=0.82,
        pause=0.6,
        rough_st=0.3,
        degraded=True,
    ),
    "furious": Style(
        shift_st=6.0,
        pitch_range=0.95,
        end_st=-3.0,
        stress_st=2.0,
        stress_db=3.5,
        level_db=10.0,
        tilt_db_per_octave=6.0,
        first_formant=1.14,
        duration=0.79,
        pause=0.5,
        rough_st=0.4,
        degraded=True,
    ),
    "cold_anger": Style(
        shift_st=2.0,
        end_st=-3.0,
        stress_st=1.5,
        stress_db=3.5,
        level_db=5.5,
        tilt_db_per_octave=5.5,
        first_formant=1.06,
        duration=0.97,
        rough_st=0.2,
        degraded=True,
    ),
    "distressed": Style(
        shift_st=2.5,
        end_st=-1.5,
        level_db=-2.0,
        tilt_db_per_octave=-1.5,
        breath=0.4,
        tremor_st=0.65,
        break_every_ms=600.0,
        duration=1.36,
        pause=1.9,
        degraded=True,
    ),
    "sobbing": Style(
        shift_st=4.0,
        pitch_range=1.0,
        end_st=-2.5,
        level_db=-0.5,
        tilt_db_per_octave=-1.0,
        breath=0.4,
        tremor_st=0.8,
        tremor_hz=6.5,
        break_every_ms=600.0,
        duration=1.38,
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
    frames = shaping.roughen(frames, style.rough_st, rng)
    if style.break_every_ms:
        frames = shaping.break_voice(frames, style.break_every_ms, rng)
    frames = shaping.warp_formants(frames, style.first_formant, up_to_hz=1000.0)
    frames = shaping.tilt(frames, style.tilt_db_per_octave)
    return shaping.breathe(frames, style.breath)
