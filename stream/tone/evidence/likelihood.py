"""How much likelier one segment is under each of the four emotions: what the detector adds up over a call."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.messages import EMOTIONS, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.model.relative_head import VoiceBaseline

LEAST_SHARE = 1e-3
"""A share that is given as less counts as this much, before its logarithm is taken."""

OVERLOADED = 0.02
"""Share of samples at full scale from which a voice counts as a shout into a line that overloads."""

DEGRADED = (EMOTIONS.index("angry"), EMOTIONS.index("sad"))
CALM = (EMOTIONS.index("happy"), EMOTIONS.index("neutral"))

Nats = tuple[float, float, float, float]
"""By emotion, in the order of EMOTIONS."""


def likelihoods(item: JudgedSegment, voice: VoiceBaseline, is_known: bool, config: ToneConfig) -> Nats:
    """Log likelihoods of the emotions given this segment, the likeliest at 0 and none under `-config.most_nats`.

    The forest, where the head has one, was fitted on voices that the encoder had never heard, so its answers can be
    added up; without one, the posterior stands as it is. A short segment counts for less, and so does one that was
    heard before the caller's calm voice is known (neighbouring segments of one voice err alike), and one of which the
    encoder says that it may well be wrong: a strange voice, an odd line. Of a voice that is not known less is believed.
    """
    forest = config.relative.forest if config.relative is not None else None
    if forest is not None and item.alone is not None and item.embedding:
        found, gain = forest.log_likelihoods(inputs(item.posterior, item.alone, voice)), config.gain
    else:
        found, gain = np.array(_logs(item.posterior)), config.bare_gain
    found = found - np.array([config.angry_bias, config.happy_bias, 0.0, config.sad_bias])
    weight = gain * min(1.0, item.speech_ms / config.full_speech_ms) * (1.0 if is_known else config.early)
    angry, happy, neutral, sad = np.maximum(-config.most_nats, weight * (found - found.max())).tolist()
    lost_above = config.lost_above if is_known else config.early_lost_above
    # A shout that overloads the line is strange to the encoder, for that reason alone.
    lost_above += config.overload_allowance if item.overload >= OVERLOADED else 0.0
    sure = trust(item.uncertainty, lost_above, config)
    beyond = config.most_beyond_nats if is_known else config.early_beyond_nats
    within = bounded((angry, happy, neutral, sad), item, beyond, config)
    angry, happy, neutral, sad = (sure * one for one in within)
    return angry, happy, neutral, sad


def trust(uncertainty: float | None, lost_above: float, config: ToneConfig) -> float:
    """Weight of a segment in 0..1, linear between the two bounds; whole where the encoder did not say."""
    if uncertainty is None:
        return 1.0
    share = (lost_above - uncertainty) / (lost_above - config.sure_below)
    return min(1.0, max(config.least_weight, share))


def log_odds(share: float) -> float:
    """Bounded by a share of one in a hundred on either side."""
    within = min(1.0, max(0.0, share))
    return math.log((within + 0.01) / (1.01 - within))


def bounded(nats: Nats, item: JudgedSegment, most_beyond: float, config: ToneConfig) -> Nats:
    """No more nats for a degraded tone, beyond `most_beyond`, than the segment's own shares bear out.

    A forest knows that some voices sound happy when they are angry; that is a reason to listen on, not an alert.
    """
    alone = item.alone or item.posterior
    most = log_odds(max(one.angry + one.sad for one in (alone, item.posterior))) + most_beyond
    excess = evidence(nats) - most
    if excess <= 0.0:
        return nats
    lowered = (nats[0] - excess, nats[1], nats[2], nats[3] - excess)
    angry, happy, neutral, sad = (max(-config.most_nats, one - max(lowered)) for one in lowered)
    return angry, happy, neutral, sad


def inputs(posterior: Posterior, alone: Posterior, voice: VoiceBaseline) -> NDArray[np.float64]:
    """[12]: log shares of the segment against the baseline and alone, and the mean shares that made the baseline."""
    return np.array([*_logs(posterior), *_logs(alone), *voice.posterior.tolist()])


def evidence(nats: Sequence[float]) -> float:
    """How many nats speak for a degraded tone (negative: against it)."""
    return _sum(nats, DEGRADED) - _sum(nats, CALM)


def with_words(nats: Nats, spoken: float) -> Nats:
    """The same, where words speak for a degraded tone by so many nats more; words do not tell anger from distress."""
    angry, happy, neutral, sad = nats
    return angry + spoken, happy, neutral, sad + spoken


def _sum(nats: Sequence[float], indices: tuple[int, int]) -> float:
    """log(exp(a) + exp(b)), computed from the larger one so that nothing overflows."""
    one, other = (nats[index] for index in indices)
    highest = max(one, other)
    return highest + math.log(math.exp(one - highest) + math.exp(other - highest))


def _logs(posterior: Posterior) -> list[float]:
    return [math.log(max(LEAST_SHARE, share)) for share in posterior.shares()]
