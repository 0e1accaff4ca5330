"""The caller's baseline: robust, running, and wary of a caller who is angry from the first word.

It is taken over the calm segments of this call; earlier calls of the caller stand in for what has not been heard yet
(`past_calls`). Each measurement has a median and a robust spread, the voice as a whole has a mean embedding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

import msgspec

from tonewatch.stream.messages import PastCall, Posterior, Prosody
from tonewatch.stream.messages.measures import PROSODY_MEASURES
from tonewatch.stream.tone.config import Measure, ToneConfig
from tonewatch.stream.tone.evidence import past_calls
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.model.relative_head import (
    RelativeHead,
    VoiceBaseline,
    unpacked,
    voice_baseline_of,
)

MAD_TO_DEVIATION = 1.4826
"""A median absolute deviation times this is the standard deviation of a normal distribution."""

PRIOR_NEGATIVITY = -0.8
"""Log odds that a caller is taken to begin with; it weighs as much as PRIOR_SEGMENTS segments."""

PRIOR_SEGMENTS = 2

LEAST_CONFIDENCE = 0.4
"""A measurement that is less sure than this is left out: nothing is judged by it, and no sentence speaks of it."""

EMOTION_SHARES = ("angry", "happy", "sad")
"""Shares of the posterior that are measurements too; neutral follows from them."""


class Baseline(msgspec.Struct, kw_only=True):
    """What a call knows of its caller's baseline.

    own         the call's calm segments, the newest last, `config.baseline_kept` at most
    stand_ins   one a segment that earlier calls may stand in for, as known when this call began; each calm segment of
                the call's own takes the place of one
    past_calls  of how many earlier calls those are
    caller      key of the caller; set once
    """

    own: list[JudgedSegment] = msgspec.field(default_factory=list)
    stand_ins: list[JudgedSegment] = msgspec.field(default_factory=list)
    past_calls: int = 0
    caller: str = ""

    def recall(self, caller: str, calls: Sequence[PastCall], started_at_ms: int, config: ToneConfig) -> None:
        """Begin with earlier calls that were over when this one began. Later on they change nothing."""
        if not caller or self.caller:
            return
        self.caller = caller
        chosen = past_calls.choose(calls, started_at_ms, config)
        self.past_calls = len(chosen)
        self.stand_ins = past_calls.stand_ins(chosen, config)

    def standing(self) -> list[JudgedSegment]:
        """Stand-ins whose place no segment of this call has taken yet."""
        return self.stand_ins[: max(0, len(self.stand_ins) - len(self.own))]

    def segments(self) -> list[JudgedSegment]:
        """All that the baseline is taken over, the oldest first."""
        return [*self.standing(), *self.own]

    def past_calls_in_use(self) -> int:
        return min(self.past_calls, len(self.standing()))

    def is_ready(self, config: ToneConfig) -> bool:
        """Has enough of this caller been heard to speak of a change?"""
        heard = self.segments()
        speech_ms = sum(segment.speech_ms for segment in heard)
        return len(heard) >= config.baseline_segments and speech_ms >= config.baseline_speech_ms

    def is_known(self, config: ToneConfig) -> bool:
        """Is the caller's calm voice known? Where much of all that was heard sounds angry or sad, it is not."""
        if not self.is_ready(config):
            return False
        alone = [segment.alone for segment in self.segments() if segment.alone is not None and segment.embedding]
        # Without embeddings nothing is judged against a voice, and the posterior of each segment stands.
        return not alone or sum(one.angry + one.sad for one in alone) < config.known_below * len(alone)

    def is_too_quiet(self, prosody: Prosody, config: ToneConfig) -> bool:
        """So far under the caller's level that it is an echo or the room. Earlier calls' levels say nothing of it."""
        known = spread_around_median(self.own, "level", config.measures["level"])
        return known is not None and prosody.level_db is not None and prosody.level_db < known[0] - config.too_quiet_db

    def judge(self, item: JudgedSegment, head: RelativeHead | None) -> VoiceBaseline:
        """Set the posterior of `item`, and of the baseline's own segments, against the voice as it is known now."""
        voice = voice_baseline(self.segments())
        if head is not None:
            for segment in (*self.own, item):
                judge_against(segment, voice, head)
        return voice

    def learn(self, item: JudgedSegment, evidence_nats: float, config: ToneConfig) -> None:
        """Take a segment in, unless it may be the beginning of a change.

        The first few make the baseline even where they sound degraded, as long as that is not nearly certain: to some
        encoders a whole voice does.
        """
        probability = item.probability or 0.0
        if len(self.segments()) < config.learns_first:
            is_calm = probability < config.learns_first_below
        else:
            is_calm = probability < config.learns_below and evidence_nats <= config.learns_evidence
        if not is_calm:
            return
        # A copy: the baseline's segments are judged again with each new one, those of the rolling tone are not. Kept
        # apart, a state that went through JSON and one that did not go on alike.
        kept = msgspec.structs.replace(item, features=dict(item.features))
        self.own = [*self.own, kept][-config.baseline_kept :]
        if past_calls.is_another_voice(self.own, self.stand_ins):
            self.stand_ins, self.past_calls = [], 0

    def past_call(self, call_id: str, started_at_ms: int, duration_ms: int, config: ToneConfig) -> PastCall | None:
        """What is kept of this call for the caller's next one; null where it had no calm baseline of its own."""
        return past_calls.summarise(self.own, call_id, self.caller, started_at_ms, duration_ms, config)


