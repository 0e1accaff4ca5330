"""Where the next record of each partition must lie: no record is taken before the one in front of it.

A consumer that is told to go back to an offset while a fetch is under way can still be given what lies behind it. What
was skipped then looks like a hole, and Kafka has real holes too: retention, compaction, the ends of transactions. The
difference is found by asking: the first time, the partition is to be read again from where the hole begins; a hole that
is there again is Kafka's own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["take", "leave", "again"]


@dataclass
class _NextOffset:
    """`taken_any`: a record was taken since the beginning. `asked_again`: the hole before `next` was asked about."""

    next: int
    holes_are_normal: bool
    taken_any: bool = False
    asked_again: bool = False


class NextOffsets:
    """The next offset of each partition that is being read, by any name. One that has not begun is not read."""

    def __init__(self) -> None:
        self._next: dict[Hashable, _NextOffset] = {}

    def begin(self, partition: Hashable, offset: int, *, holes_are_normal: bool = False) -> None:
        """The next record is the one at `offset`, or the first behind it where there is none.

        `holes_are_normal`, in a compacted topic: only the first hole is asked about, a skipped beginning.
        """
        # Faust says -1 of a partition without a record to go back to.
        self._next[partition] = _NextOffset(max(0, offset), holes_are_normal)

    def end(self, partitions: Iterable[Hashable]) -> None:
        """These are not read any more."""
        for partition in partitions:
            self._next.pop(partition, None)

    def next(self, partition: Hashable) -> int | None:
        """The offset that the next record should have; null where nothing has begun."""
        expected = self._next.get(partition)
        return expected.next if expected else None

    def came(self, partition: Hashable, offset: int) -> Verdict:
        """What to do with a record that came.

        take   it is the next one
        leave  it was taken before, or it is not known yet where the partition begins
        again  leave it and all behind it, and read from `next` again
        """
        expected = self._next.get(partition)
        # Before `begin` nothing may be taken: the committed offset is not known yet, and a record that is taken now
        # would make every one in front of it look as if it had been taken before.
        if expected is None or offset < expected.next:
            return "leave"
        # Compaction leaves a hole after almost every record of a changelog; asking about each would read it twice.
        skipped = offset > expected.next and not (expected.holes_are_normal and expected.taken_any)
        # Invariant: a hole is asked about once. `asked_again` falls only when a record is taken, so a hole that is
        # there at the second reading is Kafka's own, and reading cannot go round in circles.
        if skipped and not expected.asked_again:
            expected.asked_again = True
            return "again"
        expected.next, expected.taken_any, expected.asked_again = offset + 1, True, False
        return "take"
