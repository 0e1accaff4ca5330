"""The listener on a real broker, with real speech and with everything that can be wrong with a record."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from numpy.typing import NDArray

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_segment, encode_call
from tonewatch.stream.doors.replay import About, plan, replay
from tonewatch.stream.kafka.clients import (
    make_consumer,
    make_producer,
)
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import (
    EMOTIONS,
    AudioChunk,
    CallClosed,
    CallMessage,
    CallOpened,
    Posterior,
    Segment,
    SegmentMessage,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS, SEGMENTS
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.encoder import Calibration, Card, Encoder, EncoderOutput, Uncertainty
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.clocks import TopicClocks
from tonewatch.workers.listen.listener import GROUP, Listener

from ..brokers import EMBEDDED_ALONE, KAFKA_ALONE

pytestmark = pytest.mark.integration

CALL = Path(str(resources.files("tonewatch.stream") / "demo" / "calls" / "calm_enquiry.flac"))
SECONDS = 20


Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]
Letters = Callable[[str, str, int, float], Awaitable[list[tuple[bytes, str]]]]


class Calm(Encoder):
    """An encoder that hears the same in everything; the real one is tested where its weights are."""

    name = "calm"
    version = "0"
    provider = "cpu"
    card = Card("calm", EMOTIONS, "0", Calibration(0.0), Uncertainty((0.0, 0.0, 0.0, 0.0), 0.9), "space")

    def __init__(self) -> None:
        self.heard: list[int] = []

    def encode(self, segments: Sequence[NDArray[np.float32]], **options: Any) -> list[EncoderOutput]:
        self.heard += [len(s) for s in segments]
        heard = EncoderOutput(
            Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1),
            0.1,
            abstains=False,
            embedding=np.zeros(4, dtype=np.float32),
        )
        return [heard for _ in segments]


async def recorded(call_id: str, *, notice_given: bool = True) -> list[CallMessage]:
    """The first seconds of a call as its messages."""
    found = KEPT.get(notice_given) or KEPT.setdefault(notice_given, await _recorded(notice_given=notice_given))
    return [msgspec.structs.replace(m, call_id=call_id) for m in found]


KEPT: dict[bool, list[CallMessage]] = {}


async def _recorded(*, notice_given: bool) -> list[CallMessage]:
    found: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        found.append(message)

    about = About(file=CALL.name, title="Calm")
    await replay(plan(CALL, roles=None, about=about, notice_given=notice_given, suffix="x"), keep, speed=0)
    chunks = [m for m in found[1:-1] if isinstance(m, AudioChunk) and m.start_ms < 1000 * SECONDS]
    return [found[0], *chunks, msgspec.structs.replace(found[-1], duration_ms=1000 * SECONDS)]


@pytest.fixture
async def settings(own_broker: str) -> KafkaSettings:
    await topics.apply(own_broker, partitions=2, replication=1)
    return KafkaSettings(kafka=own_broker, kafka_session_timeout_ms=10_000)


@contextlib.asynccontextmanager
async def listening(
    settings: KafkaSettings,
    group: str,
    *,
    encoder: Calm | None = None,
    call_idle_s: float = 60.0,
    call_hold_s: float = 1_800.0,
    queue_bytes: int = 16 * 1024 * 1024,
    metrics: Metrics | None = None,
) -> AsyncIterator[Listener]:
    consumer = make_consumer(settings, [CALLS.name], group)
    producer = make_producer(settings, linger_ms=0)
    await consumer.start()
    await producer.start()
    metrics, stop = metrics or Metrics(), asyncio.Event()
    listener = Listener(
        consumer,
        producer,
        DeadLetters(producer, metrics),
        Analysis(encoder or Calm(), metrics),
        None,
        metrics,
        segmenter=SegmenterSettings(),
        call_idle_s=call_idle_s,
        call_hold_s=call_hold_s,
        clocks=TopicClocks(settings),
        queue_bytes=queue_bytes,
    )
    running = asyncio.create_task(listener.run(stop))
    try:
        yield listener
    finally:
        stop.set()
        await running
        await consumer.stop()
        await producer.stop()


async def write(settings: KafkaSettings, messages: Iterable[CallMessage | bytes], key: bytes = b"k") -> None:
    """`key` is that of bytes; a message's is its call."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, linger_ms=20)
    await producer.start()
    for message in messages:
        value = message if isinstance(message, bytes) else encode_call(message)
        of_call = key if isinstance(message, bytes) else message.call_id.encode()
        await producer.send(CALLS.name, value, key=of_call)
    await producer.stop()


