from __future__ import annotations

from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tonewatch.stream.kafka.offsets import PartitionProgress, SafeOffsets

ONE, OTHER = TopicPartition("t", 0), TopicPartition("t", 1)


class Consumer:
    """Takes commits, or refuses them."""

    def __init__(self) -> None:
        self.commits: list[dict[TopicPartition, int]] = []
        self.refuses = False

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.refuses:
            raise CommitFailedError
        self.commits.append(offsets)


class Worker(RuleBasedStateMachine):
    """A worker that takes records in order, owes up to three outputs for each, writes them in any order, and dies."""

    def __init__(self) -> None:
        super().__init__()
        self.begin(0)
        self.committed = 0
        self.written: set[int] = set()

    def begin(self, offset: int) -> None:
        self.progress = PartitionProgress(offset)
        self.next = offset
        self.owed: list[int] = []

    @rule(outputs=st.integers(0, 3), back=st.integers(0, 2))
    def take(self, outputs: int, back: int) -> None:
        """A record whose outputs need the records up to `back` before it too."""
        for _ in range(outputs):
            needs = max(self.committed, self.next - back)
            self.progress.hold(needs)
            self.owed.append(needs)
        self.written |= set() if outputs else {self.next}
        self.progress.take(self.next)
        self.next += 1

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def write(self, data: Any) -> None:
        self.progress.written(self.owed.pop(data.draw(st.integers(0, len(self.owed) - 1))))

    @rule()
    def commit(self) -> None:
        safe = self.progress.safe_offset()
        assert safe is not None and safe >= self.committed
        self.committed = safe

    @rule()
    def die(self) -> None:
        self.begin(self.committed)

    @invariant()
    def nothing_unwritten_is_passed(self) -> None:
        safe = self.progress.safe_offset()
        assert safe is not None and all(safe <= offset for offset in self.owed)
        assert safe == min([self.next, *self.owed])


Worker.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_no_commit_passes_what_is_not_written = Worker.TestCase


def test_nothing_is_safe_before_the_first_record() -> None:
    progress = PartitionProgress()
    progress.hold(3)
    assert progress.safe_offset() is None


async def test_only_what_moved_is_committed_and_a_refused_commit_is_asked_again() -> None:
    partitions, consumer = SafeOffsets(PartitionProgress), Consumer()
    partitions.of(ONE).take(4)
    partitions.of(OTHER)
    await partitions.commit(consumer)
    await partitions.commit(consumer)
    partitions.of(OTHER).take(8)
    consumer.refuses = True
    await partitions.commit(consumer)
    consumer.refuses = False
    await partitions.commit(consumer)
    assert consumer.commits == [{ONE: 5}, {OTHER: 9}]


async def test_a_partition_that_came_back_during_a_commit_knows_nothing_of_it() -> None:
    partitions = SafeOffsets(PartitionProgress)
    partitions.of(ONE).take(4)

    class Rebalancing(Consumer):
        async def commit(self, offsets: dict[TopicPartition, int]) -> None:
            await super().commit(offsets)
            partitions.forget([ONE])
            partitions.of(ONE).take(1)

    await partitions.commit(Rebalancing())
    assert partitions.due() == {ONE: 2}


def test_an_output_of_an_earlier_assignment_releases_nothing_of_the_new_one() -> None:
    partitions = SafeOffsets(PartitionProgress)
    earlier = partitions.of(ONE)
    earlier.hold(7)
    partitions.forget([ONE])
    partitions.of(ONE).hold(7)
    partitions.of(ONE).take(7)
    assert not partitions.is_current(ONE, earlier)
    earlier.written(7)
    assert partitions.due() == {ONE: 7}
