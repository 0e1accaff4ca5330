"""The explainer on a real broker, with a scripted model where what it says matters."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tonewatch.stream import topics
from tonewatch.stream.codec import decode_rationale, encode
from tonewatch.stream.kafka.clients import (
    make_consumer,
    make_producer,
)
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import ModelRef, Moment, Rationale
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import ExplainSettings, KafkaSettings
from tonewatch.stream.topics import MOMENTS, RATIONALES
from tonewatch.workers.explain.explainer import GROUP, Explainer
from tonewatch.workers.reasons.engines.engine import Completion, Engine, Request
from tonewatch.workers.reasons.engines.factory import make_engine

from ..workers.claims import TABLES

pytestmark = pytest.mark.integration

TRUE_REASON = "<think>Louder by 7 dB.</think><answer>angry; degraded yes; confidence 0.9</answer>"


Letters = Callable[[str, str, int, float], Awaitable[list[tuple[bytes, str]]]]


class Gated:
    """A model that answers once `gate` is open."""

    ref = ModelRef(name="gated", version="0" * 12)

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = asyncio.Event()

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        self.asked.set()
        await self.gate.wait()
        return Completion(TRUE_REASON, 20, 0.1)

    async def aclose(self) -> None:
        return


def moment(call_id: str, number: int = 0, alert: str = "a") -> Moment:
    facts = TABLES["boiling"]
    return Moment(
        call_id=call_id,
        moment_id=f"{call_id}/{alert}/{number}",
        kind="onset",
        at_ms=facts.at_ms + number,
        alert_id=f"{call_id}/{alert}",
        facts=facts,
        sentence=".",
    )


@pytest.fixture
async def settings(own_broker: str) -> KafkaSettings:
    await topics.apply(own_broker, partitions=2, replication=1)
    return KafkaSettings(kafka=own_broker, kafka_session_timeout_ms=10_000)


@contextlib.asynccontextmanager
async def explaining(
    settings: KafkaSettings, engine: Engine | None, *, queue_size: int = 8
) -> AsyncIterator[Explainer]:
    consumer = make_consumer(settings, [MOMENTS.name], GROUP)
    producer = make_producer(settings, linger_ms=0)
    await consumer.start()
    await producer.start()
    metrics, stop = Metrics(), asyncio.Event()
    explainer = Explainer(
        consumer,
        producer,
        DeadLetters(producer, metrics),
        engine,
        metrics,
        deadline_s=30,
        queue_size=queue_size,
    )
    running = asyncio.create_task(explainer.run(stop))
    try:
        yield explainer
    finally:
        stop.set()
        await running
        await consumer.stop()
        await producer.stop()


async def write(settings: KafkaSettings, values: Iterable[Moment | bytes], key: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    for value in values:
        await producer.send_and_wait(MOMENTS.name, value if isinstance(value, bytes) else encode(value), key=key)
    await producer.stop()


async def rationales(settings: KafkaSettings, call_id: str, count: int, seconds: float) -> list[Rationale]:
    """The first `count` rationales of a call, in the order they were written."""
    consumer = AIOKafkaConsumer(RATIONALES.name, bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Rationale] = []
    try:
        async with asyncio.timeout(seconds):
            async for record in consumer:
                rationale = decode_rationale(record.value)
                found += [rationale] if rationale.call_id == call_id else []
                if len(found) == count:
                    break
    finally:
        await consumer.stop()
    return found


async def committed(settings: KafkaSettings) -> int:
    """How many moments the explainer has behind it, over all partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    offsets = [await consumer.committed(TopicPartition(MOMENTS.name, p)) for p in range(2)]
    await consumer.stop()
    return sum(offset or 0 for offset in offsets)


async def test_a_moment_gets_the_models_checked_reason(settings: KafkaSettings, timeout_factor: float) -> None:
    model = Gated()
    model.gate.set()
    await write(settings, [moment("checked")], b"checked")
    async with explaining(settings, model):
        [rationale] = await rationales(settings, "checked", 1, 20 * timeout_factor)
    assert (rationale.text, rationale.source, rationale.decision) == ("Louder by 7 dB.", "model", "confirm")
    assert rationale.moment_id == "checked/a/0"
    assert rationale.model == Gated.ref
    assert rationale.emitted_at_ms > 0


