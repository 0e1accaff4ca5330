"""What a listener keeps for one partition: its calls, what is not written yet, and how far it has come."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from tonewatch.workers.listen.call import Call

ENDED_REMEMBERED = 10_000


@dataclass(eq=False)
class PartitionState:
    """One partition for as long as it is this listener's; after a rebalance a new one begins.

    `position` is the offset after the last record taken, `committed` what Kafka was told last; null before the first.
    `quiet_s` is a clock that runs only while the partition is read up to its end: calls are silent by it.
    """

    calls: dict[str, Call] = field(default_factory=dict)
    position: int | None = None
    committed: int | None = None
    quiet_s: float = 0.0
    _unwritten: Counter[int] = field(default_factory=Counter)
    _ended: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def queued(self, offset: int) -> None:
        """Something that rests on the record at `offset` waits to be written."""
        self._unwritten[offset] += 1

    def written(self, offset: int) -> None:
        """It was."""
        self._unwritten[offset] -= 1
        if self._unwritten[offset] <= 0:
            del self._unwritten[offset]

    def safe_offset(self) -> int | None:
        """Up to here a restart needs nothing again; null before the first record."""
        if self.position is None:
            return None
        held = [call.oldest_open_offset() for call in self.calls.values()]
        return min([self.position, *self._unwritten, *(offset for offset in held if offset is not None)])

    def has_ended(self, call_id: str) -> bool:
        return call_id in self._ended

    def begins_again(self, call_id: str) -> None:
        self._ended.pop(call_id, None)

    def ended(self, call_id: str) -> None:
        """Remember the end, so that what comes after it is refused; the oldest of very many are forgotten."""
        self._ended[call_id] = None
        while len(self._ended) > ENDED_REMEMBERED:
            self._ended.popitem(last=False)

    def silent_calls(self, longer_than_s: float) -> list[Call]:
        return [call for call in self.calls.values() if call.last_seen_s < self.quiet_s - longer_than_s]
