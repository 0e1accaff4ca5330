"""F0 of telephone speech, whose fundamental is usually filtered out: `track` gives it per frame, with its probability.

`frames` makes spectra and autocorrelations, `cues` finds candidates and measures the cues of each, `cue_weights` holds
the weights of the cues, `chain` brings in the neighbours in time, `tracker` puts them together.
"""

from __future__ import annotations

from tonewatch.workers.pitch.frames import CEILING_HZ, FLOOR_HZ, HOP_MS, RATE_HZ, Spectra, spectra
from tonewatch.workers.pitch.tracker import Floats, PitchTrack, track

__all__ = [
    "CEILING_HZ",
    "FLOOR_HZ",
    "HOP_MS",
    "RATE_HZ",
    "Floats",
    "PitchTrack",
    "Spectra",
    "spectra",
    "track",
]