async def test_what_does_not_fit_is_shed_with_the_facts_sentence_and_the_newest_is_asked_about(
    settings: KafkaSettings, timeout_factor: float
) -> None:
    model = Gated()
    async with explaining(settings, model, queue_size=2):
        await write(settings, [moment("shed", 0)], b"shed")
        await asyncio.wait_for(model.asked.wait(), 20 * timeout_factor)
        await write(settings, [moment("shed", n, "b") for n in (1, 2, 3)], b"shed")
        first = await rationales(settings, "shed", 1, 20 * timeout_factor)
        model.gate.set()
        found = await rationales(settings, "shed", 4, 20 * timeout_factor)
    assert [r.moment_id for r in first] == ["shed/b/1"]
    assert [(r.moment_id, r.fallback) for r in found] == [
        ("shed/b/1", "shed"),
        ("shed/a/0", ""),
        ("shed/b/3", ""),
        ("shed/b/2", ""),
    ]


async def test_what_merely_goes_on_takes_no_alerts_turn(settings: KafkaSettings, timeout_factor: float) -> None:
    model = Gated()
    rolling = msgspec.structs.replace(moment("rolls", 9), alert_id="", kind="update")
    async with explaining(settings, model):
        await write(settings, [moment("rolls", 0)], b"rolls")
        await asyncio.wait_for(model.asked.wait(), 20 * timeout_factor)
        await write(settings, [moment("rolls", 1, "b"), rolling], b"rolls")
        first = await rationales(settings, "rolls", 1, 20 * timeout_factor)
        model.gate.set()
        found = await rationales(settings, "rolls", 3, 20 * timeout_factor)
    assert [(r.alert_id, r.fallback) for r in first] == [("", "shed")]
    assert [(r.alert_id, r.fallback) for r in found[1:]] == [("rolls/a", ""), ("rolls/b", "")]


async def test_a_moment_is_committed_only_after_its_rationale(settings: KafkaSettings, timeout_factor: float) -> None:
    model = Gated()
    before = await committed(settings)
    await write(settings, [moment("commit")], b"commit")
    async with explaining(settings, model) as explainer:
        await asyncio.wait_for(model.asked.wait(), 20 * timeout_factor)
        await explainer.commit()
        held = await committed(settings)
        model.gate.set()
        await rationales(settings, "commit", 1, 20 * timeout_factor)
    assert held == before
    assert await committed(settings) == before + 1


async def test_a_stop_leaves_no_moment_without_a_reason(settings: KafkaSettings, timeout_factor: float) -> None:
    model = Gated()
    await write(settings, [moment("stop", n) for n in range(3)], b"stop")
    async with explaining(settings, model):
        await asyncio.wait_for(model.asked.wait(), 20 * timeout_factor)
    found = await rationales(settings, "stop", 3, 20 * timeout_factor)
    assert {r.moment_id for r in found} == {f"stop/a/{n}" for n in range(3)}
    assert {r.fallback for r in found} == {"shed"}


async def test_what_is_no_moment_goes_to_the_dead_letters_and_the_next_one_is_explained(
    settings: KafkaSettings, dead_letters: Letters, timeout_factor: float
) -> None:
    newer = encode(msgspec.structs.replace(moment("bad"), v=9))
    await write(settings, [b"not JSON", newer, moment("bad")], b"bad")
    async with explaining(settings, None):
        [rationale] = await rationales(settings, "bad", 1, 20 * timeout_factor)
        letters = await dead_letters(settings.kafka, MOMENTS.dlq, 2, 20 * timeout_factor)
    assert (rationale.source, rationale.fallback) == ("facts", "missing")
    # Letters without their key lie in any partition.
    assert sorted(reason for _, reason in letters) == ["undecodable", "unknown_version"]


async def test_the_settings_name_the_engine() -> None:
    assert await make_engine(ExplainSettings(llm="none")) is None
    remote = await make_engine(ExplainSettings(llm="http", llm_url="http://127.0.0.1:1/v1", llm_model="m"))
    assert remote is not None
    assert remote.ref == ModelRef(name="m", version="remote")
