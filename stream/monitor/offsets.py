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
    next: int
    holes_are_normal: bool
    taken_any: bool = False
    asked_again: bool = False


class NextOffsets:
    """The partitions that are being read, by any name. One that has not begun is not read."""

    def __init__(self) -> None:
        self._next: dict[Hashable, _NextOffset] = {}

    def begin(self, partition: Hashable, offset: int, *, holes_are_normal: bool = False) -> None:
        """The next record is the one at `offset`, or the first behind it where there is none.

        `holes_are_usual`, in a compacted topic: only the first hole is asked about, a skipped beginning.
        """
        self._next[partition] = _NextOffset(max(0, offset), holes_are_normal)

    def end(self, partitions: Iterable[Hashable]) -> None:
        """These are not read any more."""
        for partition in partitions:
            self._next.pop(partition, None)

    def next(self, partition: Hashable) -> int | None:
        """The offset that the next record should have; null where nothing has begun."""
        place = self._next.get(partition)
        return place.next if place else None

    def came(self, partition: Hashable, offset: int) -> Verdict:
        """A record came. `leave` it: it was taken before, or nobody knows yet where to begin. `again`: leave it, and
        all behind it, and read from `next` again."""
        place = self._next.get(partition)
        if place is None or offset < place.next:
            return "leave"
        skipped = offset > place.next and not (place.holes_are_normal and place.taken_any)
        if skipped and not place.asked_again:
            place.asked_again = True
            return "again"
        place.next, place.taken_any, place.asked_again = offset + 1, True, False
        return "take"
