from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from tonewatch.stream.codec import decode_rationale, encode
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import FactsTable, ModelRef, Moment, Rationale
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import MOMENTS, RATIONALES
from tonewatch.workers.explain.explainer import Explainer
from tonewatch.workers.reasons.engines.engine import Completion, Request

TABLES = msgspec.json.decode(
    (Path(__file__).parents[1] / "claims_tables.json").read_bytes(), type=dict[str, FactsTable]
)
ONE, OTHER = TopicPartition(MOMENTS.name, 0), TopicPartition(MOMENTS.name, 1)


@dataclass(frozen=True)
class Record:
    """As a consumer gives it."""

    offset: int
    value: bytes
    topic: str = MOMENTS.name
    partition: int = 0
    key: bytes = b"k"
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class Kafka:
    """A consumer and a producer: batches that are put in come out of `getmany`, records that are sent are kept."""

    batches: asyncio.Queue[dict[TopicPartition, list[Record]]] = field(default_factory=asyncio.Queue)
    commits: list[dict[TopicPartition, int]] = field(default_factory=list)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        await asyncio.sleep(0)
        return {} if self.batches.empty() else self.batches.get_nowait()

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.commits.append(offsets)

    async def send(self, topic: str, value: bytes, *, key: bytes | None, **_headers: Any) -> None:
        self.on_send()
        self.sent.append((topic, value))

    def rationales(self) -> list[Rationale]:
        return [decode_rationale(value) for topic, value in self.sent if topic == RATIONALES.name]

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await asyncio.sleep(0)


class Gated:
    """A model that answers, with nonsense, once `gate` is open."""

    ref = ModelRef(name="gated", version="0")

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = asyncio.Event()

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        self.asked.set()
        await self.gate.wait()
        return Completion("?", 1, 0.0)

    async def aclose(self) -> None:
        return


def moment(offset: int, alert_id: str = "a") -> Record:
    of = Moment(
        call_id="c",
        moment_id=f"m{offset}",
        kind="onset",
        at_ms=0,
        alert_id=alert_id,
        facts=TABLES["boiling"],
        sentence=".",
    )
    return Record(offset, encode(of))


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def engine() -> Gated:
    return Gated()


@pytest.fixture
async def explainer(kafka: Kafka, engine: Gated) -> AsyncIterator[Explainer]:
    """One that runs, with a backlog of two."""
    metrics, stop = Metrics(), asyncio.Event()
    letters = DeadLetters(kafka, metrics)
    made = Explainer(kafka, kafka, letters, engine, metrics, deadline_s=5.0, queue_size=2)
    running = asyncio.create_task(made.run(stop))
    yield made
    stop.set()
    await running


async def test_a_moment_is_committed_only_after_its_reason_is_written(
    kafka: Kafka, engine: Gated, explainer: Explainer
) -> None:
    kafka.batches.put_nowait({ONE: [moment(4)]})
    await engine.asked.wait()
    await explainer.commit()
    assert kafka.commits == [{ONE: 4}] and not kafka.sent
    engine.gate.set()
    await kafka.until(lambda: {ONE: 5} in kafka.commits)
    assert [why.moment_id for why in kafka.rationales()] == ["m4"]


async def test_what_does_not_fit_gets_the_sentence_from_the_facts_at_once(
    kafka: Kafka, engine: Gated, explainer: Explainer
) -> None:
    kafka.batches.put_nowait({ONE: [moment(0, "z")]})
    await engine.asked.wait()
    kafka.batches.put_nowait({ONE: [moment(1), moment(2), moment(3)]})
    await kafka.until(lambda: bool(kafka.sent))
    assert [(why.moment_id, why.fallback) for why in kafka.rationales()] == [("m1", "shed")]


async def test_what_cannot_be_read_goes_to_the_dead_letters_and_holds_no_commit_back(
    kafka: Kafka, explainer: Explainer
) -> None:
    kafka.batches.put_nowait({ONE: [Record(7, b"{")]})
    await kafka.until(lambda: bool(kafka.commits))
    assert (kafka.commits, [topic for topic, _ in kafka.sent]) == ([{ONE: 8}], [MOMENTS.dlq])


async def test_the_rest_of_a_batch_is_left_when_its_partition_goes_away_meanwhile(
    kafka: Kafka, explainer: Explainer
) -> None:
    kafka.on_send = lambda: explainer.forget({ONE})
    kafka.batches.put_nowait({ONE: [Record(7, b"{"), moment(8)]})
    await kafka.until(lambda: bool(kafka.sent))
    kafka.batches.put_nowait({OTHER: [Record(1, b"{", partition=1)]})
    await kafka.until(lambda: bool(kafka.commits))
    assert kafka.commits == [{OTHER: 2}] and not kafka.rationales()


async def test_a_stop_gives_what_waits_its_sentence_and_commits_it(kafka: Kafka, engine: Gated) -> None:
    metrics, stop = Metrics(), asyncio.Event()
    letters = DeadLetters(kafka, metrics)
    running = asyncio.create_task(
        Explainer(kafka, kafka, letters, engine, metrics, deadline_s=5.0, queue_size=8).run(stop)
    )
    kafka.batches.put_nowait({ONE: [moment(0), moment(1, "b")]})
    await engine.asked.wait()
    stop.set()
    await running
    assert {why.moment_id for why in kafka.rationales()} == {"m0", "m1"}
    assert kafka.commits[-1] == {ONE: 2}
