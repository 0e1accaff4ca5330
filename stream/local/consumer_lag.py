"""Rates of the topics and lag of the consumer groups, read from Kafka itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tonewatch.stream.kafka.clients import start
from tonewatch.stream.kafka.security import client_arguments
from tonewatch.stream.settings import KafkaSettings, plain_settings
from tonewatch.stream.topics import ALERTS, CALLS, MOMENTS, RATIONALES, SEGMENTS, TONE, TOPICS, VERDICTS

GROUPS: dict[str, tuple[str, ...]] = {
    "tonewatch-listen": (CALLS.name,),
    "tonewatch-monitor": (SEGMENTS.name, RATIONALES.name),
    "tonewatch-explain": (MOMENTS.name,),
    "tonewatch-sink": (TONE.name, ALERTS.name, RATIONALES.name),
    "tonewatch-archive": (ALERTS.name, MOMENTS.name, RATIONALES.name, SEGMENTS.name, TONE.name, VERDICTS.name),
}
"""The groups of the demo and the topics that each must have read."""

Offsets = Mapping[TopicPartition, int]


@dataclass(frozen=True)
class TopicFlow:
    """One topic: its records, and how many come a second."""

    name: str
    records: int
    per_s: float


@dataclass(frozen=True)
class GroupLag:
    """One consumer group: how many records lie before it."""

    name: str
    members: str
    lag: int | None


@dataclass(frozen=True)
class Flows:
    """One look at Kafka."""

    topics: tuple[TopicFlow, ...] = ()
    groups: tuple[GroupLag, ...] = ()
    dead_letters: int = 0

    def ready(self) -> bool:
        """Has every group a member with its partitions?"""
        return bool(self.groups) and all(group.members == "Stable" for group in self.groups)

    def drained(self) -> bool:
        """Has every group read all there is?"""
        return bool(self.groups) and all(group.lag == 0 for group in self.groups)


def rates(before: Offsets, after: Offsets, seconds: float) -> tuple[TopicFlow, ...]:
    """Records in each topic, and records a second since `before`."""
    flows = []
    for topic in TOPICS:
        now = sum(offset for part, offset in after.items() if part.topic == topic.name)
        then = sum(offset for part, offset in before.items() if part.topic == topic.name)
        flows.append(TopicFlow(topic.name, now, (now - then) / seconds if before and seconds > 0 else 0.0))
    return tuple(flows)


def lag(topics: Sequence[str], committed: Offsets, ends: Offsets) -> int:
    """Records of `topics` that a group has not committed; a partition without a commit was never read.

    The embedded broker says of a batch only where it begins, so a group can seem to be past the end; that is no lag.
    """
    parts = [part for part in ends if part.topic in topics]
    # Kafka says -1 for a partition without a commit.
    return sum(max(0, ends[part] - max(0, committed.get(part, 0))) for part in parts)


class FlowWatcher:
    """Asks Kafka for end offsets and commits; holds one connection of each kind."""

    def __init__(self, kafka: KafkaSettings | str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`kafka` may be the plain address of brokers without security."""
        self._settings = plain_settings(kafka) if isinstance(kafka, str) else kafka
        arguments = client_arguments(self._settings)
        self._admin = AIOKafkaAdminClient(**arguments, request_timeout_ms=5000)
        self._reader = AIOKafkaConsumer(**arguments, enable_auto_commit=False)
        self._clock = clock
        self._before: Offsets = {}
        self._before_at = 0.0
        self._parts: list[TopicPartition] = []

    async def start(self) -> None:
        """Connect, and learn which partitions there are; the topics must exist.

        Raises:
            BrokerError: the broker does not answer for half a minute: a machine that starts everything at once is slow.
        """
        await start(self._admin, self._settings)
        await start(self._reader, self._settings)
        # CALLERS has no dead-letter topic: what is described of it has no partitions, and adds nothing.
        names = [name for topic in TOPICS for name in (topic.name, topic.dlq)]
        described = await self._admin.describe_topics(names)
        self._parts = [TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"]]

    async def stop(self) -> None:
        await self._reader.stop()
        await self._admin.close()

    async def look(self) -> Flows:
        """One look; a broker that does not answer right now gives an empty one."""
        try:
            ends: Offsets = await self._reader.end_offsets(self._parts)
            groups = [await self._group(name, topics, ends) for name, topics in GROUPS.items()]
        except (KafkaError, OSError):
            return Flows()
        now = self._clock()
        topics = rates(self._before, ends, now - self._before_at)
        self._before, self._before_at = ends, now
        letters = {t.dlq for t in TOPICS}
        return Flows(topics, tuple(groups), sum(end for part, end in ends.items() if part.topic in letters))

    async def _group(self, name: str, topics: Sequence[str], ends: Offsets) -> GroupLag:
        answer = await self._admin.describe_consumer_groups([name])
        # The third field of Kafka's answer is the group's state: Stable, Empty, PreparingRebalance, ...
        members = str(answer[0].groups[0][2])
        parts = [part for part in ends if part.topic in topics]
        # The partitions are named because an embedded broker may not answer the question for all of them.
        found = await self._admin.list_consumer_group_offsets(name, partitions=parts)
        committed = {part: offset.offset for part, offset in found.items()}
        return GroupLag(name, members, lag(topics, committed, ends))