def features(prosody: Prosody, posterior: Posterior) -> dict[str, float]:
    """The measurements of one segment under the names of the facts; what was not carried is left out."""
    sure = confidences(prosody)
    found = {m.name: m.value(prosody) for m in PROSODY_MEASURES if sure.get(m.name, 1.0) >= LEAST_CONFIDENCE}
    measured = {name: float(value) for name, value in found.items() if value is not None}
    return measured | emotion_shares(posterior)


def emotion_shares(posterior: Posterior) -> dict[str, float]:
    return {name: getattr(posterior, name) for name in EMOTION_SHARES}


def confidences(prosody: Prosody) -> dict[str, float]:
    """Of the measurements, under the names of the facts; none for what an older listener wrote."""
    found = {m.name: m.confidence(prosody) for m in PROSODY_MEASURES}
    return {name: sure for name, sure in found.items() if sure is not None}


def spread_around_median(segments: Sequence[JudgedSegment], name: str, measure: Measure) -> tuple[float, float] | None:
    """Median and robust spread of one feature; null when fewer than two segments carry it."""
    values = [segment.features[name] for segment in segments if name in segment.features]
    if len(values) < 2:
        return None
    middle = median(values)
    deviation = MAD_TO_DEVIATION * median(abs(v - middle) for v in values)
    # With five segments a robust spread can be near zero by luck: the floor is what any voice varies by.
    return middle, max(deviation, measure.spread_floor)


def baseline_negativity(segments: Sequence[JudgedSegment]) -> float:
    """Median negativity of the baseline, pulled toward an ordinary caller's.

    The pull keeps a caller who is angry from the first word from making anger the baseline.
    """
    if not segments:
        return PRIOR_NEGATIVITY
    middle = median(negativity(segment.posterior) for segment in segments)
    return (PRIOR_SEGMENTS * PRIOR_NEGATIVITY + len(segments) * middle) / (PRIOR_SEGMENTS + len(segments))


def negativity(posterior: Posterior) -> float:
    """Log odds of angry or sad against happy or neutral."""
    return math.log((posterior.angry + posterior.sad + 0.02) / (posterior.happy + posterior.neutral + 0.02))


def voice_baseline(segments: Sequence[JudgedSegment]) -> VoiceBaseline:
    """Mean embedding and mean posterior alone, over the segments that carry an embedding."""
    known = [(unpacked(s.embedding), s.alone.shares()) for s in segments if s.embedding and s.alone is not None]
    return voice_baseline_of([embedding for embedding, _ in known], [shares for _, shares in known])


def judge_against(segment: JudgedSegment, voice: VoiceBaseline, head: RelativeHead) -> None:
    """Set the posterior, the features read off it, and `degraded`; without an embedding, nothing."""
    if not segment.embedding or segment.alone is None:
        return
    judged = head.judge(unpacked(segment.embedding), segment.alone.shares(), voice)
    segment.posterior = Posterior.of(judged.posterior)
    segment.degraded = round(judged.degraded, 4)
    segment.features |= emotion_shares(segment.posterior)
