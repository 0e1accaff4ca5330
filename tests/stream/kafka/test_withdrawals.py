"""Withdrawals are learned of from the clocks of every partition, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from tonewatch.stream import topics
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import deliver, make_producer
from tonewatch.stream.kafka.withdrawals import TopicWithdrawals, withdrawn_call
from tonewatch.stream.messages import CallClock
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CLOCKS


@pytest.fixture
async def producer(own_broker: str) -> AsyncIterator[AIOKafkaProducer]:
    await topics.apply(own_broker, partitions=3, replication=1)
    producer = make_producer(KafkaSettings(kafka=own_broker), linger_ms=0)
    await producer.start()
    yield producer
    await producer.stop()


async def write(producer: AIOKafkaProducer, partition: int, call_id: str, *, withdrawn: bool) -> None:
    value = encode(CallClock(call_id=call_id, withdrawn=withdrawn))
    await deliver(producer, CLOCKS.name, value, key=call_id.encode(), partition=partition)


@pytest.mark.integration
async def test_those_of_all_partitions_are_found_and_later_ones_as_they_come(
    own_broker: str, producer: AIOKafkaProducer, timeout_factor: float
) -> None:
    for partition, call_id in enumerate(("one", "two", "three")):
        await write(producer, partition, call_id, withdrawn=call_id != "two")
    await deliver(producer, CLOCKS.name, b'{"withdrawn":true', key=b"broken", partition=1)
    await deliver(producer, CLOCKS.name, None, key=b"two", partition=1)
    following = TopicWithdrawals(KafkaSettings(kafka=own_broker))
    try:
        assert sorted(await following.until_now()) == ["one", "three"]
        assert await following.until_now() == []
        await write(producer, 1, "two", withdrawn=True)
        async with asyncio.timeout(20 * timeout_factor):
            while (found := await following.news()) == []:
                await asyncio.sleep(0.01)
        assert found == ["two"]
    finally:
        await following.close()


async def test_a_kafka_that_is_away_has_no_news_and_nothing_to_close() -> None:
    following = TopicWithdrawals(KafkaSettings(kafka="127.0.0.1:1"))
    assert await following.news() == []
    with pytest.raises(BrokerError):
        await following._started(retry_for_s=0.0)
    await following.close()


@pytest.mark.parametrize(
    ("value", "call_id"),
    [
        (encode(CallClock(call_id="c", withdrawn=True)), "c"),
        (encode(CallClock(call_id="c")), ""),
        (b'{"type":"call_clock","call_id":"c","withdrawn":false,"x":{"withdrawn":true}}', ""),
        (b'"withdrawn":true', ""),
    ],
)
def test_only_a_clock_that_says_so_is_of_a_withdrawn_call(value: bytes, call_id: str) -> None:
    assert withdrawn_call(value) == call_id
