"""Syllables without a transcript: voiced peaks of the level with a dip between them.

After de Jong and Wempe 2009, "Praat script to detect syllable nuclei and measure speech rate automatically".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.prosody.loudness import smoothed_db
from tonewatch.workers.prosody.voiced_speech import Floats, SpeechFrames, enough

MIN_NUCLEI = 2
"""Fewer of them carry no rate."""

# Tuned to the syllables of the transcripts of EmoDB, RAVDESS and nEMO (PROSODY.md).
_DIP_DB = 1.5
_UNDER_LOUDEST_DB = 22.0
_VOICED_WITHIN = 2
_LEAST_VOICING = 0.3


@dataclass(frozen=True, slots=True)
class Nuclei:
    """Frame of HOP_MS, level in dB, length in frames between the dips around, probability of being voiced."""

    at: NDArray[np.intp]
    level_db: Floats
    frames: Floats
    voicing: Floats

    @property
    def confidence(self) -> float:
        """Mean probability that the peaks are voiced, and whether there were enough of them."""
        count = len(self.at)
        return float(self.voicing.mean()) * enough(count, 1) if count else 0.0


def find_nuclei(frames: SpeechFrames) -> Nuclei:
    """Peaks of the level in speech, near voicing, at most _UNDER_LOUDEST_DB below the loudest frames."""
    level_db = smoothed_db(frames.power)
    # The peak of the level may lie a frame or two beside the voiced frames.
    padded = np.pad(frames.track.voicing, _VOICED_WITHIN)
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * _VOICED_WITHIN + 1)
    voicing = near.max(axis=1)
    threshold = float(np.percentile(level_db[frames.speech], 95)) - _UNDER_LOUDEST_DB
    peaks, dips = peaks_with_dips(level_db, _DIP_DB)
    keep = [
        i
        for i, at in enumerate(peaks)
        if frames.speech[at] and voicing[at] > _LEAST_VOICING and level_db[at] > threshold
    ]
    at = np.array([peaks[i] for i in keep], dtype=np.intp)
    return Nuclei(at, level_db[at], np.array([dips[i + 1] - dips[i] for i in keep], dtype=np.float64), voicing[at])


def peaks_with_dips(level_db: Floats, dip_db: float) -> tuple[list[int], list[int]]:
    """Peaks that stand `dip_db` over the dips on both sides, and the dips: one more than peaks, the ends included."""
    peaks: list[int] = []
    dips = [0]
    top = low = 0
    rising = True
    for at, level in enumerate(level_db.tolist()):
        if rising:
            if level > level_db[top]:
                top = at
            elif level < level_db[top] - dip_db:
                # A peak counts only if it also rose far enough over the dip before it; else both are one syllable.
                if level_db[top] > level_db[dips[-1]] + dip_db or not peaks:
                    peaks.append(top)
                    dips.append(at)
                low, rising = at, False
        elif level < level_db[low]:
            low = at
            dips[-1] = at
        elif level > level_db[low] + dip_db:
            top, rising = at, True
    # The segment ends while the level is still up: the last syllable has no dip behind it.
    if rising and len(level_db) and level_db[top] > level_db[dips[-1]] + dip_db:
        peaks.append(top)
        dips.append(len(level_db) - 1)
    return peaks, dips
