"""Is this still the voice that the baseline was learned from? Nobody's mood makes another voice of them.

A pitch that lies half an octave from the caller's own, without the loudness of a shout, is an error of the pitch
tracker or another person at the telephone; it is evidence of no mood. A single such segment is not judged. Several in a
row at a pitch of their own are another voice: it gets a baseline of its own, and a voice that comes back finds its
former one again.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import Baseline, spread_around_median
from tonewatch.stream.tone.evidence.likelihood import OVERLOADED
from tonewatch.stream.tone.judged_segment import JudgedSegment

FORMER_KEPT = 2
"""Voices before this one whose baselines are remembered."""


class Voices(msgspec.Struct, kw_only=True):
    """Which voice of the call is at the telephone.

    number   1 is the first
    strange  the newest segments in a row that are not in its voice
    former   baselines of earlier voices, the newest last
    """

    number: int = 1
    strange: list[JudgedSegment] = msgspec.field(default_factory=list)
    former: list[Baseline] = msgspec.field(default_factory=list)

    def take(self, item: JudgedSegment, baseline: Baseline, config: ToneConfig) -> bool:
        """Is this segment in the voice of the baseline? If not, it is kept, for it may be another person's."""
        if not is_strange(item, baseline.own, config):
            self.strange = []
            return True
        if self.strange and abs(pitch_of(self.strange) - item.features["pitch"]) > config.same_voice_st:
            self.strange = []
        self.strange = [*self.strange, item]
        return False

    def hand_over(self, baseline: Baseline, config: ToneConfig) -> Baseline | None:
        """The baseline of another voice, once enough was heard of it: a former one of this pitch, or an empty one."""
        if len(self.strange) < config.another_voice_segments:
            return None
        here = pitch_of(self.strange)
        found = next((one for one in self.former if abs(pitch_of(one.own) - here) <= config.same_voice_st), None)
        others = [one for one in self.former if one is not found]
        self.former = [*others, baseline][-FORMER_KEPT:]
        self.strange = []
        self.number += 1
        return found or Baseline(caller=baseline.caller)


def is_strange(item: JudgedSegment, own: Sequence[JudgedSegment], config: ToneConfig) -> bool:
    """Does it lie `another_voice_st` from the median pitch, without the loudness that a raised voice has?"""
    pitches = [segment.features["pitch"] for segment in own if "pitch" in segment.features]
    if len(pitches) < config.another_voice_known or "pitch" not in item.features:
        return False
    away_st = item.features["pitch"] - median(pitches)
    if abs(away_st) < config.another_voice_st:
        return False
    return away_st < 0 or not is_raised(item, own, config)


def is_raised(item: JudgedSegment, own: Sequence[JudgedSegment], config: ToneConfig) -> bool:
    """Louder than the caller's usual by `shout_db`, or so loud that the line overloads."""
    level = spread_around_median(own, "level", config.measures["level"])
    louder = level is not None and "level" in item.features and item.features["level"] - level[0] >= config.shout_db
    return louder or item.overload >= OVERLOADED


def pitch_of(segments: Sequence[JudgedSegment]) -> float:
    """Median pitch in semitones; of segments that have one."""
    return median(segment.features["pitch"] for segment in segments if "pitch" in segment.features)
