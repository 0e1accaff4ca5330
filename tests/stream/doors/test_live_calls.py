from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tonewatch.stream.doors.door_call import CallFacts
from tonewatch.stream.doors.frames import Frame
from tonewatch.stream.doors.live_calls import LiveCalls
from tonewatch.stream.errors import BrokerError, Unprocessable
from tonewatch.stream.messages import AudioChunk, CallEnded, CallMessage, CallStarted, Role
from tonewatch.stream.service.metrics import Metrics

KNOWN = CallFacts("c", ("customer", "agent"), notice_given=True)


class Kafka:
    """Takes messages while `open` is set."""

    def __init__(self) -> None:
        self.taken: list[CallMessage] = []
        self.open = asyncio.Event()
        self.open.set()
        self.error: BrokerError | None = None

    async def send(self, messages: Sequence[CallMessage]) -> None:
        await self.open.wait()
        if self.error is not None:
            raise self.error
        self.taken += messages

    @property
    def kinds(self) -> list[str]:
        short = {CallStarted: "start", AudioChunk: "audio", CallEnded: "end"}
        return [short[type(message)] for message in self.taken]

    @property
    def audio(self) -> bytes:
        return b"".join(one.payload for one in self.taken if isinstance(one, AudioChunk))


class Timers:
    """Sleeps that end when they are told to."""

    def __init__(self) -> None:
        self.asleep: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asleep.append((seconds, woken))
        await woken

    async def ring(self, seconds: float) -> None:
        """End all sleeps of this length."""
        await settle()
        due, self.asleep = [t for t in self.asleep if t[0] == seconds], [t for t in self.asleep if t[0] != seconds]
        for _, woken in due:
            if not woken.done():
                woken.set_result(None)
        await settle()


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def frame(at_ms: int, channel: int = 0, ms: int = 200) -> Frame:
    return Frame(channel, at_ms, bytes([at_ms // 20 % 256]) * 8 * ms, "mulaw", 8_000)


def make(kafka: Kafka, timers: Timers, **more: int) -> tuple[LiveCalls, Metrics]:
    metrics = Metrics()
    return LiveCalls(kafka.send, metrics, grace_s=10, sleep=timers.sleep, now_ms=lambda: 1_000_000, **more), metrics


async def test_a_call_that_is_ended_is_written_whole_and_once() -> None:
    kafka = Kafka()
    live, metrics = make(kafka, Timers())
    stream = await live.join("d", KNOWN)
    await stream.take([frame(0), frame(0, 1), frame(200, ms=20)])
    await stream.leave(ended=True)
    await stream.leave(ended=True)
    await settle()
    assert kafka.kinds == ["start", "audio", "audio", "audio", "end"] and len(live) == 0
    assert metrics.registry.get_sample_value("tonewatch_door_waiting_bytes") == 0
    assert metrics.registry.get_sample_value("tonewatch_door_calls_count", {"door": "d"}) == 0


async def test_a_socket_that_comes_again_in_time_goes_on_with_its_call() -> None:
    kafka, timers = Kafka(), Timers()
    live, _ = make(kafka, timers)
    stream = await live.join("d", KNOWN)
    await stream.take([frame(0)])
    await stream.leave(ended=False)
    again = await live.join("d", KNOWN)
    await timers.ring(10)
    await again.take([frame(0)])
    await again.leave(ended=True)
    await settle()
    assert kafka.kinds == ["start", "audio", "audio", "end"]
    assert [one.seq for one in kafka.taken if isinstance(one, AudioChunk)] == [0, 1]


async def test_a_call_that_nobody_comes_back_to_is_ended_after_its_grace() -> None:
    kafka, timers = Kafka(), Timers()
    live, metrics = make(kafka, timers)
    await (await live.join("d", KNOWN)).leave(ended=False)
    await settle()
    assert kafka.kinds == ["start"]
    await timers.ring(10)
    assert kafka.kinds == ["start", "end"]
    over = metrics.registry.get_sample_value("tonewatch_door_calls_over_total", {"door": "d", "reason": "no_socket"})
    assert over == 1


async def test_a_newer_socket_takes_its_channels_over_and_the_call_goes_on() -> None:
    kafka = Kafka()
    gone: list[str] = []
    live, _ = make(kafka, Timers())
    old = await live.join("d", KNOWN, taken_over=lambda: gone.append("old"))
    await old.take([frame(0, ms=20)])
    new = await live.join("d", KNOWN)
    await old.take([frame(20)])
    await new.take([frame(0)])
    await old.leave(ended=True)
    await settle()
    assert gone == ["old"] and kafka.kinds == ["start", "audio", "audio"]


async def test_of_sockets_that_come_while_one_gives_way_each_takes_over_from_the_one_before() -> None:
    timers = Timers()
    live, _ = make(Kafka(), timers)
    gone: list[str] = []
    slow = asyncio.Event()

    async def first_gives_way() -> None:
        gone.append("first")
        await slow.wait()

    def gives_way(name: str) -> Callable[[], None]:
        return lambda: gone.append(name)

    await live.join("d", KNOWN, taken_over=first_gives_way)
    later = [asyncio.create_task(live.join("d", KNOWN, taken_over=gives_way(name))) for name in ("second", "third")]
    await asyncio.sleep(0)
    slow.set()
    await asyncio.gather(*later)
    assert gone == ["first", "second"]
    await live.abandon()


async def test_two_sockets_of_other_channels_carry_one_call() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    one, other = await live.join("d", KNOWN, [0]), await live.join("d", KNOWN, [1])
    await one.take([frame(0)])
    await one.leave(ended=True)
    await other.take([frame(0, 1)])
    await settle()
    assert kafka.kinds == ["start", "audio", "audio"]
    await other.leave(ended=True)
    await settle()
    assert kafka.kinds[-1] == "end"


async def test_who_has_other_channels_or_another_door_cannot_join() -> None:
    live, _ = make(Kafka(), Timers())
    await live.join("d", KNOWN)
    for door, known, why in (("e", KNOWN, "another door"), ("d", CallFacts("c", ("customer",)), "the same `roles`")):
        with pytest.raises(Unprocessable, match=why) as refused:
            await live.join(door, known)
        assert refused.value.reason == "other_call"


@pytest.mark.parametrize(
    ("first", "later"), [(("customer", "agent"), ("agent", "customer")), (("customer",), ("agent",))]
)
async def test_who_has_the_roles_in_another_order_is_never_written_under_those_of_the_call(
    first: tuple[Role, ...], later: tuple[Role, ...]
) -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    stream = await live.join("d", CallFacts("c", first, notice_given=True), [0])
    with pytest.raises(Unprocessable, match="the same `roles`"):
        await live.join("d", CallFacts("c", later, notice_given=True), [0])
    await stream.take([frame(0)])
    await settle()
    assert [(one.channel, one.role) for one in kafka.taken if isinstance(one, AudioChunk)] == [(0, "customer")]


UNTOLD = replace(KNOWN, notice_given=False)


def said_notice(kafka: Kafka) -> list[tuple[str, int, bool]]:
    """Of each record: what it is, its channel (-1 of an announcement), and what it says of the notice."""
    return [
        ("audio", one.channel, one.notice_given) if isinstance(one, AudioChunk) else ("start", -1, one.notice_given)
        for one in kafka.taken
        if isinstance(one, AudioChunk | CallStarted)
    ]


async def test_a_leg_that_gives_no_notice_makes_the_call_untold_from_there_on_all_channels() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    agent = await live.join("d", KNOWN, [1])
    await agent.take([frame(0, 1)])
    customer = await live.join("d", UNTOLD, [0])
    await customer.take([frame(0)])
    await agent.take([frame(200, 1)])
    await settle()
    assert said_notice(kafka) == [
        ("start", -1, True),
        ("audio", 1, True),
        ("start", -1, False),
        ("audio", 0, False),
        ("audio", 1, False),
    ]
    first, second = [one for one in kafka.taken if isinstance(one, CallStarted)]
    assert (first.started_at_ms, first.roles) == (second.started_at_ms, second.roles)
    assert not agent.notice_given and not customer.notice_given


async def test_a_connection_that_comes_again_without_notice_is_told_of_no_more_and_none_brings_it_back() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    for known in (KNOWN, UNTOLD, KNOWN, UNTOLD):
        stream = await live.join("d", known)
        await stream.take([frame(0)])
        await stream.leave(ended=False)
    await settle()
    assert said_notice(kafka) == [("start", -1, True), ("audio", 0, True), ("start", -1, False)] + 3 * [
        ("audio", 0, False)
    ]


async def test_a_connection_that_is_refused_takes_no_notice_back() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    stream = await live.join("d", KNOWN, [0])
    for known, channels in ((UNTOLD, [7]), (replace(UNTOLD, roles=("agent", "customer")), [0])):
        with pytest.raises(Unprocessable):
            await live.join("d", known, channels)
    await stream.take([frame(0)])
    await settle()
    assert said_notice(kafka) == [("start", -1, True), ("audio", 0, True)]


async def test_a_first_socket_with_channels_that_are_not_there_leaves_no_call_open() -> None:
    kafka, timers = Kafka(), Timers()
    live, _ = make(kafka, timers)
    with pytest.raises(Unprocessable):
        await live.join("d", KNOWN, [7])
    await timers.ring(10)
    assert kafka.kinds == ["start", "end"] and len(live) == 0


async def test_what_is_held_is_written_when_nothing_comes_for_a_while() -> None:
    kafka, timers = Kafka(), Timers()
    live, _ = make(kafka, timers)
    stream = await live.join("d", KNOWN)
    await settle()
    await stream.take([frame(0, ms=60)])
    await timers.ring(0.5)
    assert kafka.kinds == ["start"]
    await timers.ring(0.5)
    assert kafka.kinds == ["start", "audio"]


async def test_a_socket_waits_while_kafka_takes_nothing_and_nothing_is_lost() -> None:
    kafka = Kafka()
    live, metrics = make(kafka, Timers(), call_bytes=8_000)
    kafka.open.clear()
    stream = await live.join("d", KNOWN)
    sent = [frame(at) for at in range(0, 10_000, 200)]
    sending = asyncio.create_task(stream.take(sent))
    await settle()
    waiting = metrics.registry.get_sample_value("tonewatch_door_waiting_bytes")
    assert not sending.done() and waiting is not None and 0 < waiting <= 8_000
    kafka.open.set()
    await sending
    await stream.leave(ended=True)
    await settle()
    assert kafka.audio == b"".join(f.payload for f in sent) and kafka.kinds[-1] == "end"


async def test_a_call_that_comes_again_behind_its_end_does_not_overtake_it() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    kafka.open.clear()
    await (await live.join("d", KNOWN)).leave(ended=True)
    await settle()
    joining = asyncio.create_task(live.join("d", KNOWN))
    await settle()
    kafka.open.set()
    await joining
    await settle()
    assert kafka.kinds == ["start", "end", "start"]


async def test_closing_ends_every_call_also_those_that_wait_for_their_socket() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    stream = await live.join("d", KNOWN)
    await stream.take([frame(0, ms=100)])
    await (await live.join("d", CallFacts("other", ("customer",)))).leave(ended=False)
    await live.close()
    assert sorted(kafka.kinds) == ["audio", "end", "end", "start", "start"] and len(live) == 0


async def test_a_refusal_for_good_is_told_and_the_rest_can_be_abandoned() -> None:
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    kafka.error = BrokerError("no")
    await live.join("d", KNOWN)
    with pytest.raises(BrokerError):
        await live.failed
    await live.abandon()


@pytest.mark.parametrize("seed", range(5))
async def test_disconnects_at_random_lose_and_double_nothing(seed: int) -> None:
    lot = random.Random(seed)
    kafka = Kafka()
    live, _ = make(kafka, Timers())
    stream = await live.join("d", KNOWN)
    sent = []
    for at in range(0, 20_000, 20):
        if lot.random() < 0.05:
            if lot.random() < 0.5:
                await stream.leave(ended=False)
            stream = await live.join("d", KNOWN, at_ms=0)
        sent.append(frame(at, ms=20))
        await stream.take(sent[-1:])
    await stream.leave(ended=True)
    await settle()
    assert kafka.audio == b"".join(f.payload for f in sent)
    assert kafka.kinds.count("start") == kafka.kinds.count("end") == 1
