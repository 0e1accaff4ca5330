from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.codec import decode_segment, encode_call
from tonewatch.stream.messages import (
    AudioChunk,
    CallClosed,
    CallEnded,
    CallOpened,
    CallStarted,
    NoticeWithdrawn,
    Silence,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import CALLS, SEGMENTS
from tonewatch.workers.listen.listener import COMMIT_EVERY_S, Listener

from .listeners import make_listener

if TYPE_CHECKING:
    from tests.conftest import Clock, FakeKafka

ONE = TopicPartition(CALLS.name, 0)
IDLE_S = 60.0
HOLD_S = 120.0


def began(call_id: str = "c") -> bytes:
    return encode_call(CallStarted(call_id=call_id, started_at_ms=0, roles=("customer",), notice_given=True))


def ended(call_id: str = "c") -> bytes:
    return encode_call(CallEnded(call_id=call_id, ended_at_ms=1000, duration_ms=1000))


def written(kafka: FakeKafka) -> list[str]:
    """What went to the segments topic, and of ends why."""
    found = [decode_segment(value) for topic, value in kafka.sent if topic == SEGMENTS.name]
    return [m.reason if isinstance(m, CallClosed) else type(m).__name__ for m in found]


class Elsewhere:
    """Calls that were withdrawn on partitions of others, as they are told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.closed = False

    async def until_now(self) -> list[str]:
        return await self.news()

    async def news(self) -> list[str]:
        found, self.told = self.told, []
        return found

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
async def listener(fake_kafka: FakeKafka, clock: Clock, elsewhere: Elsewhere) -> AsyncIterator[Listener]:
    """One that runs on a clock that is moved by hand, for calls in which nothing is said."""
    metrics, stop = Metrics(), asyncio.Event()
    made = make_listener(
        fake_kafka, metrics, call_idle_s=IDLE_S, call_hold_s=HOLD_S, withdrawals=elsewhere, clock=clock
    )
    running = asyncio.create_task(made.run(stop))
    yield made
    stop.set()
    await running
    assert elsewhere.closed


@pytest.mark.usefixtures("listener")
async def test_a_record_under_another_call_s_key_is_refused_and_a_withdrawal_is_not(fake_kafka: FakeKafka) -> None:
    fake_kafka.put(ONE, (0, began()), key=b"integrator-7")
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    assert fake_kafka.sent == [(CALLS.dlq, b"")]
    fake_kafka.put(ONE, (1, began()))
    await fake_kafka.until(lambda: bool(written(fake_kafka)))
    withdrawn = encode_call(NoticeWithdrawn(call_id="c", withdrawn_at_ms=1))
    fake_kafka.put(ONE, (2, withdrawn), key=b"integrator-7")
    await fake_kafka.until(lambda: len(written(fake_kafka)) == 2)
    found = [decode_segment(value) for topic, value in fake_kafka.sent if topic == SEGMENTS.name]
    assert [one.notice_given for one in found if isinstance(one, CallOpened)] == [True, False]


@pytest.mark.usefixtures("listener")
async def test_a_call_that_sends_nothing_is_on_hold_until_its_end(fake_kafka: FakeKafka, clock: Clock) -> None:
    fake_kafka.put(ONE, (0, began()))
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    await let_pass(clock, 2 * IDLE_S)
    assert written(fake_kafka) == [CallOpened.__name__, Silence.__name__]
    fake_kafka.put(ONE, (1, ended()))
    await fake_kafka.until(lambda: len(written(fake_kafka)) == 3)
    assert written(fake_kafka)[-1] == "ended"


@pytest.mark.usefixtures("listener")
async def test_a_call_whose_end_never_comes_is_closed_at_last(fake_kafka: FakeKafka, clock: Clock) -> None:
    fake_kafka.put(ONE, (0, began()))
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    await let_pass(clock, IDLE_S + HOLD_S + 5)
    assert written(fake_kafka) == [CallOpened.__name__, Silence.__name__, "timeout"]


async def let_pass(clock: Clock, seconds: float) -> None:
    """So that the listener goes round several times in each second."""
    until_s = clock.now_s + seconds
    while clock.now_s < until_s:
        clock.advance(0.5)
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.mark.usefixtures("listener")
async def test_what_comes_after_a_call_s_end_is_refused_unless_it_begins_again(fake_kafka: FakeKafka) -> None:
    fake_kafka.put(ONE, (0, began()), (1, ended()), (2, ended()), (3, began()))
    await fake_kafka.until(lambda: len(fake_kafka.sent) == 4)
    assert sorted(written(fake_kafka)) == [CallOpened.__name__, CallOpened.__name__, "ended"]
    assert [topic for topic, _ in fake_kafka.sent if topic != SEGMENTS.name] == [CALLS.dlq]


@pytest.mark.usefixtures("listener")
async def test_no_commit_passes_a_message_that_is_not_written(fake_kafka: FakeKafka, clock: Clock) -> None:
    fake_kafka.gate.clear()
    fake_kafka.put(ONE, (4, began("one")), (5, began("other")))
    while not fake_kafka.commits:
        clock.advance(COMMIT_EVERY_S)
        await asyncio.sleep(0)
    fake_kafka.gate.set()
    while fake_kafka.commits[-1] != {ONE: 6}:
        clock.advance(COMMIT_EVERY_S)
        await asyncio.sleep(0)
    assert fake_kafka.commits[0] == {ONE: 4}


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize(("count", "paused"), [(20, set()), (70, {ONE})])
async def test_letters_that_are_not_written_yet_stop_the_reading_later_than_records_that_wait(
    fake_kafka: FakeKafka, count: int, paused: set[TopicPartition]
) -> None:
    fake_kafka.gate.clear()
    fake_kafka.put(ONE, *((number, b"x" * 1_048_576) for number in range(count)))
    for _ in range(20 * count):
        await asyncio.sleep(0)
    assert fake_kafka.paused == paused
    fake_kafka.gate.set()
    await fake_kafka.until(lambda: len(fake_kafka.sent) == count and not fake_kafka.paused)


@pytest.mark.usefixtures("listener")
async def test_what_kafka_refuses_by_its_size_is_a_dead_letter_and_the_next_call_is_followed(
    fake_kafka: FakeKafka,
) -> None:
    refusals = [MessageSizeTooLargeError()]

    def refuse_once() -> None:
        if refusals:
            raise refusals.pop()

    fake_kafka.on_send = refuse_once
    fake_kafka.put(ONE, (0, began("one")), (1, began("other")))
    await fake_kafka.until(lambda: len(fake_kafka.sent) == 2)
    assert sorted(topic for topic, _ in fake_kafka.sent) == [CALLS.dlq, SEGMENTS.name]


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize("value", [b"\x91" * 50_000, b"\x01" * 5_400_000])
async def test_what_is_too_deep_or_too_large_is_a_dead_letter(fake_kafka: FakeKafka, value: bytes) -> None:
    fake_kafka.put(ONE, (0, value), (1, began()))
    await fake_kafka.until(lambda: len(fake_kafka.sent) == 2)
    assert sorted(topic for topic, _ in fake_kafka.sent) == [CALLS.dlq, SEGMENTS.name]


def one_chunk(call_id: str, seq: int = 0) -> bytes:
    chunk = AudioChunk(
        call_id=call_id,
        channel=0,
        role="customer",
        seq=seq,
        start_ms=200 * seq,
        codec="mulaw",
        rate_hz=8_000,
        notice_given=True,
        payload=b"\xff" * 1_600,
    )
    return encode_call(chunk)


def opened(kafka: FakeKafka) -> list[str]:
    found = [decode_segment(value) for topic, value in kafka.sent if topic == SEGMENTS.name]
    return [m.call_id for m in found if isinstance(m, CallOpened)]


@pytest.mark.usefixtures("listener")
async def test_of_a_flood_of_strangers_few_are_opened_the_others_are_dead_letters_and_a_call_is_followed(
    fake_kafka: FakeKafka, clock: Clock
) -> None:
    fake_kafka.put(ONE, (0, began("mine")), *((1 + n, one_chunk(f"flood {n}")) for n in range(300)))
    fake_kafka.put(ONE, (301, one_chunk("mine")), (302, ended("mine")))
    await fake_kafka.until(lambda: "ended" in written(fake_kafka))
    assert opened(fake_kafka)[0] == "mine"
    while sum(topic == CALLS.dlq for topic, _ in fake_kafka.sent) + len(opened(fake_kafka)) < 301:
        clock.advance(0.1)
        await asyncio.sleep(0)
    assert len(opened(fake_kafka)) < 100
    while fake_kafka.commits[-1:] != [{ONE: 303}]:
        clock.advance(COMMIT_EVERY_S)
        await asyncio.sleep(0)


@pytest.mark.usefixtures("listener")
async def test_a_stranger_that_goes_on_is_followed_from_its_first_record(fake_kafka: FakeKafka, clock: Clock) -> None:
    flood = [one_chunk(f"flood {n}") for n in range(200)]
    mine = [one_chunk("mine", seq) for seq in range(6)]
    values = [*flood, *mine, ended("mine")]
    fake_kafka.put(ONE, *enumerate(values))
    await fake_kafka.until(lambda: "ended" in written(fake_kafka))
    clock.advance(0.1)
    closed = [decode_segment(value) for topic, value in fake_kafka.sent if topic == SEGMENTS.name]
    (end,) = [m for m in closed if isinstance(m, CallClosed) and m.call_id == "mine"]
    assert (end.chunks, end.chunks_rejected) == (6, 0)


@pytest.mark.usefixtures("listener")
async def test_a_call_named_as_the_mark_of_an_erased_one_is_refused(fake_kafka: FakeKafka) -> None:
    value = encode_call(NoticeWithdrawn(call_id=erased_id("c"), withdrawn_at_ms=1))
    fake_kafka.put(ONE, (0, value), key=erased_id("c").encode())
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    assert [topic for topic, _ in fake_kafka.sent] == [CALLS.dlq]
    fake_kafka.put(ONE, (1, began()))
    await fake_kafka.until(lambda: opened(fake_kafka) == ["c"])
    found = [decode_segment(value) for topic, value in fake_kafka.sent if topic == SEGMENTS.name]
    assert [one.notice_given for one in found if isinstance(one, CallOpened)] == [True]


def withdrawn(call_id: str = "c") -> bytes:
    return encode_call(NoticeWithdrawn(call_id=call_id, withdrawn_at_ms=5))


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize("before", [[began()], [began(), ended()], []], ids=["in mid-call", "after its end", "before"])
async def test_a_notice_that_is_withdrawn_is_told_and_no_later_beginning_gives_it_back(
    fake_kafka: FakeKafka, before: list[bytes]
) -> None:
    if before:
        fake_kafka.put(ONE, *enumerate(before))
    await fake_kafka.until(lambda: len(fake_kafka.sent) == len(before))
    fake_kafka.put(ONE, (len(before), withdrawn()), (len(before) + 1, began()))
    await fake_kafka.until(lambda: len(opened(fake_kafka)) == len(before[:1]) + 2)
    found = [decode_segment(value) for topic, value in fake_kafka.sent if topic == SEGMENTS.name]
    last_two = [one for one in found if isinstance(one, CallOpened)][-2:]
    assert [(one.notice_given, one.withdrawn_at_ms) for one in last_two] == [(False, 5), (False, 0)]


@pytest.mark.usefixtures("listener")
async def test_what_is_refused_of_a_call_whose_notice_was_withdrawn_lies_in_no_dead_letter(
    fake_kafka: FakeKafka,
) -> None:
    late = encode_call(CallEnded(call_id="c", ended_at_ms=77, duration_ms=77))
    fake_kafka.put(ONE, (0, began()), (1, ended()), (2, late))
    await fake_kafka.until(lambda: len(fake_kafka.sent) == 3)
    fake_kafka.put(ONE, (3, withdrawn()), (4, late))
    await fake_kafka.until(lambda: sum(topic == CALLS.dlq for topic, _ in fake_kafka.sent) == 2)
    assert [value for topic, value in fake_kafka.sent if topic == CALLS.dlq] == [late, b""]


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize("given", ["c", erased_id("c")], ids=["withdrawn", "erased"])
async def test_a_notice_that_was_withdrawn_on_another_partition_is_withdrawn_here(
    fake_kafka: FakeKafka, clock: Clock, elsewhere: Elsewhere, given: str
) -> None:
    fake_kafka.put(ONE, (0, began()), (1, began("other")))
    await fake_kafka.until(lambda: len(opened(fake_kafka)) == 2)
    elsewhere.told = [given]
    await let_pass(clock, 2)
    assert not elsewhere.told
    elsewhere.told = [given]
    await let_pass(clock, 2)
    fake_kafka.put(ONE, (2, began()), (3, encode_call(CallEnded(call_id="c", ended_at_ms=77, duration_ms=77))))
    await fake_kafka.until(lambda: "ended" in written(fake_kafka))
    found = [decode_segment(value) for topic, value in fake_kafka.sent if topic == SEGMENTS.name]
    told = [one for one in found if isinstance(one, CallOpened)]
    assert [(one.call_id, one.notice_given, one.withdrawn_at_ms > 0) for one in told[-2:]] == [
        ("c", False, True),
        ("c", False, False),
    ]
    assert len(told) == 4


@pytest.mark.usefixtures("listener")
async def test_a_call_that_begins_after_it_was_withdrawn_elsewhere_is_not_analysed(
    fake_kafka: FakeKafka, clock: Clock, elsewhere: Elsewhere
) -> None:
    elsewhere.told = ["c"]
    await let_pass(clock, 2)
    fake_kafka.put(ONE, (0, began()), (1, b"not a message"), (2, began("other")))
    await fake_kafka.until(lambda: len(opened(fake_kafka)) == 2)
    found = [decode_segment(value) for topic, value in fake_kafka.sent if topic == SEGMENTS.name]
    assert {one.call_id: one.notice_given for one in found if isinstance(one, CallOpened)} == {
        "c": False,
        "other": True,
    }
