"""Weight of each cue of a candidate, and the costs of transitions between candidates.

Fitted by `models/experiments/fit_pitch.py` on EmoDB (CC BY 4.0) alone; every other accuracy that is stated of this
tracker was measured on voices and languages that were not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.pitch.cues import Cues

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Costs:
    """In nepers: of a change of F0 per octave up to 0.15 of one (`near`), per octave in all (`far`), once for a jump of
    more than a quarter of one; of beginning and of ending to be voiced."""

    near: float
    far: float
    jump: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class CueWeights:
    """`log_odds` against `unvoiced` = bias + the sum of cue x weight."""

    bias: float
    cues: dict[str, float]
    costs: Costs

    def log_odds(self, cues: Cues) -> Floats:
        """(...,) from (..., len(self.cues))."""
        # The order of the dictionary is the order of CUES and NEARNESS.
        by = np.array(list(self.cues.values()), dtype=np.float32)
        return np.asarray(cues @ by + np.float32(self.bias), dtype=np.float64)


FIRST_PASS: Final = CueWeights(
    bias=-0.413,
    cues={
        "period": 1.784,
        "behind_best": 1.87,
        "plain": 1.428,
        "half_as_good": 0.637,
        "steady": -2.166,
        "comb_low": 0.203,
        "comb_odd": 0.051,
        "loud": -0.514,
        "loud_squared": -0.897,
        "hiss": -1.061,
        "clutter": -0.401,
    },
    costs=Costs(near=10.01, far=3.41, jump=2.42, begin=3.42, end=3.45),
)
"""Of the first pass, frame by frame."""

SECOND_PASS: Final = CueWeights(
    bias=-0.102,
    cues={
        "period": 1.511,
        "behind_best": 1.545,
        "plain": 1.216,
        "half_as_good": 0.327,
        "steady": -1.77,
        "comb_low": 0.264,
        "comb_odd": 0.102,
        "loud": -0.253,
        "loud_squared": -0.73,
        "hiss": -1.273,
        "clutter": -0.482,
        "away": -0.411,
        "away_squared": -0.216,
    },
    costs=Costs(near=10.5, far=2.9, jump=2.13, begin=3.18, end=3.24),
)
"""Of the second pass, which knows the centre of the speaker's F0."""
