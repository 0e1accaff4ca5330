"""The facts of a moment: the only thing besides optional audio that a model sees."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.common import Plain
from tonewatch.stream.messages.posterior import Posterior

SpokenOf = Literal["complaint", "again", "leaving", "escalation", "swearing", "distress", "relief"]
"""What words may speak of. `again`: that this is not the first time; `escalation`: of a superior, or of a lawyer."""


class Fact(Plain, frozen=True, kw_only=True):
    """One measurement beside the caller's own baseline.

    `delta` is value - baseline in `unit`; `z` is delta over the baseline's robust spread; `salient` says that the
    difference is large enough to be worth a sentence.
    """

    name: str
    value: float
    baseline: float
    unit: str
    delta: float
    z: float
    salient: bool
    confidence: float = 1.0


class Quote(Plain, frozen=True, kw_only=True):
    """What the caller said, with the segment it was said in."""

    segment_id: str
    start_ms: int
    text: str


class Said(Plain, frozen=True, kw_only=True):
    """What the words of a segment spoke of, without the words. `nats` of evidence for a degraded tone."""

    segment_id: str
    start_ms: int
    of: SpokenOf
    nats: float


class FactsTable(Plain, frozen=True, kw_only=True):
    """What was measured around a moment. `at_ms` is the moment; values are taken over the window.

    `interruptions` by either party, and the longest silence of both, lie within it too. `earlier_calls` of the same
    caller still stand in the baseline, for what was not heard of this one yet. `words` are those that counted as
    evidence. `since_ms` is the moment before this one, `tone_since` the tone then; `changed` are the measurements that
    differ from what they were then (their `baseline`). Null and empty at the first moment of a call.
    """

    v: int = 1
    at_ms: int
    window_start_ms: int
    window_end_ms: int
    baseline_segments: int
    tone: float
    tone_before: float
    facts: tuple[Fact, ...]
    posterior: Posterior | None
    posterior_baseline: Posterior | None
    talk_over_ms: int = 0
    agent_talk_share: float | None = None
    quotes: tuple[Quote, ...] = ()
    last_rationale: str = ""
    interruptions: int = 0
    longest_silence_ms: int = 0
    earlier_calls: int = 0
    words: tuple[Said, ...] = ()
    since_ms: int | None = None
    tone_since: float | None = None
    changed: tuple[Fact, ...] = ()
