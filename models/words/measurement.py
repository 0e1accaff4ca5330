"""How well words are judged: sentences of held-out situations, and whole calls whose words alone turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from tonewatch.models.words.scripts import CallScript
from tonewatch.models.words.spoken_calls import SpokenCall, SpokenLine
from tonewatch.stream.messages import (
    Alert,
    AudioSpan,
    CallAttributes,
    CallClosed,
    CallOpened,
    ModelRef,
    Segment,
    SegmentMessage,
    Words,
)
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import NEUTRAL, MannerModel
from tonewatch.stream.tone.evidence.sentences import sentences
from tonewatch.stream.tone.evidence.word_evidence import spoken_of
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

RULE = "words"
TRUE_TEXT = ModelRef(name="script", version="1")


class SentenceFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Over lines of callers. `precision` of the lines that are found; null where none is."""

    turned: int
    plain: int
    recall: float
    false_share: float
    precision: float | None


class CallFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`false` alerts: before the words turn, or in a call where they never do, over `plain_h` hours of such talk.

    delay_s  from the turn to the alert, the median
    missed, wrong  the calls
    """

    calls: int
    found: int
    false: int
    plain_h: float
    delay_s: float | None
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def found_share(self) -> float:
        return self.found / max(self.calls, 1)

    @property
    def false_per_hour(self) -> float:
        return self.false / self.plain_h if self.plain_h else 0.0


def by_classifier(model: MannerModel, text: str, at: float = 0.5) -> bool:
    """Has a line of a caller turned, by its worst sentence?"""
    return any(model.probabilities(one)[NEUTRAL] < 1.0 - at for one in sentences(text))


def by_lexicon(text: str, language: str = "en") -> bool:
    """Does a line speak of anything that counts for a degraded tone?"""
    return bool(set(spoken_of(text, language)) - {"relief"})


def judged_lines(scripts: Sequence[CallScript]) -> list[tuple[str, bool]]:
    """The callers' lines of scripts, and whether each has turned."""
    return [(one.text, one.kind == "turned") for call in scripts for one in call.lines if one.kind != "agent"]


def sentence_figures(lines: Sequence[tuple[str, bool]], found: Iterable[bool]) -> SentenceFigures:
    """`found`: for each line, whether it was taken for one that has turned."""
    told = list(zip((turned for _, turned in lines), found, strict=True))
    turned = sum(truth for truth, _ in told)
    right = sum(truth and hit for truth, hit in told)
    wrong = sum(hit and not truth for truth, hit in told)
    return SentenceFigures(
        turned=turned,
        plain=len(told) - turned,
        recall=round(right / max(turned, 1), 3),
        false_share=round(wrong / max(len(told) - turned, 1), 3),
        precision=round(right / (right + wrong), 3) if right + wrong else None,
    )


@dataclass(frozen=True)
class Raised:
    """What the rule raised in one call; media time in seconds."""

    call: SpokenCall
    fired_s: tuple[float, ...]


def from_true_text(call: SpokenCall) -> list[SegmentMessage]:
    """A call's messages as if everything had been understood, and nothing measured of the voice."""
    messages: list[SegmentMessage] = [_opened(call)]
    for line in call.lines:
        segment = _segment(call, line)
        messages.append(segment)
        if line.kind != "agent":
            messages.append(_words(segment, line.text))
    return [*messages, CallClosed(call_id=call.file, reason="ended", duration_ms=round(1000 * (call.duration_s or 0)))]


def raised(call: SpokenCall, messages: Iterable[SegmentMessage], config: ToneConfig) -> Raised:
    """Run a call's messages through the code that runs live; the times at which the rule on words fired."""
    memory, fired = CallMemory(), list[float]()
    for message in messages:
        for output in step(memory, message, config):
            if isinstance(output, Alert) and output.cause == RULE and output.event in ("fired", "reopened"):
                fired.append(output.fired_ms / 1000)
    return Raised(call, tuple(fired))


def call_figures(those: Sequence[Raised]) -> CallFigures:
    """Found: the first alert of a call lies at its turn or later."""
    turning = [one for one in those if one.call.onset_s is not None]
    wrong = [one.call.file for one in those for at in one.fired_s if at < _turn(one.call)]
    hits = {one.call.file: at - _turn(one.call) for one in turning for at in one.fired_s[::-1] if at >= _turn(one.call)}
    delays = sorted(hits.values())
    return CallFigures(
        calls=len(turning),
        found=len(hits),
        false=len(wrong),
        plain_h=round(sum(min(_turn(one.call), one.call.duration_s or 0.0) for one in those) / 3600, 3),
        delay_s=round(delays[len(delays) // 2], 1) if delays else None,
        missed=tuple(one.call.file for one in turning if one.call.file not in hits),
        wrong=tuple(wrong),
    )


def halves(those: Sequence[Raised]) -> Mapping[str, list[Raised]]:
    """The calls by script: every other one the settings of the rule were chosen on, the rest nobody looked at."""
    names = list(dict.fromkeys(one.call.file.rpartition("-")[0] for one in those))
    chosen = set(names[::2])
    split: dict[str, list[Raised]] = {"chosen on": [], "held out": []}
    for one in those:
        split["chosen on" if one.call.file.rpartition("-")[0] in chosen else "held out"].append(one)
    return split


def _turn(call: SpokenCall) -> float:
    return call.onset_s if call.onset_s is not None else float("inf")


def _opened(call: SpokenCall) -> CallOpened:
    return CallOpened(call_id=call.file, call=CallAttributes(roles=("customer", "agent")), notice_given=True)


def _segment(call: SpokenCall, line: SpokenLine) -> Segment:
    channel = int(line.kind == "agent")
    start_ms, end_ms = round(1000 * line.start_s), round(1000 * line.end_s)
    offset = start_ms // 200
    return Segment(
        call_id=call.file,
        segment_id=f"{call.file}/{channel}/{start_ms}",
        channel=channel,
        role="agent" if channel else "customer",
        start_ms=start_ms,
        end_ms=end_ms,
        closed_by="pause",
        audio=AudioSpan(topic="calls", partition=0, first_offset=offset, last_offset=offset + 1),
        abstained=None if channel else "unsure",
    )


def _words(segment: Segment, text: str) -> Words:
    return Words(
        call_id=segment.call_id,
        segment_id=segment.segment_id,
        channel=segment.channel,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        text=text,
        confidence=1.0,
        model=TRUE_TEXT,
    )
