"""Which offset of a partition is safe to commit: never one past something that is not written yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from tonewatch.stream.kafka.clients import commit


class PartitionProgress:
    """How far one partition was read and written, for as long as it is this worker's; a rebalance begins a new one.

    `position` is the offset after the last record taken, `committed` what Kafka was told last; null before the first.
    """

    def __init__(self, position: int | None = None) -> None:
        self.position = position
        self.committed: int | None = None
        self._unwritten: Counter[int] = Counter()

    def hold(self, offset: int) -> None:
        """An output that needs the record at `offset` waits to be written; several may need the same record."""
        self._unwritten[offset] += 1

    def written(self, offset: int) -> None:
        """One output that held `offset` is in Kafka."""
        self._unwritten[offset] -= 1
        if self._unwritten[offset] <= 0:
            del self._unwritten[offset]

    def take(self, offset: int) -> None:
        """The record at `offset` was dealt with, but for the outputs that hold an offset."""
        self.position = offset + 1

    def open_offsets(self) -> Iterable[int]:
        """Offsets that a restart needs for another reason than an output that waits; for a subclass."""
        return ()

    def safe_offset(self) -> int | None:
        """Up to here a restart needs nothing again; null before the first record."""
        if self.position is None:
            return None
        # Kafka's committed offset is the next to be read: the smallest offset that is still needed, itself included.
        return min([self.position, *self._unwritten, *self.open_offsets()])


P = TypeVar("P", bound=PartitionProgress)


class SafeOffsets(Generic[P]):
    """The progress of every partition that this worker has. `begin` makes the progress of a new one.

    What is held for a partition belongs to one progress object: an output of a partition that went away and came back
    meanwhile can be told by `is_current`, and releases nothing of the new one.
    """

    def __init__(self, begin: Callable[[], P]) -> None:
        self._begin = begin
        self._progress: dict[TopicPartition, P] = {}

    def of(self, partition: TopicPartition) -> P:
        """Its progress, begun now where there is none."""
        if partition not in self._progress:
            self._progress[partition] = self._begin()
        return self._progress[partition]

    def is_current(self, partition: TopicPartition, progress: P) -> bool:
        """False once the partition was handed over, even if it has come back."""
        return self._progress.get(partition) is progress

    def items(self) -> list[tuple[TopicPartition, P]]:
        return list(self._progress.items())

    def __iter__(self) -> Iterator[P]:
        return iter(list(self._progress.values()))

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These went to another worker, which reads again what had not been committed."""
        for partition in partitions:
            self._progress.pop(partition, None)

    def due(self) -> dict[TopicPartition, int]:
        """The safe offset of each partition where it moved since the last commit."""
        safe = {partition: progress.safe_offset() for partition, progress in self._progress.items()}
        return {
            partition: offset
            for partition, offset in safe.items()
            if offset is not None and offset != self._progress[partition].committed
        }

    async def commit(self, consumer: AIOKafkaConsumer) -> None:
        """Commit what is due.

        A commit that Kafka refuses or does not answer costs nothing: the records are read again, here or elsewhere.
        """
        due = self.due()
        # The objects are looked up before the wait: a partition that comes back during it has a progress of its own,
        # which knows nothing of this commit.
        asked = {partition: self._progress[partition] for partition in due}
        if due and await commit(consumer, due):
            for partition, progress in asked.items():
                progress.committed = due[partition]
