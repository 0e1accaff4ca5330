"""Have the caller's words turned? Sentence by sentence, gathered over utterances, whatever the voice does.

Each utterance speaks for or against it by the manner of its sentences (`manner.py`), within bounds, so that no one of
them decides; what was said earlier counts for less. An utterance counts `words_wait_ms` of media time after its end,
in the order of their times, and one whose words come later never does: the order of arrival changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from tonewatch.stream.messages import AudioSpan, Segment, Words
from tonewatch.stream.tone.evidence import sure_words
from tonewatch.stream.tone.evidence.manner import NEUTRAL, MannerModel
from tonewatch.stream.tone.evidence.sentences import sentences

AT_START: Final = -3.0
"""Log odds that the words have turned before anything was said."""

MOST_NATS: Final = 2.2
LEAST_NATS: Final = -1.2
"""Of one utterance."""

LIKELY: Final = 0.6
"""Probability of a manner from which a sentence has it."""

HALF_LIFE_S: Final = 40.0
"""After so long an utterance counts for half."""

MOST, LEAST = 4.0, -4.0
"""Log odds, so that words that turn can turn back."""

KEPT: Final = 24
QUOTE_CHARACTERS: Final = 160


class Utterance(msgspec.Struct, kw_only=True):
    """What the sure words of one segment say. `nats` for words that have turned; `manner` where they have, else ''.

    `phrase`: a sentence of it that may be quoted; '' where none is sure. `audio`: of its segment.
    """

    segment_id: str
    start_ms: int
    end_ms: int
    due_ms: int
    nats: float
    manner: str = ""
    probability: float = 0.0
    phrase: str = ""
    audio: AudioSpan | None = None


class WordTurn(msgspec.Struct, kw_only=True):
    """The utterances of the caller, by time.

    at_ms   media time up to which they count
    now_ms  how far the call was heard
    audio   of the newest segments, by id, until their words come
    """

    heard: list[Utterance] = msgspec.field(default_factory=list)
    at_ms: int = -1
    now_ms: int = -1
    audio: dict[str, AudioSpan] = msgspec.field(default_factory=dict)

    def note(self, segment: Segment) -> None:
        """A segment of the caller, whose words may come."""
        self.audio[segment.segment_id] = segment.audio
        while len(self.audio) > KEPT:
            del self.audio[next(iter(self.audio))]

    def due(self, now_ms: int) -> Iterator[int]:
        """Steps through what is due by now, one utterance at a time: at each, `at_ms` is where it counts from."""
        self.now_ms = max(self.now_ms, now_ms)
        for due_ms in sorted({one.due_ms for one in self.heard if self.at_ms < one.due_ms <= self.now_ms}):
            self.at_ms = due_ms
            yield due_ms

    def hear(self, message: Words, call_language: str, models: Mapping[str, MannerModel], wait_ms: int) -> None:
        """Words came; those that are unsure, late, or of a language without a model say nothing."""
        due_ms = message.end_ms + wait_ms
        language = sure_words.language_of(message, call_language)
        model = models.get(language) if language else None
        if model is None or self.now_ms >= due_ms or any(one.segment_id == message.segment_id for one in self.heard):
            return
        found = utterance(message, model, due_ms)
        if found is not None:
            found.audio = self.audio.get(message.segment_id)
            self.heard = sorted([*self.heard, found], key=lambda one: (one.start_ms, one.segment_id))[-KEPT:]

    @property
    def counted(self) -> list[Utterance]:
        return [one for one in self.heard if one.due_ms <= self.at_ms]

    @property
    def probability(self) -> float:
        """That the words have turned, as of the newest utterance that counts."""
        return 1.0 / (1.0 + math.exp(-log_odds(self.counted)))

    def turned(self, within_ms: int) -> list[Utterance]:
        """The newest utterance and those before it within this time that speak for it."""
        counted = self.counted
        since_ms = counted[-1].end_ms - within_ms if counted else 0
        return [one for one in counted if one.manner and one.end_ms >= since_ms]


def log_odds(utterances: Sequence[Utterance]) -> float:
    """Of words that have turned, after these utterances in their order."""
    odds, before_ms = AT_START, None
    for one in utterances:
        if before_ms is not None:
            kept = 0.5 ** (max(0, one.end_ms - before_ms) / 1000 / HALF_LIFE_S)
            odds = AT_START + (odds - AT_START) * kept
        odds = max(LEAST, min(MOST, odds + one.nats))
        before_ms = one.end_ms
    return odds


def utterance(message: Words, model: MannerModel, due_ms: int) -> Utterance | None:
    """What these words say; null where nothing of them is sure."""
    said = [sentence for sure in sure_words.evidence_sentences(message) for sentence in sentences(sure)]
    if not said:
        return None
    worst, shares = min(((one, model.probabilities(one)) for one in said), key=lambda pair: pair[1][NEUTRAL])
    turned = 1.0 - shares[NEUTRAL]
    manner = max((name for name in shares if name != NEUTRAL), key=shares.__getitem__)
    return Utterance(
        segment_id=message.segment_id,
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        due_ms=due_ms,
        nats=round(nats(turned), 3),
        manner=manner if turned >= LIKELY else "",
        probability=round(turned, 3),
        phrase=worst[:QUOTE_CHARACTERS] if worst in sure_words.quotable(message) else "",
    )


def nats(turned: float) -> float:
    """Log odds of a sentence's probability, within the bounds of an utterance."""
    bounded = min(max(turned, 0.001), 0.999)
    return max(LEAST_NATS, min(MOST_NATS, math.log(bounded / (1.0 - bounded))))
