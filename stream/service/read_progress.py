"""How far a consumer has read, as metrics: records that lie before it, and how old the newest is that it took.

The end of a partition is the one that came with its last fetch: while a partition is paused, or Kafka is away, it does
not move. The age of the newest record does, so what counts as lag is both: records that wait, and the time since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiokafka import TopicPartition

from tonewatch.stream.service.metrics import Metrics

End = Callable[[TopicPartition], int | None]
"""The offset after a partition's last record, as far as it is known."""


class ReadProgress:
    """What one group has read in this process; a partition that went to another member is no longer told of."""

    def __init__(self, metrics: Metrics, group: str) -> None:
        self._metrics = metrics
        self._group = group
        self._next: dict[TopicPartition, int] = {}
        # Told at the next look and not with every record: looking a gauge up costs more than taking some records does.
        self._newest_ms: dict[TopicPartition, float] = {}
        self._told: set[TopicPartition] = set()

    def took(self, partition: TopicPartition, offset: int, timestamp_ms: float) -> None:
        """The record at `offset`, written to Kafka at `timestamp_ms`, was taken."""
        self._next[partition] = offset + 1
        self._newest_ms[partition] = timestamp_ms

    def waits_at(self, partition: TopicPartition, offset: int, timestamp_ms: float) -> None:
        """The record at `offset` was read and is not done yet; of a worker that can be held up by one record."""
        self.took(partition, offset - 1, timestamp_ms)

    def tell(self, assigned: Iterable[TopicPartition], end: End) -> None:
        """Set the lag of each partition that is assigned and of which a record was taken."""
        now = set(assigned)
        for partition, timestamp_ms in self._newest_ms.items():
            self._metrics.newest_record.labels(*self._labels(partition)).set(timestamp_ms / 1000)
            self._told.add(partition)
        self._newest_ms.clear()
        self._forget(self._told - now)
        for partition in now & self._next.keys():
            if (last := end(partition)) is not None:
                behind = max(0, last - self._next[partition])
                self._metrics.lag_records.labels(*self._labels(partition)).set(behind)

    def _forget(self, gone: set[TopicPartition]) -> None:
        for partition in gone:
            self._next.pop(partition, None)
            for gauge in (self._metrics.lag_records, self._metrics.newest_record):
                gauge.remove(*self._labels(partition))
        self._told -= gone

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._group, partition.topic, str(partition.partition)