async def segments_until(settings: KafkaSettings, closed: set[str], seconds: float) -> list[SegmentMessage]:
    """Everything on the segments topic about these calls, until each of them is closed."""
    consumer = AIOKafkaConsumer(SEGMENTS.name, bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[SegmentMessage] = []
    open_calls = set(closed)
    try:
        async with asyncio.timeout(seconds):
            async for record in consumer:
                message = decode_segment(record.value)
                if message.call_id in closed:
                    found.append(message)
                if isinstance(message, CallClosed):
                    open_calls.discard(message.call_id)
                if not open_calls:
                    return found
    finally:
        await consumer.stop()
    raise AssertionError("the topic ended")


def ids(messages: Iterable[SegmentMessage]) -> list[str]:
    return [m.segment_id for m in messages if isinstance(m, Segment)]


async def test_a_call_becomes_segments_with_facts_for_the_caller_and_times_for_the_agent(
    settings: KafkaSettings, timeout_factor: float
) -> None:
    await write(settings, await recorded("plain"), b"plain")
    async with listening(settings, "plain"):
        found = await segments_until(settings, {"plain"}, 30 * timeout_factor)
    assert isinstance(found[0], CallOpened)
    assert isinstance(found[-1], CallClosed)
    spoken = [m for m in found if isinstance(m, Segment)]
    caller = [s for s in spoken if s.role == "customer"]
    agent = [s for s in spoken if s.role == "agent"]
    assert len(caller) >= 2
    assert len(agent) >= 1
    assert all(s.prosody and s.prosody.f0_median_st and s.posterior for s in caller)
    assert all(s.prosody is None and s.posterior is None and s.model is None for s in agent)
    assert all(s.segment_id == f"plain/{s.channel}/{s.start_ms}" for s in spoken)
    assert all(s.end_ms - s.start_ms <= 4_200 for s in spoken)


@EMBEDDED_ALONE
async def test_a_call_without_notice_is_counted_and_its_audio_is_never_analysed(
    settings: KafkaSettings, timeout_factor: float
) -> None:
    encoder = Calm()
    await write(settings, await recorded("untold", notice_given=False), b"untold")
    async with listening(settings, "untold", encoder=encoder):
        found = await segments_until(settings, {"untold"}, 30 * timeout_factor)
    assert [type(m) for m in found] == [CallOpened, CallClosed]
    assert encoder.heard == [] or ids(found) == []


async def test_bad_records_go_to_dead_letters_and_the_other_calls_go_on(
    settings: KafkaSettings, dead_letters: Letters, timeout_factor: float
) -> None:
    good, bad = await recorded("good"), await recorded("bad")
    chunks = [m for m in bad if isinstance(m, AudioChunk)]
    broken: list[CallMessage | bytes] = [
        *bad[:41],
        chunks[0],
        msgspec.structs.replace(chunks[50], seq=9_000, codec="alaw"),
        msgspec.structs.replace(chunks[50], payload=b"odd", seq=9_001),
        msgspec.msgpack.encode({"type": "audio_chunk", "call_id": "bad", "v": 7}),
        msgspec.msgpack.encode({"type": "audio_chunk", "call_id": "bad", "v": 1, "codec": "opus"}),
        b"\x00garbage",
        *bad[41:],
        chunks[-1],
    ]
    alone = ids(await _segments_of(settings, await recorded("alone"), "alone", timeout_factor))
    mixed = [m for pair in itertools.zip_longest(good, broken) for m in pair if m is not None]
    await write(settings, mixed)
    async with listening(settings, "bad"):
        found = await segments_until(settings, {"good", "bad"}, 40 * timeout_factor)
        reasons = [reason for _, reason in await dead_letters(settings.kafka, CALLS.dlq, 7, 20 * timeout_factor)]
    assert [i.replace("good", "alone") for i in ids(m for m in found if m.call_id == "good")] == alone
    assert [i.replace("bad", "alone") for i in ids(m for m in found if m.call_id == "bad")] == alone
    assert sorted(reasons) == sorted(
        ["duplicate", "format_changed", "odd_length", "unknown_version", "undecodable", "undecodable", "after_end"]
    )


async def _segments_of(
    settings: KafkaSettings, messages: list[CallMessage], call_id: str, timeout_factor: float
) -> list[SegmentMessage]:
    await write(settings, messages, call_id.encode())
    async with listening(settings, f"of-{call_id}"):
        return await segments_until(settings, {call_id}, 40 * timeout_factor)


@EMBEDDED_ALONE
async def test_chunks_out_of_order_make_the_same_segments_and_missing_ones_are_counted(
    settings: KafkaSettings, timeout_factor: float
) -> None:
    messages = await recorded("ordered")
    swapped = [msgspec.structs.replace(m, call_id="swapped") for m in messages]
    swapped[20:24] = swapped[23:19:-1]
    missing = [msgspec.structs.replace(m, call_id="missing") for m in messages]
    del missing[31:33]
    await write(settings, [*messages, *swapped, *missing])
    async with listening(settings, "order"):
        found = await segments_until(settings, {"ordered", "swapped", "missing"}, 40 * timeout_factor)
    wanted = ids(m for m in found if m.call_id == "ordered")
    assert [i.replace("swapped", "ordered") for i in ids(m for m in found if m.call_id == "swapped")] == wanted
    closed = {m.call_id: m for m in found if isinstance(m, CallClosed)}
    assert (closed["ordered"].missing_ms, closed["missing"].missing_ms) == (0, 400)


@EMBEDDED_ALONE
async def test_a_call_that_never_ends_is_closed_and_followed_again_when_it_comes_back(
    settings: KafkaSettings, timeout_factor: float
) -> None:
    messages = await recorded("endless")
    await write(settings, messages[:120], b"endless")
    async with listening(settings, "endless", call_idle_s=1.0, call_hold_s=1.0):
        first = await segments_until(settings, {"endless"}, 30 * timeout_factor)
        await write(settings, messages[120:], b"endless")
        async with asyncio.timeout(30 * timeout_factor):
            while True:
                found = await segments_until(settings, {"endless"}, 30 * timeout_factor)
                closed = [m for m in await _everything(settings, "endless") if isinstance(m, CallClosed)]
                if len(closed) == 2:
                    break
    assert isinstance(first[-1], CallClosed)
    assert [c.reason for c in closed] == ["timeout", "ended"]
    assert found[: len(first)] == first


async def _everything(settings: KafkaSettings, call_id: str) -> list[SegmentMessage]:
    consumer = AIOKafkaConsumer(SEGMENTS.name, bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        messages = []
        ends = await consumer.end_offsets(consumer.assignment())
        while [part for part, end in ends.items() if await consumer.position(part) < end]:
            batches = await consumer.getmany(timeout_ms=100)
            messages += [decode_segment(r.value) for records in batches.values() for r in records]
    finally:
        await consumer.stop()
    return [m for m in messages if m.call_id == call_id]


@KAFKA_ALONE
async def test_a_second_listener_goes_on_where_the_first_had_committed_and_loses_no_segment(
    settings: KafkaSettings, timeout_factor: float
) -> None:
    messages = await recorded("handed")
    whole = ids(await _segments_of(settings, await recorded("whole"), "whole", timeout_factor))
    await write(settings, messages[:130], b"handed")
    async with listening(settings, "hand"):
        async with asyncio.timeout(30 * timeout_factor):
            while not ids(await _everything(settings, "handed")):
                await asyncio.sleep(0.1)
    await write(settings, messages[130:], b"handed")
    async with listening(settings, "hand"):
        found = ids(await segments_until(settings, {"handed"}, 40 * timeout_factor))
    once = list(dict.fromkeys(found))
    assert sorted(i.replace("handed", "whole") for i in once) == sorted(whole)


class Gated(Calm):
    """An encoder that hears nothing until `gate` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def encode(self, segments: Sequence[NDArray[np.float32]], **options: Any) -> list[EncoderOutput]:
        self.gate.wait()
        return super().encode(segments, **options)


@KAFKA_ALONE
async def test_a_listener_whose_analysis_is_slow_pauses_its_partitions_and_leaves_nothing_out(
    settings: KafkaSettings, eventually: Eventually, timeout_factor: float
) -> None:
    expected = ids(await _segments_of(settings, await recorded("quick"), "quick", timeout_factor))
    names = [f"slow{number}" for number in range(4)]
    for name in names:
        await write(settings, await recorded(name), name.encode())
    metrics, encoder = Metrics(), Gated()
    async with listening(settings, "slow", encoder=encoder, queue_bytes=50_000, metrics=metrics):
        pauses = metrics.registry.get_sample_value
        try:
            await eventually(lambda: bool(pauses("tonewatch_pauses_total")), 60 * timeout_factor)
        finally:
            encoder.gate.set()  # A thread that waits for ever would keep the tests from ending.
        found = await segments_until(settings, set(names), 60 * timeout_factor)
    for name in names:
        assert [i.replace(name, "quick") for i in ids(m for m in found if m.call_id == name)] == expected


def test_the_group_is_the_one_that_the_lag_is_shown_for() -> None:
    assert GROUP == "tonewatch-listen"
