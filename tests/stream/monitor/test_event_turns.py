"""The monitor's turns with a stream of events by hand; that faust's own stream does so is a matter of integration."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from faust import current_event
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.errors import BadRecord
from tonewatch.stream.monitor import event_turns
from tonewatch.stream.monitor.event_turns import AckOrder, EventTurns
from tonewatch.stream.service.metrics import Metrics

NOW_S = 1_700_000_000.0


@dataclass(eq=False)
class Event:
    key: bytes
    offset: int
    at_s: float = NOW_S
    generation: int = 1
    partition: int = 0
    value: bytes = b"{}"

    @property
    def message(self) -> Any:
        return SimpleNamespace(
            partition=self.partition,
            offset=self.offset,
            key=self.key,
            timestamp=self.at_s,
            generation_id=self.generation,
        )


@dataclass
class Stream:
    """An agent's stream; `acked` are offsets in the order in which they were acknowledged."""

    given: list[Event]
    enable_acks: bool = True
    acked: list[int] = field(default_factory=list)

    async def events(self) -> AsyncIterator[Event]:
        for event in self.given:
            yield event
        await asyncio.Event().wait()

    async def ack(self, event: Event) -> None:
        self.acked.append(event.offset)


@dataclass
class Judging:
    """Takes each event once `gate` is set. `fails` is how often Kafka refuses at first."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[tuple[bytes, int]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    fails: int = 0

    async def take(self, event: Any) -> None:
        await self.gate.wait()
        current: Any = current_event()
        assert current is event
        if self.fails:
            self.fails -= 1
            raise KafkaConnectionError
        self.taken.append((event.key, event.offset))

    async def refuse(self, _event: Any, error: BadRecord) -> None:
        self.refused.append(error.reason)


async def follow(stream: Stream, judging: Judging, count: int) -> None:
    """Until so many were acknowledged."""
    turns = EventTurns(judging, Metrics(), is_current=lambda e: e.generation == 1)
    running = asyncio.create_task(turns.follow(stream))
    # All are read before the first is judged.
    for _ in range(3 * len(stream.given)):
        await asyncio.sleep(0)
    judging.gate.set()
    while len(stream.acked) < count and not running.done():
        await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_one_call_s_events_are_judged_in_order_and_acknowledged_when_they_were() -> None:
    stream, judging = Stream([Event(b"ab"[n % 2 : n % 2 + 1], n) for n in range(40)]), Judging()
    await follow(stream, judging, 40)
    assert [offset for key, offset in judging.taken if key == b"a"] == list(range(0, 40, 2))
    assert stream.acked == list(range(40))
    assert stream.enable_acks is False


async def test_a_call_that_goes_on_does_not_wait_for_calls_that_nobody_has_heard_of() -> None:
    flood = [Event(b"flood %d" % n, n) for n in range(1_000)]
    stream, judging = Stream([Event(b"mine", 0, NOW_S - 9), *flood, Event(b"mine", 1_000)]), Judging()
    await follow(stream, judging, 1_002)
    assert judging.taken.index((b"mine", 1_000)) <= 2 * event_turns.AT_ONCE


async def test_a_call_that_is_being_spoken_does_not_wait_for_calls_that_came_at_once() -> None:
    flood = [Event(b"flood %d" % (n % 300), n, NOW_S + n / 1_000) for n in range(1_200)]
    mine = [Event(b"mine", 1_200 + n, NOW_S + n) for n in (-9, 1)]
    stream, judging = Stream([mine[0], *flood, mine[1]]), Judging()
    await follow(stream, judging, 1_202)
    assert judging.taken.index((b"mine", 1_201)) <= 2 * event_turns.AT_ONCE


async def test_a_call_that_has_just_begun_waits_for_calls_that_go_on_and_not_for_those_that_came_at_once() -> None:
    flood = [Event(b"flood %d" % n, n) for n in range(1_000)]
    going_on = [Event(b"on %d" % n, 2_000 + 2 * n + m, NOW_S - 9 + 9 * m) for n in range(30) for m in range(2)]
    stream = Stream([Event(b"new", 0, NOW_S - 2), *flood, Event(b"new", 1_000), *going_on])
    judging = Judging()
    await follow(stream, judging, 1_062)
    assert judging.taken.index((b"new", 1_000)) <= 130


async def test_reading_goes_before_judging_or_a_known_call_waits_behind_what_nobody_has_read() -> None:
    class Slow(Stream):
        """Hands over a record in four rounds of the loop, as faust does."""

        async def events(self) -> AsyncIterator[Event]:
            for event in self.given:
                for _ in range(4):
                    await asyncio.sleep(0)
                yield event
            await asyncio.Event().wait()

    flood = [Event(b"flood %d" % n, n) for n in range(2_000)]
    stream, judging = Slow([Event(b"mine", 0, NOW_S - 9), *flood, Event(b"mine", 2_001)]), Judging()
    judging.gate.set()
    turns = EventTurns(judging, Metrics(), is_current=lambda _: True)
    running = asyncio.create_task(turns.follow(stream))
    while len(stream.acked) < 2_002:
        await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    rounds = 2_000 // event_turns.READ_AT_ONCE + 3
    assert judging.taken.index((b"mine", 2_001)) <= rounds * event_turns.AT_ONCE


async def test_a_flood_of_calls_makes_nobody_a_stranger_who_goes_on_speaking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_turns, "PACES_KEPT", 50)
    flood = [Event(b"flood %d" % n, n, NOW_S + n / 100) for n in range(1_000)]
    given = [one for n, each in enumerate(flood) for one in ([each] if n % 40 else [each, Event(b"mine", 2_000 + n)])]
    stream, judging = Stream([Event(b"mine", -1, NOW_S - 9), *given, Event(b"mine", 3_000)]), Judging()
    await follow(stream, judging, 1_027)
    assert judging.taken.index((b"mine", 2_960)) <= 2 * (event_turns.AT_ONCE + 25)


@given(order=st.permutations(range(12)), partitions=st.integers(1, 3))
def test_events_are_acknowledged_in_the_order_of_their_partition_whichever_are_done_first(
    order: list[int], partitions: int
) -> None:
    events = [Event(b"a", n, partition=n % partitions) for n in range(12)]
    acks, acked = AckOrder(), list[Event]()
    for one in events:
        acks.begin(one)
    done: set[int] = set()
    for number in order:
        acked += acks.done(events[number])
        done.add(number)
        # Whatever may be acknowledged is, and nothing behind an event that is not done.
        for partition in range(partitions):
            mine = [n for n in range(12) if n % partitions == partition]
            first = next((n for n in mine if n not in done), 12)
            assert [one.offset for one in acked if one.partition == partition] == [n for n in mine if n < first]


def test_after_a_rebalance_nothing_of_before_is_acknowledged() -> None:
    acks, before, after = AckOrder(), Event(b"a", 0, generation=1), Event(b"a", 0, generation=2)
    acks.begin(before)
    acks.begin(after)
    assert acks.done(before) == []
    assert acks.done(after) == [after]


async def test_what_kafka_does_not_take_is_tried_again_and_nothing_is_acknowledged_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_turns, "RETRY_S", 0.0)
    stream, judging = Stream([Event(b"a", 0), Event(b"a", 1)]), Judging(fails=3)
    await follow(stream, judging, 2)
    assert judging.taken == [(b"a", 0), (b"a", 1)]
    assert stream.acked == [0, 1]


async def test_events_of_partitions_that_moved_are_neither_judged_nor_acknowledged() -> None:
    stream, judging = Stream([Event(b"a", 0, generation=0), Event(b"b", 0)]), Judging()
    await follow(stream, judging, 1)
    assert (judging.taken, stream.acked) == ([(b"b", 0)], [0])


async def test_a_call_that_floods_is_refused_what_there_is_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_turns, "MOST_OF_A_CALL", 50)
    monkeypatch.setattr(event_turns, "MOST_WAITING", 400)
    monkeypatch.setattr(event_turns, "BURST", 100.0)
    stream, judging = Stream([Event(b"hurried", n) for n in range(1_000)]), Judging()
    await follow(stream, judging, 1_000)
    assert set(judging.refused) == {"too_fast"}
    assert len(judging.refused) + len(judging.taken) == 1_000
    assert stream.acked == list(range(1_000))


async def test_a_backlog_is_refused_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_turns, "MOST_OF_A_CALL", 50)
    monkeypatch.setattr(event_turns, "MOST_WAITING", 400)
    stream, judging = Stream([Event(b"long", n, NOW_S + n) for n in range(390)]), Judging()
    await follow(stream, judging, 390)
    assert judging.refused == []


async def test_an_error_of_ours_ends_the_agent() -> None:
    class Wrong(Judging):
        async def take(self, event: Any) -> None:
            raise NotImplementedError

    given = [Event(b"a", n) for n in range(3)]
    turns = EventTurns(Wrong(), Metrics(), is_current=lambda _: True)

    class Endless(Stream):
        async def events(self) -> AsyncIterator[Event]:
            while True:
                for event in self.given:
                    await asyncio.sleep(0)
                    yield event

    with pytest.raises(NotImplementedError):
        await turns.follow(Endless(given))
