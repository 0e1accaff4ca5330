"""F0 tracker: from candidates to one F0 per frame, with the probability that it is right.

A Markov chain over the candidates of each frame and `unvoiced` gives the probability of each, from its cues and from
its neighbours in time. A first pass, frame by frame, finds the centre of this speaker's F0; in the second, a candidate
far from there needs stronger cues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.pitch import chain, cues
from tonewatch.workers.pitch.cue_weights import FIRST_PASS, SECOND_PASS, Costs, CueWeights
from tonewatch.workers.pitch.cues import Observed
from tonewatch.workers.pitch.frames import FLOOR_HZ, Spectra, spectra

Floats = NDArray[np.float64]

_SAME_OCTAVES = 1 / 12
"""Candidates this near to each other are one, for the probability."""

_NO_CANDIDATE = -30.0
_LEAST_VOICED_FRAMES = 3.0
_SILENT_POWER = 1e-5
"""Of a bin; a full-scale sine has some 1e4."""


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """One value per HOP_MS, frame i centred at (i + 0.5) * HOP_MS.

    f0_hz        NaN where unvoiced
    confidence   probability that the frame is voiced and its F0 right to a semitone; 0 where unvoiced
    voicing      probability that the frame is voiced
    periodicity  normalised autocorrelation at the period, 0..1; 0 where unvoiced
    """

    f0_hz: Floats
    confidence: Floats
    voicing: Floats
    periodicity: Floats

    @property
    def voiced(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.f0_hz)

    @property
    def f0_st(self) -> Floats:
        """Semitones above FLOOR_HZ."""
        return cast(Floats, 12 * np.log2(self.f0_hz / FLOOR_HZ))


def track(samples: Samples, rate_hz: int, *, frames: Spectra | None = None) -> PitchTrack:
    """F0 between FLOOR_HZ and CEILING_HZ. `frames`: the spectra of `samples`, where the caller has them already."""
    known = spectra(samples, rate_hz) if frames is None else frames
    count = len(known.power)
    # Below this there is no sound, and candidates would be peaks of rounding noise.
    if not count or float(known.power.max()) < _SILENT_POWER:
        nothing = np.zeros(count)
        return PitchTrack(np.full(count, np.nan), nothing, nothing, nothing)
    observed = cues.observe(known)
    emission = emissions(observed, observed.cues, FIRST_PASS)
    # First pass: without the neighbours in time. It only has to find where this voice lies, and is cheap.
    centre = centre_octaves(observed, emission)
    if centre is None:
        return picked(observed, chain.marginals(emission, transitions(observed.octaves, FIRST_PASS.costs)))
    near = np.concatenate((observed.cues, cues.nearness(observed, centre)), axis=-1)
    emission = emissions(observed, near, SECOND_PASS)
    return picked(observed, chain.marginals(emission, transitions(observed.octaves, SECOND_PASS.costs)))


def emissions(observed: Observed, of_each: cues.Cues, weights: CueWeights) -> Floats:
    """(frames, 1 + candidates) log odds against `unvoiced`, which is the first."""
    odds = np.where(observed.f0_hz > 0, weights.log_odds(of_each), _NO_CANDIDATE)
    return np.concatenate((np.zeros((len(odds), 1)), odds), axis=1)


def transitions(octaves: cues.Cues, costs: Costs) -> Floats:
    """(frames - 1, 1 + candidates, 1 + candidates) weights from a row's state to a column's."""
    away = np.abs(octaves[1:, None, :] - octaves[:-1, :, None])
    cost = costs.near * np.minimum(away, 0.15) + costs.far * np.minimum(away, 1.2)
    # A smooth step at a quarter of an octave: a jump costs once, however far it goes.
    cost += costs.jump / (1 + np.exp(-40 * (away - np.float32(0.25))))
    # Row and column 0 are `unvoiced`; staying unvoiced costs nothing.
    weights = np.ones((len(away), away.shape[1] + 1, away.shape[2] + 1))
    weights[:, 1:, 1:] = np.exp(-cost)
    weights[:, 0, 1:] = np.exp(-costs.begin)
    weights[:, 1:, 0] = np.exp(-costs.end)
    return weights


def centre_octaves(observed: Observed, emission: Floats) -> float | None:
    """Median of log2 F0 over candidates by their squared probability; None with hardly any voice."""
    weight = np.exp(emission - emission.max(axis=1, keepdims=True))
    # Squared, so that many unlikely candidates do not outvote a few likely ones; the first column is `unvoiced`.
    weight = (weight[:, 1:] / weight.sum(axis=1, keepdims=True)).ravel() ** 2
    if weight.sum() < _LEAST_VOICED_FRAMES:
        return None
    octaves = observed.octaves.ravel()
    order = np.argsort(octaves)
    share = np.cumsum(weight[order])
    return float(octaves[order][np.searchsorted(share, share[-1] / 2)])


def picked(observed: Observed, probability: Floats) -> PitchTrack:
    """The candidate that is right most probably, where voiced is more probable than unvoiced."""
    octaves = observed.octaves
    # Two peaks of one period share its probability; apart, each would look unsure.
    same = np.abs(octaves[:, :, None] - octaves[:, None, :]) < _SAME_OCTAVES
    merged = (probability[:, None, 1:] * same).sum(axis=2) * (observed.f0_hz > 0)
    # Of candidates that are merged, the likeliest stands for all.
    rows, at = np.arange(len(merged)), (merged + 0.01 * probability[:, 1:]).argmax(axis=1)
    voicing = 1 - probability[:, 0]
    f0_hz = observed.f0_hz[rows, at].astype(np.float64)
    voiced = (voicing > 0.5) & (f0_hz > 0)
    return PitchTrack(
        np.where(voiced, f0_hz, np.nan),
        np.where(voiced, np.clip(merged[rows, at], 0, 1), 0.0),
        voicing,
        np.where(voiced, observed.periodicity[rows, at].astype(np.float64), 0.0),
    )
