"""Queue of moments that wait for a reason: bounded, and of each alert the newest first."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(Generic[T]):
    """Items under a key (the alert). The key that has waited longest is served next, with its newest item.

    When more than `capacity` items wait, one is left out: the oldest that a newer one of its own key has overtaken,
    else the oldest of all. A capacity under 1 counts as 1.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = max(1, capacity)
        self._waiting: OrderedDict[str, list[T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def offer(self, key: str, item: T) -> list[T]:
        """Add an item; returns those that were left out for it."""
        self._waiting.setdefault(key, []).append(item)
        return [self._leave_out() for _ in range(len(self) - self._capacity)]

    def take(self) -> T | None:
        """The next item; its key goes to the end of the queue if more of its items wait."""
        if not self._waiting:
            return None
        key, items = self._waiting.popitem(last=False)
        newest = items.pop()
        if items:
            self._waiting[key] = items
        return newest

    def clear(self) -> list[T]:
        """Empty the queue; returns its items."""
        items = [item for waiting in self._waiting.values() for item in waiting]
        self._waiting.clear()
        return items

    def _leave_out(self) -> T:
        # An older moment of an alert says nothing that its newer one does not.
        overtaken = next((key for key, items in self._waiting.items() if len(items) > 1), None)
        key = overtaken if overtaken is not None else next(iter(self._waiting))
        item = self._waiting[key].pop(0)
        if not self._waiting[key]:
            del self._waiting[key]
        return item
