from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.codec import decode_rationale, encode
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.messages import FactsTable, ModelRef, Moment, Rationale
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import MOMENTS, RATIONALES
from tonewatch.workers.explain.explainer import Explainer
from tonewatch.workers.reasons.engines.engine import Completion, Request

if TYPE_CHECKING:
    from tests.conftest import FakeKafka

TABLES = msgspec.json.decode(
    (Path(__file__).parents[1] / "claims_tables.json").read_bytes(), type=dict[str, FactsTable]
)
ONE, OTHER = TopicPartition(MOMENTS.name, 0), TopicPartition(MOMENTS.name, 1)


def rationales(kafka: FakeKafka) -> list[Rationale]:
    return [decode_rationale(value) for topic, value in kafka.sent if topic == RATIONALES.name]


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


def moment(offset: int, alert_id: str = "a") -> tuple[int, bytes]:
    of = Moment(
        call_id="c",
        moment_id=f"m{offset}",
        kind="onset",
        at_ms=0,
        alert_id=alert_id,
        facts=TABLES["boiling"],
        sentence=".",
    )
    return offset, encode(of)


@pytest.fixture
def engine() -> Gated:
    return Gated()


class Clocks:
    """Where withdrawals are learned of: those `before` the explainer began, and what is `told` later."""

    def __init__(self, *before: str) -> None:
        self.before = list(before)
        self.told: list[str] = []

    async def until_now(self) -> list[str]:
        return self.before

    async def news(self) -> list[str]:
        found, self.told = self.told, []
        return found

    async def close(self) -> None:
        return


def make(kafka: FakeKafka, engine: Gated, clocks: Clocks | None = None) -> Explainer:
    metrics, passed_s = Metrics(), itertools.count()
    consumer: Any = kafka
    letters = DeadLetters(consumer, metrics)
    return Explainer(
        consumer,
        consumer,
        letters,
        engine,
        metrics,
        deadline_s=5.0,
        queue_size=2,
        withdrawals=clocks,
        clock=(lambda: float(next(passed_s))) if clocks else time.monotonic,
    )


@pytest.fixture
async def explainer(fake_kafka: FakeKafka, engine: Gated) -> AsyncIterator[Explainer]:
    """One that runs, with a backlog of two."""
    stop = asyncio.Event()
    made = make(fake_kafka, engine)
    running = asyncio.create_task(made.run(stop))
    yield made
    stop.set()
    await running


async def test_a_moment_is_committed_only_after_its_reason_is_written(
    fake_kafka: FakeKafka, engine: Gated, explainer: Explainer
) -> None:
    fake_kafka.put(ONE, moment(4))
    await engine.asked.wait()
    await explainer.commit()
    assert fake_kafka.commits == [{ONE: 4}] and not fake_kafka.sent
    engine.gate.set()
    await fake_kafka.until(lambda: {ONE: 5} in fake_kafka.commits)
    assert [why.moment_id for why in rationales(fake_kafka)] == ["m4"]


async def test_what_does_not_fit_gets_the_sentence_from_the_facts_at_once(
    fake_kafka: FakeKafka, engine: Gated, explainer: Explainer
) -> None:
    fake_kafka.put(ONE, moment(0, "z"))
    await engine.asked.wait()
    fake_kafka.put(ONE, moment(1), moment(2), moment(3))
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    assert [(why.moment_id, why.fallback) for why in rationales(fake_kafka)] == [("m1", "shed")]


async def test_what_cannot_be_read_goes_to_the_dead_letters_and_holds_no_commit_back(
    fake_kafka: FakeKafka, explainer: Explainer
) -> None:
    fake_kafka.put(ONE, (7, b"{"))
    await fake_kafka.until(lambda: bool(fake_kafka.commits))
    assert (fake_kafka.commits, [topic for topic, _ in fake_kafka.sent]) == ([{ONE: 8}], [MOMENTS.dlq])


async def test_the_rest_of_a_batch_is_left_when_its_partition_goes_away_meanwhile(
    fake_kafka: FakeKafka, explainer: Explainer
) -> None:
    fake_kafka.on_send = lambda: explainer.forget({ONE})
    fake_kafka.put(ONE, (7, b"{"), moment(8))
    await fake_kafka.until(lambda: bool(fake_kafka.sent))
    fake_kafka.put(OTHER, (1, b"{"))
    await fake_kafka.until(lambda: bool(fake_kafka.commits))
    assert fake_kafka.commits == [{OTHER: 2}] and not rationales(fake_kafka)


@pytest.mark.parametrize("given", ["c", erased_id("c")], ids=["withdrawn", "erased"])
async def test_of_a_call_that_was_withdrawn_no_model_is_asked_and_no_reason_is_written(
    fake_kafka: FakeKafka, engine: Gated, given: str
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(make(fake_kafka, engine, Clocks(given)).run(stop))
    fake_kafka.put(ONE, moment(0), moment(1, "b"), moment(2, ""))
    await fake_kafka.until(lambda: {ONE: 3} in fake_kafka.commits)
    stop.set()
    await running
    assert not engine.asked.is_set() and not fake_kafka.sent


async def test_a_reason_of_a_call_that_is_withdrawn_while_the_model_is_asked_is_not_written(
    fake_kafka: FakeKafka, engine: Gated
) -> None:
    stop, clocks = asyncio.Event(), Clocks()
    running = asyncio.create_task(make(fake_kafka, engine, clocks).run(stop))
    fake_kafka.put(ONE, moment(0))
    await engine.asked.wait()
    clocks.told = ["c"]
    await fake_kafka.until(lambda: not clocks.told)
    engine.gate.set()
    await fake_kafka.until(lambda: {ONE: 1} in fake_kafka.commits)
    stop.set()
    await running
    assert not fake_kafka.sent


async def test_a_stop_gives_what_waits_its_sentence_and_commits_it(fake_kafka: FakeKafka, engine: Gated) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(make(fake_kafka, engine).run(stop))
    fake_kafka.put(ONE, moment(0), moment(1, "b"))
    await engine.asked.wait()
    stop.set()
    await running
    assert {why.moment_id for why in rationales(fake_kafka)} == {"m0", "m1"}
    assert fake_kafka.commits[-1] == {ONE: 2}


async def test_a_reason_that_kafka_refuses_by_its_size_is_a_dead_letter_and_the_next_moment_is_explained(
    fake_kafka: FakeKafka, engine: Gated, explainer: Explainer
) -> None:
    refusals = [MessageSizeTooLargeError()]

    def refuse_once() -> None:
        if refusals:
            raise refusals.pop()

    fake_kafka.on_send = refuse_once
    engine.gate.set()
    fake_kafka.put(ONE, moment(4), moment(5, "b"))
    await fake_kafka.until(lambda: {ONE: 6} in fake_kafka.commits)
    assert sorted(topic for topic, _ in fake_kafka.sent) == [MOMENTS.dlq, RATIONALES.name]


async def test_a_moment_that_makes_our_own_code_fail_is_a_dead_letter(
    fake_kafka: FakeKafka, engine: Gated, explainer: Explainer
) -> None:
    engine.complete = Failing().complete  # type: ignore[method-assign]
    fake_kafka.put(ONE, moment(4))
    await fake_kafka.until(lambda: {ONE: 5} in fake_kafka.commits)
    assert [topic for topic, _ in fake_kafka.sent] == [MOMENTS.dlq]


class Failing:
    """A model whose own code fails."""

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        raise RecursionError
