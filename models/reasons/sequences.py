"""A call's texts read as one sequence: what contradicts an earlier one unsaid, and what is said twice.

It reads the texts and their times alone, and knows nothing of the argument that they were spoken from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.stream.messages import Moment
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.sentences import sentences
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

_BAD = re.compile(r"(?:leaning |still )?(?:angr|sad)|(?:no better|better|worse)", re.IGNORECASE)
_CALM = re.compile(r"(?:calmed|calm as|alert over|happ|brighter)", re.IGNORECASE)
_SINCE = re.compile(r"\bsince (\d+):(\d\d)")
_AT = re.compile(r"\bat (\d+):(\d\d)")
_EMOTION = re.compile(r"\b(angr|sad)", re.IGNORECASE)


@dataclass(frozen=True)
class SequenceFigures:
    """Of whole calls: texts, sentences, those of them that stand in an earlier text of the call, contradictions."""

    calls: int
    texts: int
    sentences: int
    repeated: int
    contradictions: tuple[str, ...]

    @property
    def repeated_share(self) -> float:
        return self.repeated / max(1, self.sentences)


def moments_of(call: ListenedCall, config: ToneConfig) -> list[Moment]:
    """The reasons of a call as the monitor's core writes them, the closing line last."""
    memory = CallMemory()
    written = (output for message in call.messages for output in step(memory, message, config))
    return [output for output in written if isinstance(output, Moment)]


def figures(calls: Iterable[Sequence[Moment]]) -> SequenceFigures:
    told = [call for call in calls if call]
    parts = [[sentences(moment.sentence) for moment in call] for call in told]
    repeated = 0
    for call in parts:
        said: set[str] = set()
        for text in call:
            repeated += sum(one in said for one in text)
            said.update(text)
    found = tuple(one for call in told for one in contradictions(call))
    return SequenceFigures(
        len(told), sum(map(len, parts)), sum(len(text) for call in parts for text in call), repeated, found
    )


def contradictions(call: Sequence[Moment]) -> list[str]:
    """Each with the two texts that cannot both be true; empty where every text agrees with those before it."""
    found = []
    for number, moment in enumerate(call):
        if not moment.closing:
            found += [f"{why}: {moment.sentence}" for why in _against(moment, call[:number])]
    return found


def _against(moment: Moment, before: Sequence[Moment]) -> list[str]:
    head = _head(moment)
    found = []
    was_calm = [one for one in before if _CALM.match(one.sentence)]
    if _BAD.match(head) and (since := _SINCE.search(head)) and was_calm:
        if _ms(since) < was_calm[-1].at_ms // 1000 * 1000:
            found.append("it was told to be over within that time")
        is_reversed = before[-1] is was_calm[-1] and any(_BAD.match(one.sentence) for one in before)
        if is_reversed and "again" not in head:
            found.append("it comes back, and nothing says so")
    if (at := _AT.search(head)) is not None:
        known = [one for one in before if abs(one.at_ms - _ms(at)) < 1000]
        if not known:
            found.append("it is compared with a moment that nothing was told of")
        elif "still" in head.lower() and not _same_emotion(head, known[-1].sentence):
            found.append("another emotion was told of then")
    return found


def _head(moment: Moment) -> str:
    return re.split(r": |\. ", moment.sentence, maxsplit=1)[0]


def _same_emotion(head: str, then: str) -> bool:
    named, former = _EMOTION.search(head), _EMOTION.search(then)
    return named is None or (former is not None and named[1].lower() == former[1].lower())


def _ms(clock: re.Match[str]) -> int:
    return 60_000 * int(clock[1]) + 1_000 * int(clock[2])
