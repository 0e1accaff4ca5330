"""Clocks of calls on a real broker."""

from __future__ import annotations

import pytest

from tonewatch.stream import topics
from tonewatch.stream.codec import encode
from tonewatch.stream.kafka.clients import deliver, make_producer
from tonewatch.stream.messages import CallClock
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CLOCKS
from tonewatch.workers.listen.clocks import TopicClocks

pytestmark = pytest.mark.integration


async def test_the_newest_clock_of_each_call_is_read_and_what_cannot_be_read_is_left_out(own_broker: str) -> None:
    await topics.apply(own_broker, partitions=1, replication=1)
    settings = KafkaSettings(kafka=own_broker)
    producer = make_producer(settings, linger_ms=0)
    await producer.start()
    for call_id, end_ms in (("one", 1), ("other", 2), ("one", 3)):
        await deliver(producer, CLOCKS.name, encode(CallClock(call_id=call_id, end_ms=end_ms)), key=call_id.encode())
    await deliver(producer, CLOCKS.name, b"{", key=b"broken")
    await producer.stop()
    found = await TopicClocks(settings).read(0)
    assert [(call_id, clock.end_ms) for call_id, clock in found.items()] == [("other", 2), ("one", 3)]
