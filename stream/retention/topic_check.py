"""Do the brokers keep each topic no longer than was meant? By their settings, and the oldest record that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream.erasure.kafka_erasure import Config, kept_ms
from tonewatch.stream.topics import HOUR_MS, Topic

LATE_MS: Final = HOUR_MS
"""Brokers look for what is due every five minutes, and delete it a minute later."""

FIRST_MS: Final = 5_000
"""How long the first record of a partition may take to come."""


def wrong(topic: Topic, config: Config | None, oldest_at_ms: int | None, now_ms: int) -> list[str]:
    """What of a topic is against its retention. `config`: null where the broker does not tell."""
    if config is None:
        found = ["the broker does not tell its settings"]
        longest_ms = topic.retention_ms + topic.segment_ms
    else:
        found = [*_policy(topic, config), *_times(topic, config)]
        longest_ms = min(kept_ms(config) or topic.retention_ms, topic.retention_ms + topic.segment_ms)
    if oldest_at_ms is not None and oldest_at_ms < now_ms - longest_ms - LATE_MS:
        found.append(f"its oldest record is {(now_ms - oldest_at_ms) / HOUR_MS:.0f} h old")
    return found


def _policy(topic: Topic, config: Config) -> list[str]:
    wanted, given = topic.kafka_config()["cleanup.policy"], config.get("cleanup.policy", "delete")
    if set(wanted.split(",")) == set(given.split(",")):
        return []
    return [f"cleanup.policy is {given}, and {wanted} was meant"]


def _times(topic: Topic, config: Config) -> list[str]:
    """Less is no violation: whoever keeps for a shorter time may."""
    found = []
    for name in ("retention.ms", "segment.ms", "max.compaction.lag.ms"):
        wanted = topic.kafka_config().get(name)
        given = config.get(name)
        if wanted is not None and (given is None or not 0 < int(given) <= int(wanted)):
            found.append(f"{name} is {given or 'not told'}, and at most {wanted} was meant")
    return found


async def oldest(consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> dict[str, int]:
    """By topic the time of the oldest record that is there; topics that are empty are left out."""
    found: dict[str, int] = {}
    for partition in partitions:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        if await consumer.position(partition) >= (await consumer.end_offsets([partition]))[partition]:
            continue
        batch: Mapping[TopicPartition, list[object]] = await consumer.getmany(
            partition, timeout_ms=FIRST_MS, max_records=1
        )
        for record in batch.get(partition, []):
            at_ms: int = getattr(record, "timestamp", 0)
            found[partition.topic] = min(at_ms, found.get(partition.topic, at_ms))
    return found
