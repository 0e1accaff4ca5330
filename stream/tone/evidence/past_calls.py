"""The caller's earlier calls: a baseline to begin with, so that a caller who is angry from the first word is found.

They stand in for what has not been heard of this call yet, a few segments' worth of them, the newest call first, and
each calm segment of this call takes the place of one. Loudness and vocal effort are left out: they belong to the
telephone and the line as much as to the voice. Where the voice turns out to be another one, they are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np

from tonewatch.stream.messages import AudioSpan, PastCall, mean_posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.model.relative_head import ONE_SIDED, packed, unpacked

CALLS_MOST = 4
"""Earlier calls that are used, the newest ones."""

CARRIED = ("pitch", "pitch_range", "rate", "pauses", "stress")

ANOTHER_VOICE_ST = 6.0
"""Calm segments whose median pitch lies this far from that of the earlier calls are of another person."""

ANOTHER_VOICE_SEGMENTS = 3


def choose(calls: Sequence[PastCall], started_at_ms: int, config: ToneConfig) -> list[PastCall]:
    """The newest first. Only what was over at `started_at_ms` counts, so that a call judged again finds the same."""
    space = config.relative.space if config.relative is not None else ""
    before = [
        call
        for call in calls
        if call.space == space and started_at_ms - config.earlier_kept_ms <= call.ended_at_ms <= started_at_ms
    ]
    return sorted(before, key=lambda call: (call.ended_at_ms, call.call_id), reverse=True)[:CALLS_MOST]


def stand_ins(chosen: Sequence[PastCall], config: ToneConfig) -> list[JudgedSegment]:
    """As many as the settings ask for, the calls in turn; none where no call was chosen."""
    return [_stand_in(chosen[index % len(chosen)]) for index in range(config.earlier_segments) if chosen]


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


def is_another_voice(own: Sequence[JudgedSegment], stand_in: Sequence[JudgedSegment]) -> bool:
    """Do this call's calm segments speak at another pitch than the earlier calls?"""
    here = [segment.features["pitch"] for segment in own if "pitch" in segment.features]
    there = [segment.features["pitch"] for segment in stand_in if "pitch" in segment.features]
    if len(here) < ANOTHER_VOICE_SEGMENTS or not there:
        return False
    return abs(median(here) - median(there)) >= ANOTHER_VOICE_ST


def summarise(
    baseline: Sequence[JudgedSegment],
    call_id: str,
    caller: str,
    started_at_ms: int,
    duration_ms: int,
    config: ToneConfig,
) -> PastCall | None:
    """One call's calm part; null where the caller is not known or there was not enough of it.

    Only the segments that made the baseline count, and of these none at which the detector saw a change coming.
    """
    calm = [s for s in baseline if (s.probability or 0.0) < config.learns_below and s.alone is not None]
    speech_ms = sum(segment.speech_ms for segment in calm)
    if not (caller and started_at_ms and config.earlier_kept_ms) or len(calm) < config.baseline_segments:
        return None
    alone = mean_posterior([segment.alone for segment in calm if segment.alone is not None])
    posterior = mean_posterior([segment.posterior for segment in calm])
    if alone is None or posterior is None or speech_ms < config.baseline_speech_ms:
        return None
    if max(alone.angry, alone.sad) > ONE_SIDED:
        return None
    embeddings = [unpacked(segment.embedding) for segment in calm if segment.embedding]
    degraded = [segment.degraded for segment in calm if segment.degraded is not None]
    return PastCall(
        call_id=call_id,
        caller=caller,
        started_at_ms=started_at_ms,
        ended_at_ms=started_at_ms + duration_ms,
        segments=len(calm),
        speech_ms=speech_ms,
        alone=alone,
        posterior=posterior,
        degraded=round(median(degraded), 4) if degraded else None,
        embedding=packed(np.mean(embeddings, axis=0)) if embeddings else b"",
        space=config.relative.space if config.relative is not None else "",
        medians=_medians(calm),
    )


def _medians(calm: Sequence[JudgedSegment]) -> dict[str, float]:
    values = {name: [s.features[name] for s in calm if name in s.features] for name in CARRIED}
    return {name: round(median(found), 3) for name, found in values.items() if len(found) >= ANOTHER_VOICE_SEGMENTS}
