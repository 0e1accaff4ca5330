"""A call's texts read as one sequence: what contradicts an earlier one unsaid, and what is said twice.

It reads the texts and their times alone, and knows nothing of the argument that they were spoken from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from rich.console import Console

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.stream.messages import CallClosed, CallOpened, Moment, Segment, SegmentMessage, Silence, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.sentences import sentences
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

_BAD = re.compile(r"(?:leaning |still )?(?:angr|sad)|(?:no better|better|worse)", re.IGNORECASE)
_CALM = re.compile(r"(?:calmed|calm as|still calm|alert over|happ|brighter)", re.IGNORECASE)
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


LONG_MS = 20 * 60_000
"""Of a call that is made of others: as long as one that a supervisor would not hear to its end."""


def accounts(calls: Iterable[ListenedCall], config: Callable[[ListenedCall], ToneConfig]) -> dict[str, list[Moment]]:
    """The reasons of each call by its name."""
    return {call.name: moments_of(call, config(call)) for call in calls}


def one_after_another(calls: Sequence[ListenedCall], least_ms: int = LONG_MS) -> list[ListenedCall]:
    """The longest call, over and over, as one of at least that length; none where there is no call."""
    longest = max(calls, key=lambda call: call.duration_s, default=None)
    if longest is None:
        return []
    step_ms = round(1000 * longest.duration_s)
    times = -(-least_ms // step_ms)
    messages = [_moved(one, step_ms * turn) for turn in range(times) for one in longest.messages if _goes_on(one, turn)]
    closed = CallClosed(call_id=messages[0].call_id, reason="ended", duration_ms=step_ms * times)
    name = f"{times} times {longest.name}"
    return [ListenedCall(name, None, times * longest.duration_s, (*messages, closed))]


def _goes_on(message: SegmentMessage, turn: int) -> bool:
    """It is opened once, and closed behind all of them."""
    return not isinstance(message, CallClosed) and (turn == 0 or not isinstance(message, CallOpened))


def _moved(message: SegmentMessage, by_ms: int) -> SegmentMessage:
    """The same so much later; its segment has another name, as any that was not heard before."""
    if isinstance(message, Silence):
        since_ms = message.since_ms + by_ms if message.since_ms else 0
        return msgspec.structs.replace(message, now_ms=message.now_ms + by_ms, since_ms=since_ms)
    if isinstance(message, Words):
        later = [
            msgspec.structs.replace(w, start_ms=w.start_ms + by_ms, end_ms=w.end_ms + by_ms) for w in message.words
        ]
        message = msgspec.structs.replace(message, words=tuple(later))
    if isinstance(message, Segment | Words):
        return msgspec.structs.replace(
            message,
            segment_id=f"{message.segment_id}+{by_ms}",
            start_ms=message.start_ms + by_ms,
            end_ms=message.end_ms + by_ms,
        )
    return message


def show_accounts(console: Console, told: Mapping[str, Sequence[Moment]]) -> None:
    """Each call's texts as a supervisor reads them, then what was counted over all."""
    for name, moments in told.items():
        console.print(f"\n{name}", style="bold", highlight=False, markup=False)
        for moment in moments or ():
            clock = "{:3d}:{:02d}".format(*divmod(moment.at_ms // 1000, 60))
            console.print(f"{clock} {moment.kind:8} {moment.sentence}", highlight=False, markup=False, soft_wrap=True)
    found = figures(told.values())
    share = f"{found.repeated_share:.1%}"
    console.print(
        f"\n{len(told)} calls, of {found.calls} something is told: {found.texts} texts, {found.sentences} sentences; "
        f"{found.repeated} repeated ({share}), {len(found.contradictions)} contradictions",
        highlight=False,
    )
    for one in found.contradictions:
        console.print(f"- {one}", highlight=False, markup=False, soft_wrap=True)


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
