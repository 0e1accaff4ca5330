"""What the words speak of, as evidence beside the voice: bounded, and the same in whatever order they come.

Words come after their segment, a second or so later. They count at the first segment of the caller that ends
`words_wait_ms` after theirs, and no sooner: so it does not matter when they came, as long as they came by then. Those
that come later stay quotes and are no evidence. The words of a segment speak less loudly than its voice can, so they
hasten an alert or hold it off, and a voice that is surely calm outweighs them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tonewatch.stream.messages import Said, SpokenOf, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.languages.registry import language_of
from tonewatch.stream.tone.state import CallMemory, JudgedSegment, Spoken

NATS: dict[SpokenOf, float] = {
    "complaint": 0.6,
    "again": 0.8,
    "leaving": 1.0,
    "escalation": 1.0,
    "swearing": 1.0,
    "distress": 0.8,
    "relief": -0.8,
}
"""How much each speaks for a degraded tone, once a segment; relief speaks against it."""

MOST_NATS = 1.5
LEAST_NATS = -1.0
"""Of the words of one segment."""

LEAST_CONFIDENCE = 0.5
"""Of the transcript; words that are less sure are no evidence."""

KEPT = 12
"""Segments whose words are remembered, the newest ones."""


def spoken_of(text: str, language: str) -> tuple[SpokenOf, ...]:
    """The topics of a text, in the order of the language's patterns; none in a language that is not known.

    `language`: a tag as in `pl` or `pl-PL`, '' counts as English.
    """
    known = language_of(language)
    # Transcripts come with curved apostrophes and line ends; patterns are written without.
    said = " ".join(text.lower().replace("\u2019", "'").split())
    return () if known is None else known.spoken_of(said)


def nats(topics: tuple[SpokenOf, ...]) -> float:
    """How much they speak for a degraded tone, within the bounds."""
    return max(LEAST_NATS, min(MOST_NATS, sum(NATS[topic] for topic in topics)))


def remember(memory: CallMemory, message: Words, config: ToneConfig) -> None:
    """Words came: they wait for the segment at which they count, if it has not been yet."""
    due_ms = message.end_ms + config.words_wait_ms
    if message.confidence < LEAST_CONFIDENCE or memory.detector.at_ms >= due_ms or memory.announced == "ended":
        return
    if any(known.segment_id == message.segment_id for known in memory.spoken):
        return
    topics = spoken_of(message.text, memory.language)
    if topics:
        fresh = Spoken(segment_id=message.segment_id, start_ms=message.start_ms, due_ms=due_ms, topics=topics)
        memory.spoken = sorted([*memory.spoken, fresh], key=lambda one: (one.start_ms, one.segment_id))[-KEPT:]


def due(memory: CallMemory, item: JudgedSegment) -> list[Spoken]:
    """Words that count at this segment: each once, because the detector goes on from here."""
    return [one for one in memory.spoken if memory.detector.at_ms < one.due_ms <= item.end_ms]


def weigh(found: list[Spoken], config: ToneConfig) -> float:
    """Nats that these words add to the voice's evidence."""
    return config.words_weight * max(LEAST_NATS, min(MOST_NATS, sum(nats(one.topics) for one in found)))


def counted(memory: CallMemory, start_ms: int, end_ms: int) -> tuple[Said, ...]:
    """What was said between the two times, and has counted by now."""
    return tuple(_said(memory, start_ms, end_ms))


def _said(memory: CallMemory, start_ms: int, end_ms: int) -> Iterator[Said]:
    for one in memory.spoken:
        if start_ms <= one.start_ms < end_ms and one.due_ms <= memory.detector.at_ms:
            for topic in one.topics:
                yield Said(segment_id=one.segment_id, start_ms=one.start_ms, of=topic, nats=NATS[topic])
