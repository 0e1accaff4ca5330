from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from tonewatch.stream.local.consumer_lag import Flows, FlowWatcher, GroupLag, Offsets, lag, rates
from tonewatch.stream.topics import CALLS, SEGMENTS, apply

CALLS_0 = TopicPartition(CALLS.name, 0)
CALLS_1 = TopicPartition(CALLS.name, 1)
SEGMENTS_0 = TopicPartition(SEGMENTS.name, 0)


def test_a_rate_is_the_growth_of_all_partitions_over_time() -> None:
    before: Offsets = {CALLS_0: 10, CALLS_1: 5}
    after: Offsets = {CALLS_0: 40, CALLS_1: 15}
    flow = rates(before, after, 2.0)[0]
    assert (flow.name, flow.records, flow.per_s) == (CALLS.name, 55, 20.0)


def test_the_first_look_knows_no_rate() -> None:
    assert rates({}, {CALLS_0: 40}, 2.0)[0].per_s == 0.0


def test_lag_counts_only_the_group_s_topics_and_all_of_an_uncommitted_partition() -> None:
    ends: Offsets = {CALLS_0: 10, CALLS_1: 4, SEGMENTS_0: 100}
    assert lag([CALLS.name], {CALLS_0: 8, CALLS_1: -1}, ends) == 2 + 4


def test_a_group_past_the_end_of_one_partition_does_not_hide_the_lag_of_another() -> None:
    assert lag([CALLS.name], {CALLS_0: 14, CALLS_1: 1}, {CALLS_0: 10, CALLS_1: 4}) == 3


@pytest.mark.parametrize(
    ("groups", "ready", "drained"),
    [
        ((), False, False),
        ((GroupLag("a", "Stable", 0), GroupLag("b", "Empty", 3)), False, False),
        ((GroupLag("a", "Stable", 0), GroupLag("b", "Stable", 3)), True, False),
        ((GroupLag("a", "Stable", 0), GroupLag("b", "Empty", 0)), False, True),
    ],
)
def test_ready_wants_members_and_drained_wants_no_lag(groups: tuple[GroupLag, ...], ready: bool, drained: bool) -> None:
    flows = Flows(groups=groups)
    assert (flows.ready(), flows.drained()) == (ready, drained)


@pytest.mark.integration
async def test_a_watcher_sees_records_members_lag_and_dead_letters(own_broker: str) -> None:
    await apply(own_broker, partitions=2, replication=1)
    producer = AIOKafkaProducer(bootstrap_servers=own_broker)
    await producer.start()
    for topic in (CALLS.name, CALLS.name, CALLS.name, SEGMENTS.dlq):
        await producer.send_and_wait(topic, b"x", key=b"call")
    await producer.stop()
    reader = AIOKafkaConsumer(
        CALLS.name,
        bootstrap_servers=own_broker,
        group_id="tonewatch-listen",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await reader.start()
    await reader.getone()
    await reader.commit()
    watcher = FlowWatcher(own_broker)
    await watcher.start()
    flows = await watcher.look()
    await watcher.stop()
    await reader.stop()
    listen, monitor = flows.groups[:2]
    assert (listen.members, listen.lag, flows.dead_letters) == ("Stable", 2, 1)
    assert monitor.members in ("Empty", "Dead")  # Apache Kafka calls a group dead that never was
    assert flows.topics[0].records == 3 and not flows.ready()


async def test_a_watcher_waits_for_a_broker_that_still_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    async def not_yet(_admin: object) -> None:
        tried.append(1)
        if len(tried) == 2:
            raise ReadingBeginsError
        raise KafkaConnectionError

    class ReadingBeginsError(Exception):
        """The second try came."""

    monkeypatch.setattr(AIOKafkaAdminClient, "start", not_yet)
    monkeypatch.setattr("tonewatch.stream.kafka.clients.RETRY_S", 0.0)
    watcher = FlowWatcher("127.0.0.1:1")
    with pytest.raises(ReadingBeginsError):
        await watcher.start()
    await watcher.stop()
    assert len(tried) == 2
