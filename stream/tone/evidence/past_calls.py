"""The caller's earlier calls: a usual to begin with, so that a caller who is angry from the first word is found.

They stand in for what has not been heard of this call yet, a few segments' worth of them, the newest call first, and
each calm segment of this call takes the place of one. Loudness and vocal effort are left out: they belong to the
telephone and the line as much as to the voice. A voice that turns out to be another one than theirs sets them aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from tonewatch.stream.messages import EMOTIONS, AudioSpan, PastCall, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.model.relative_head import ONE_SIDED, packed, unpacked
from tonewatch.stream.tone.state import CallMemory, JudgedSegment

CALLS_MOST = 4
"""Earlier calls that are used, the newest ones."""

CARRIED = ("pitch", "pitch_range", "rate", "pauses", "stress")

ANOTHER_VOICE_ST = 6.0
"""Calm segments whose median pitch lies this far from that of the earlier calls are of somebody else."""

ANOTHER_VOICE_SEGMENTS = 3


def recall(memory: CallMemory, caller: str, calls: Sequence[PastCall], config: ToneConfig) -> None:
    """Begin with the usual of those calls that were over when this one began. Later on they change nothing."""
    if not caller or memory.caller:
        return
    memory.caller = caller
    chosen = _chosen(calls, memory.started_at_ms, config)
    memory.earlier_calls = len(chosen)
    memory.earlier = [_stand_in(chosen[place % len(chosen)]) for place in range(config.earlier_segments) if chosen]


def _chosen(calls: Sequence[PastCall], started_at_ms: int, config: ToneConfig) -> list[PastCall]:
    """The newest first. Only what was over by then counts, so that a call judged again finds the same."""
    space = config.relative.space if config.relative is not None else ""
    before = [
        call
        for call in calls
        if call.space == space and started_at_ms - config.earlier_kept_ms <= call.ended_at_ms <= started_at_ms
    ]
    return sorted(before, key=lambda call: (call.ended_at_ms, call.call_id), reverse=True)[:CALLS_MOST]


def _stand_in(call: PastCall) -> JudgedSegment:
    """A segment as it would have been in that call; it lies before everything of this one."""
    shares = {name: getattr(call.posterior, name) for name in ("angry", "happy", "sad")}
    return JudgedSegment(
        segment_id="",
        start_ms=0,
        end_ms=0,
        speech_ms=max(1, call.speech_ms // max(1, call.segments)),
        features={name: value for name, value in call.medians.items() if name in CARRIED} | shares,
        posterior=call.posterior,
        alone=call.alone,
        degraded=call.degraded,
        embedding=call.embedding,
        audio=AudioSpan(topic="", partition=0, first_offset=0, last_offset=0),
    )


def standing(memory: CallMemory) -> list[JudgedSegment]:
    """What of the earlier calls still stands in for segments of this one."""
    return memory.earlier[: max(0, len(memory.earlier) - len(memory.baseline))]


def known(memory: CallMemory) -> list[JudgedSegment]:
    """What the caller's usual is taken from: this call's calm segments, and earlier calls for those still missing."""
    return [*standing(memory), *memory.baseline]


def calls_in_use(memory: CallMemory) -> int:
    """How many earlier calls still stand in the usual."""
    return min(memory.earlier_calls, len(standing(memory)))


def check_voice(memory: CallMemory) -> None:
    """Set the earlier calls aside where this call's own calm segments are of another voice."""
    own = [h.features["pitch"] for h in memory.baseline if "pitch" in h.features]
    theirs = [h.features["pitch"] for h in memory.earlier if "pitch" in h.features]
    if len(own) >= ANOTHER_VOICE_SEGMENTS and theirs and abs(median(own) - median(theirs)) >= ANOTHER_VOICE_ST:
        memory.earlier, memory.earlier_calls = [], 0


def past_call(call_id: str, memory: CallMemory, duration_ms: int, config: ToneConfig) -> PastCall | None:
    """What is kept of this call for the caller's next one; null where it had no calm usual of its own.

    Only the segments that made the baseline count, and of these none at which the detector saw a change coming.
    """
    calm = [h for h in memory.baseline if (h.probability or 0.0) < config.learns_below and h.alone is not None]
    speech_ms = sum(h.speech_ms for h in calm)
    if not (memory.caller and memory.started_at_ms and config.earlier_kept_ms) or len(calm) < config.baseline_segments:
        return None
    alone = _mean([h.alone for h in calm if h.alone is not None])
    if speech_ms < config.baseline_speech_ms or max(alone.angry, alone.sad) > ONE_SIDED:
        return None
    embeddings = [unpacked(h.embedding) for h in calm if h.embedding]
    degraded = [h.degraded for h in calm if h.degraded is not None]
    return PastCall(
        call_id=call_id,
        caller=memory.caller,
        started_at_ms=memory.started_at_ms,
        ended_at_ms=memory.started_at_ms + duration_ms,
        segments=len(calm),
        speech_ms=speech_ms,
        alone=alone,
        posterior=_mean([h.posterior for h in calm]),
        degraded=round(median(degraded), 4) if degraded else None,
        embedding=packed(np.mean(embeddings, axis=0)) if embeddings else b"",
        space=config.relative.space if config.relative is not None else "",
        medians=_medians(calm),
    )


def _mean(posteriors: Sequence[Posterior]) -> Posterior:
    return Posterior(
        **{name: round(sum(getattr(p, name) for p in posteriors) / len(posteriors), 4) for name in EMOTIONS}
    )


def _medians(calm: Sequence[JudgedSegment]) -> dict[str, float]:
    values = {name: [h.features[name] for h in calm if name in h.features] for name in CARRIED}
    return {name: round(median(found), 3) for name, found in values.items() if len(found) >= ANOTHER_VOICE_SEGMENTS}
