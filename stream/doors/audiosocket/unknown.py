"""Connections that have not said whose leg they carry: bounded, without shutting out those that come after them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(eq=False)
class Unknown(Generic[T]):
    """`most_of_address`, `most`: connections of one address, and of all, that may be unknown at once."""

    most_of_address: int
    most: int
    _of: dict[str, dict[T, None]] = field(default_factory=dict)
    _count: int = 0

    def __len__(self) -> int:
        return self._count

    def add(self, address: str, one: T) -> T | None:
        """Returns the connection that is to be put out for it: an oldest one, null where there is room.

        It is one of the address's own where that has as many as it may, else of the address that has most.
        """
        put_out: T | None = None
        if len(self._of.get(address, ())) >= self.most_of_address:
            put_out = self._drop_oldest(address)
        elif self._count >= self.most:
            put_out = self._drop_oldest(max(self._of, key=lambda of: len(self._of[of])))
        self._of.setdefault(address, {})[one] = None
        self._count += 1
        return put_out

    def discard(self, address: str, one: T) -> None:
        """It said its UUID, or is gone; once is enough."""
        known = self._of.get(address, {})
        if one not in known:
            return
        del known[one]
        self._count -= 1
        if not known:
            del self._of[address]

    def _drop_oldest(self, address: str) -> T:
        oldest = next(iter(self._of[address]))
        self.discard(address, oldest)
        return oldest
