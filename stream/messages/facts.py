"""The facts of a moment: the only thing besides optional audio that a model sees."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from msgspec import Meta

from tonewatch.stream.messages.bounds import (
    Computed,
    Count,
    Language,
    MediaMs,
    Reason,
    SegmentId,
    SignedMs,
    SpokenText,
    Version,
    Word,
)
from tonewatch.stream.messages.common import Plain
from tonewatch.stream.messages.posterior import Posterior

SpokenOf = Literal["complaint", "again", "leaving", "escalation", "swearing", "distress", "relief"]
"""What words may speak of. `again`: that this is not the first time; `escalation`: of a superior, or of a lawyer."""


class Fact(Plain, frozen=True, kw_only=True):
    """One measurement beside the caller's own baseline.

    `delta` is value - baseline in `unit`; `z` is delta over the baseline's robust spread; `salient` says that the
    difference is large enough to be worth a sentence.
    """

    name: Word
    value: Computed
    baseline: Computed
    unit: Word
    delta: Computed
    z: Computed
    salient: bool
    confidence: Computed = 1.0


Facts = Annotated[tuple[Fact, ...], Meta(max_length=32)]


class Quote(Plain, frozen=True, kw_only=True):
    """What the caller said, with the segment it was said in. `confidence` of the transcript, 0..1."""

    segment_id: SegmentId
    start_ms: MediaMs
    text: SpokenText
    confidence: Computed = 1.0


class Said(Plain, frozen=True, kw_only=True):
    """What the words of a segment spoke of, without the words. `nats` of evidence for a degraded tone."""

    segment_id: SegmentId
    start_ms: MediaMs
    of: SpokenOf
    nats: Computed


class FactsTable(Plain, frozen=True, kw_only=True):
    """What was measured around a moment. `at_ms` is the moment; values are taken over the window.

    `interruptions` by either party, and the longest silence of both, lie within it too; `interruptions_by_caller` and
    `interruptions_by_agent` tell who broke in (both 0 beside `interruptions`: not known, as before they were written).
    `earlier_calls` of the same caller still stand in the baseline, for what was not heard of this one yet. `words` are
    those that counted as evidence; `repeated` is what the caller said twice, '' for nothing.

    Two things to compare with, never to be mixed: the caller's usual (`tone_before`, the `baseline` of `facts`,
    `posterior_baseline`), and the moment before this one, `since_ms` (`tone_since`, the `baseline` of `changed`, which
    are the measurements that differ from then, `posterior_since`). The latter are null and empty at the first moment.
    `language`: of the words, as in `de` or `de-AT`; '' counts as English.
    `onset_ms`: of an alert's first moment, when the alert is dated; null elsewhere.
    `one_word_answers` of the caller to the agent; `falls_silent_ms`: the longest that the caller said nothing
    behind the agent's words; `laughs`: the caller's laughter, which the listener told from words. All within the
    window.
    `overload_share`: of the window's samples, those at full scale: the caller is so loud that the line overloads.
    """

    v: Version = 1
    at_ms: MediaMs
    window_start_ms: MediaMs
    window_end_ms: MediaMs
    baseline_segments: Count
    tone: Computed
    tone_before: Computed
    facts: Facts
    posterior: Posterior | None
    posterior_baseline: Posterior | None
    talk_over_ms: Count = 0
    agent_talk_share: Computed | None = None
    quotes: Annotated[tuple[Quote, ...], Meta(max_length=8)] = ()
    last_rationale: Reason = ""
    interruptions: Count = 0
    longest_silence_ms: SignedMs = 0
    earlier_calls: Count = 0
    words: Annotated[tuple[Said, ...], Meta(max_length=96)] = ()
    since_ms: MediaMs | None = None
    tone_since: Computed | None = None
    changed: Facts = ()
    overload_share: Computed = 0.0
    interruptions_by_caller: Count = 0
    interruptions_by_agent: Count = 0
    repeated: SpokenText = ""
    posterior_since: Posterior | None = None
    language: Language = ""
    onset_ms: MediaMs | None = None
    one_word_answers: Count = 0
    falls_silent_ms: Count = 0
    laughs: Count = 0

    @classmethod
    def empty(cls, at_ms: int = 0, window_start_ms: int = 0, window_end_ms: int = 0, *, tone: float = 0.0) -> Self:
        """A table of nothing that was measured or said."""
        return cls(
            at_ms=at_ms,
            window_start_ms=window_start_ms,
            window_end_ms=window_end_ms,
            baseline_segments=0,
            tone=tone,
            tone_before=tone,
            facts=(),
            posterior=None,
            posterior_baseline=None,
        )
