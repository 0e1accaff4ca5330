"""The same segments in another order of arrival, twice, and with a crash in between: the same alerts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import (
    Alert,
    CallClosed,
    CallOpened,
    PastCall,
    Posterior,
    Segment,
    SegmentMessage,
    Words,
)
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step

Calls = Any
CONFIG = ToneConfig()
CALM = Posterior(angry=0.08, happy=0.12, neutral=0.7, sad=0.1)
EARLIER = PastCall(
    call_id="before",
    caller="k",
    started_at_ms=1_000,
    ended_at_ms=90_000,
    segments=12,
    speech_ms=30_000,
    alone=CALM,
    posterior=CALM,
    medians={"pitch": 12.0, "rate": 4.2},
)


def another_order(messages: Sequence[SegmentMessage], shuffle: random.Random) -> list[SegmentMessage]:
    """Channels run ahead of each other by up to a second, within a channel Kafka keeps the order.

    Words come up to half a second before their segment and up to two after it.
    """
    ahead_ms = {0: shuffle.uniform(0, 1_000), 1: shuffle.uniform(0, 1_000)}

    delay_ms = {m.segment_id: shuffle.uniform(-1_500, 2_000) for m in messages if isinstance(m, Words)}

    def arrives(message: SegmentMessage) -> float:
        if isinstance(message, CallOpened):
            return -1.0
        if isinstance(message, Segment):
            return message.end_ms - ahead_ms[message.channel]
        if isinstance(message, Words):
            return message.end_ms + delay_ms[message.segment_id]
        return 1e9

    return sorted(messages, key=arrives)


def twice(messages: Sequence[SegmentMessage], shuffle: random.Random) -> list[SegmentMessage]:
    """A listener that starts again writes a stretch of the call a second time."""
    out = list(messages)
    for _ in range(3):
        cut = shuffle.randrange(1, len(out) - 1)
        back = shuffle.randrange(0, min(12, cut))
        out[cut:cut] = [m for m in out[cut - back : cut] if not isinstance(m, CallClosed)]
    return out


def with_crashes(
    messages: Sequence[SegmentMessage], shuffle: random.Random, past: Sequence[PastCall] = ()
) -> list[Output]:
    """The memory is stored after each message. A crash loses what came after the store, and Kafka delivers it again."""
    written: list[Output] = []
    stored = msgspec.json.encode(CallMemory(told=True))
    for message in messages:
        if shuffle.random() < 0.2:
            step(msgspec.json.decode(stored, type=CallMemory), message, CONFIG, past)
        memory = msgspec.json.decode(stored, type=CallMemory)
        written += step(memory, message, CONFIG, past)
        stored = msgspec.json.encode(memory)
    return written


def told(outputs: Sequence[Output]) -> list[tuple[object, ...]]:
    """What users see of the alerts."""
    return sorted(
        (*_life(a), tuple((said.segment_id, said.of) for said in a.facts.words))
        for a in outputs
        if isinstance(a, Alert)
    )


def _life(a: Alert) -> tuple[object, ...]:
    return (a.alert_id, a.seq, a.state, a.event, a.severity, a.onset_ms, a.fired_ms, a.resolved_ms or 0, a.resolved_by)


def test_the_recorded_call_has_alerts_of_several_causes(calls: Calls, recorded: list[SegmentMessage]) -> None:
    alerts = calls.alerts(calls.run(recorded))
    assert {a.cause for a in alerts} == {"tone", "interruptions", "dead_air"}


def test_its_words_count(calls: Calls, recorded: list[SegmentMessage]) -> None:
    alerts = calls.alerts(calls.run(recorded))
    assert {said.of for a in alerts for said in a.facts.words} >= {"again", "complaint"}
    silent = calls.alerts(calls.run([m for m in recorded if not isinstance(m, Words)]))
    assert told(silent) != told(alerts)


@pytest.mark.parametrize("seed", range(12))
def test_another_order_twice_and_with_crashes_gives_the_same_alerts(
    calls: Calls, recorded: list[SegmentMessage], seed: int
) -> None:
    shuffle = random.Random(seed)
    arrived = twice(another_order(recorded, shuffle), shuffle)
    assert told(with_crashes(arrived, shuffle)) == told(calls.run(recorded))


@pytest.mark.parametrize("seed", range(4))
def test_so_it_is_for_a_caller_who_called_before_and_the_same_is_kept_of_the_call(
    calls: Calls, recorded: list[SegmentMessage], seed: int
) -> None:
    shuffle = random.Random(seed)
    known = [msgspec.structs.replace(calls.opened(), caller="k", started_at_ms=EARLIER.ended_at_ms), *recorded[1:]]
    memory = CallMemory(told=True)
    once = [output for message in known for output in step(memory, message, CONFIG, [EARLIER])]
    again = with_crashes(twice(another_order(known, shuffle), shuffle), shuffle, [EARLIER])
    assert told(again) == told(once)
    assert kept(again) == kept(once) != []


def kept(outputs: Sequence[Output]) -> list[PastCall]:
    return [output for output in outputs if isinstance(output, PastCall)]


@pytest.mark.parametrize("seed", range(8))
def test_words_of_a_segment_that_was_not_judged_change_nothing_in_whatever_order(
    calls: Calls, recorded: list[SegmentMessage], seed: int
) -> None:
    shuffle = random.Random(seed)
    spoke = [m.segment_id for m in recorded if isinstance(m, Words)]
    not_judged = [
        calls.spoken(m.start_ms, m.end_ms, abstained=shuffle.choice(["talk_over", "unsure"]))
        if isinstance(m, Segment) and m.segment_id == spoke[1]
        else m
        for m in recorded
    ]
    without = [m for m in not_judged if not (isinstance(m, Words) and m.segment_id == spoke[1])]
    found = with_crashes(twice(another_order(not_judged, shuffle), shuffle), shuffle)
    assert told(found) == told(calls.run(without))
    assert told(found) != told(calls.run(recorded))


def test_words_of_a_segment_that_was_not_judged_are_not_quoted(calls: Calls, recorded: list[SegmentMessage]) -> None:
    echo = calls.spoken(24_000, 27_000, abstained="too_quiet")
    spoken = next(m for m in recorded if isinstance(m, Words))
    words = msgspec.structs.replace(spoken, segment_id=echo.segment_id, start_ms=24_000, end_ms=27_000)
    for order in ([echo, words], [words, echo], [words, words, echo, words]):
        memory = CallMemory(told=True)
        calls.run([*calls.call([calls.STEADY] * 6), *order], memory)
        assert (memory.moments.quotes, memory.detector.spoken, memory.early) == ([], [], [])


def test_words_that_come_before_their_segment_are_quoted_once_it_comes(
    calls: Calls, recorded: list[SegmentMessage]
) -> None:
    words = next(m for m in recorded if isinstance(m, Words))
    memory = CallMemory(told=True)
    calls.run([calls.opened(), words], memory)
    assert memory.moments.quotes == []
    calls.run([m for m in recorded if isinstance(m, Segment) and m.end_ms <= words.end_ms], memory)
    assert [quote.segment_id for quote in memory.moments.quotes] == [words.segment_id]
