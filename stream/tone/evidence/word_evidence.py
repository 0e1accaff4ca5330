"""What the words speak of, as evidence beside the voice: bounded, and the same in whatever order they come.

Words come after their segment, a second or so later. They count at the first segment of the caller that ends
`words_wait_ms` after theirs, and no sooner: so it does not matter when they came, as long as they came by then. Those
that come later stay quotes and are no evidence. The words of a segment speak less loudly than its voice can, so they
hasten an alert or hold it off, and a voice that is surely calm outweighs them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tonewatch.stream.messages import Said, SpokenOf, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence import sure_words
from tonewatch.stream.tone.evidence.languages.registry import language_of

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


class SpokenTopics(msgspec.Struct, kw_only=True):
    """What the words of a segment spoke of; they count at the first segment that ends at `due_ms` or later."""

    segment_id: str
    start_ms: int
    due_ms: int
    topics: tuple[SpokenOf, ...]


def with_topics_of(spoken: list[SpokenTopics], message: Words, language: str, config: ToneConfig) -> list[SpokenTopics]:
    """The topics known so far and those of these words; words of a segment that is known change nothing."""
    if any(known.segment_id == message.segment_id for known in spoken):
        return spoken
    heard = sure_words.language_of(message, language)
    # A call said to be in a language that the registry does not know has no patterns, whatever was identified.
    topics = () if heard is None else spoken_of(" ".join(sure_words.evidence_sentences(message)), heard)
    if not topics:
        return spoken
    due_ms = message.end_ms + config.words_wait_ms
    fresh = SpokenTopics(segment_id=message.segment_id, start_ms=message.start_ms, due_ms=due_ms, topics=topics)
    return sorted([*spoken, fresh], key=lambda one: (one.start_ms, one.segment_id))[-KEPT:]


def due(spoken: Sequence[SpokenTopics], after_ms: int, until_ms: int) -> list[SpokenTopics]:
    """Words that count at a segment that ends at `until_ms` and follows one that ended at `after_ms`."""
    return [one for one in spoken if after_ms < one.due_ms <= until_ms]


def weigh(found: Sequence[SpokenTopics], config: ToneConfig) -> float:
    """Nats that these words add to the voice's evidence."""
    return config.words_weight * max(LEAST_NATS, min(MOST_NATS, sum(nats(one.topics) for one in found)))


def counted(spoken: Sequence[SpokenTopics], start_ms: int, end_ms: int, known_until_ms: int) -> tuple[Said, ...]:
    """What was said between the two times, and had counted by `known_until_ms`."""
    return tuple(
        Said(segment_id=one.segment_id, start_ms=one.start_ms, of=topic, nats=NATS[topic])
        for one in spoken
        if start_ms <= one.start_ms < end_ms and one.due_ms <= known_until_ms
        for topic in one.topics
    )
