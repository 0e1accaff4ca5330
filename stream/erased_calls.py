"""Calls that were erased, as what is told outside must know them: nothing of theirs is sent, nor sent back.

An erasure leaves a delivery that tells nothing, under a hash of the call's id, in the topic of deliveries: whoever
follows that topic learns of it at once, and a notifier of a former release passes over it. For as long as anything of
the call can come the hash lies in the topic of marks (`stream/kafka/withdrawals.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from tonewatch.stream.call_hash import erased_id, hash_of, hash_of_mark
from tonewatch.stream.messages import Delivery


def mark(call_id: str, at_ms: int) -> Delivery:
    """What is left under `erased_id` in the topic of deliveries."""
    name = erased_id(call_id)
    return Delivery(
        call_id=name,
        delivery_id=name,
        target="",
        route="",
        state="cancelled",
        notices=(),
        planned_at_ms=at_ms,
        due_at_ms=at_ms,
        ended_at_ms=at_ms,
        reason="erased",
    )


ERASED_REMEMBERED: Final = 100_000
"""Of more the oldest are forgotten: 100,000 erasures in a month are more than any house makes."""


class ErasedCalls:
    """Their hashes, each with the time (ms since 1970) at which it was learned; at most `most`."""

    def __init__(self, most: int = ERASED_REMEMBERED) -> None:
        self._most = most
        # In the order in which they were learned.
        self._known: dict[str, int] = {}

    def add(self, call_hash: str, at_ms: int) -> None:
        self._known[call_hash] = max(at_ms, self._known.get(call_hash, 0))
        if len(self._known) > self._most:
            for one in list(islice(self._known, max(1, self._most // 100))):
                del self._known[one]

    def forget(self, before_ms: int) -> None:
        self._known = {name: at_ms for name, at_ms in self._known.items() if at_ms >= before_ms}

    def __contains__(self, call_id: str) -> bool:
        return bool(self._known) and hash_of(call_id) in self._known

    def __len__(self) -> int:
        return len(self._known)

    def split(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """All but the marks among them, which are taken note of."""
        others = []
        for one in deliveries:
            if (call_hash := hash_of_mark(one.delivery_id)) is None:
                others.append(one)
            else:
                self.add(call_hash, one.ended_at_ms)
        return others

    def without(self, delivery: Delivery) -> Delivery | None:
        """The same object where it tells of none of them; null where it tells of nothing else."""
        left = tuple(notice for notice in delivery.notices if notice.call_id not in self)
        if len(left) == len(delivery.notices):
            return delivery
        return msgspec.structs.replace(delivery, notices=left, call_id=left[0].call_id) if left else None
