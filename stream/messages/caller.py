"""What is written to `tonewatch.callers.v1`, as JSON: how a caller usually sounds, by the calls that are over.

The topic is compacted. Its records are keyed by the caller and the call, so that one written twice counts once; an
empty record takes a call away. A caller is never named: `caller` is a keyed hash of the integrator's id.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tonewatch.stream.messages.bounds import Count, Embedding, EpochMs, Label, Measured, MediaMs, Version, Word
from tonewatch.stream.messages.common import VERSION, Message
from tonewatch.stream.messages.posterior import Posterior


class PastCall(Message, frozen=True, kw_only=True, tag="past_call"):
    """One call's calm part, as means and medians over its segments; it holds no audio, no words and no id.

    `alone` is the mean posterior of the encoder alone, `posterior` the one judged against the caller's baseline,
    `degraded` the median probability of a degraded tone. `embedding` is the mean one (float16, little endian), of the
    weights that `space` names. `medians` are under the names of the facts, in their units.
    """

    caller: Label
    started_at_ms: EpochMs
    ended_at_ms: EpochMs
    segments: Count
    speech_ms: MediaMs
    alone: Posterior
    posterior: Posterior
    degraded: Measured | None = None
    embedding: Embedding = b""
    space: Label = ""
    medians: Annotated[dict[Word, Measured], msgspec.Meta(max_length=64)] = msgspec.field(default_factory=dict)


class CallerForgotten(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="caller_forgotten"):
    """Nothing is to be known of this caller's calls that began up to `at_ms`, those that still go on among them."""

    v: Version = VERSION
    caller: Label
    at_ms: EpochMs


CallerMessage = PastCall | CallerForgotten
