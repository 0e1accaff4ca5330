"""Clocks of calls on a real broker."""

from __future__ import annotations

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tonewatch.stream import topics
from tonewatch.stream.codec import encode
from tonewatch.stream.kafka.clients import deliver, make_producer
from tonewatch.stream.messages import CallClock
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import CALLS, CLOCKS
from tonewatch.workers.listen.clocks import TopicClocks, _holding

from ...brokers import KAFKA_ALONE

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


@KAFKA_ALONE
async def test_all_of_the_clocks_are_read_where_the_topics_have_not_as_many_partitions(own_broker: str) -> None:
    """A partition count that grew: what lies in a partition of one topic lies in any of the other."""
    await topics.apply(own_broker, partitions=1, replication=1)
    admin = AIOKafkaAdminClient(bootstrap_servers=own_broker)
    await admin.start()
    try:
        await admin.create_partitions({CALLS.name: NewPartitions(total_count=4)})
    finally:
        await admin.close()
    settings = KafkaSettings(kafka=own_broker)
    producer = make_producer(settings, linger_ms=0)
    await producer.start()
    await deliver(producer, CLOCKS.name, encode(CallClock(call_id="grown", end_ms=5)), key=b"grown")
    await producer.stop()
    assert [(await TopicClocks(settings).read(number))["grown"].end_ms for number in range(4)] == [5] * 4


def test_who_has_a_partition_that_the_broker_does_not_tell_of_yet_reads_all_of_the_others() -> None:
    """The metadata that a consumer was answered with may be older than the assignment it reads for."""

    class Old:
        def partitions_for_topic(self, topic: str) -> set[int]:
            return {0, 1}

    assert [one.partition for one in _holding(Old(), CLOCKS.name, 1)] == [1]
    assert [one.partition for one in _holding(Old(), CLOCKS.name, 3)] == [0, 1]
