"""One segment of the analysed channel, as the core keeps it."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import AudioSpan, Posterior


class JudgedSegment(msgspec.Struct, kw_only=True):
    """A segment reduced to what later steps need.

    features     measurements under the names of the facts, in their units; what was not carried is missing
    confidences  of the measurements, 0..1
    posterior    judged against the caller's baseline where there is one
    alone        as the encoder gave it
    degraded     probability of a degraded tone, by the relative head
    embedding    float16, little endian; empty where there is none of the head's space
    own_tone     tone of this segment alone in [-1, 1]; negative is worse than the caller's baseline
    tone         rolling tone after it, on the same scale
    probability  of a degraded tone after it, by the detector
    overload     share of its samples at full scale
    uncertainty  probability that the encoder's answer is wrong; null where it did not say
    """

    segment_id: str
    start_ms: int
    end_ms: int
    speech_ms: int
    features: dict[str, float]
    confidences: dict[str, float] = msgspec.field(default_factory=dict)
    posterior: Posterior
    alone: Posterior | None = None
    degraded: float | None = None
    embedding: bytes = b""
    own_tone: float = 0.0
    tone: float = 0.0
    probability: float | None = None
    overload: float = 0.0
    uncertainty: float | None = None
    audio: AudioSpan
