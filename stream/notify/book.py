"""What is known of deliveries: which are waiting, and what a receiver was told of an alert. No clock, no Kafka."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tonewatch.stream.messages import MOST_NOTICES, Delivery, Notice

Planned = tuple[str, int, str, int]
"""A target, the step of an escalation, an alert and the number of its event."""

_UNSAID = frozenset({"cancelled", "dropped"})

KEPT_MS = 7 * 24 * 3_600_000
"""As long as the topic keeps a delivery: what ended before is forgotten."""


class Book:
    """The newest record of each delivery."""

    def __init__(self, deliveries: Iterable[Delivery] = ()) -> None:
        self._all: dict[str, Delivery] = {}
        self._waiting: dict[str, dict[str, Delivery]] = defaultdict(dict)
        self._of_alert: dict[str, dict[str, Delivery]] = defaultdict(dict)
        self._gone: dict[str, Delivery] = {}
        for delivery in deliveries:
            self.put(delivery)

    def put(self, delivery: Delivery) -> None:
        """This is what is known of the delivery now."""
        self._unlink(delivery)
        self._all[delivery.delivery_id] = delivery
        if delivery.state == "waiting":
            self._waiting[delivery.target][delivery.delivery_id] = delivery
        else:
            self._waiting[delivery.target].pop(delivery.delivery_id, None)
        for notice in delivery.notices:
            self._of_alert[notice.alert_id][delivery.delivery_id] = delivery
        if delivery.address:
            self._gone[delivery.target] = delivery

    def drop(self, delivery_id: str) -> None:
        """Nothing is known of it any more."""
        known = self._all.pop(delivery_id)
        self._waiting[known.target].pop(delivery_id, None)
        for notice in known.notices:
            self._of_alert[notice.alert_id].pop(delivery_id, None)

    def get(self, delivery_id: str) -> Delivery | None:
        return self._all.get(delivery_id)

    def all(self) -> list[Delivery]:
        return list(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def targets(self) -> list[str]:
        """Those for whom something waits."""
        return [target for target, waiting in self._waiting.items() if waiting]

    def waiting(self, target: str) -> list[Delivery]:
        """What is to be told to a target, in the order in which it was planned."""
        return sorted(self._waiting[target].values(), key=order)

    def count_waiting(self, target: str) -> int:
        return len(self._waiting[target])

    def gone(self, target: str) -> str:
        """The hash of the address that said it is gone; empty where none did."""
        return found.address if (found := self._gone.get(target)) is not None else ""

    def why_gone(self, target: str) -> str:
        """By which answer it said so."""
        return found.reason if (found := self._gone.get(target)) is not None else ""

    def of_call(self, call_id: str) -> list[Delivery]:
        """Those that tell of a call, beside others or alone, in the order in which they were planned."""
        found = [one for one in self._all.values() if any(notice.call_id == call_id for notice in one.notices)]
        return sorted(found, key=order)

    def of_alert(self, alert_id: str) -> list[Delivery]:
        return sorted(self._of_alert.get(alert_id, {}).values(), key=order)

    def newest_seq(self, alert_id: str) -> int:
        """The number of the newest event of an alert that was planned for anybody; -1: none was."""
        return max((notice.seq for _, notice in self._notices(alert_id)), default=-1)

    def planned(self, alert_id: str) -> set[Planned]:
        """What was planned already for an alert, whatever became of it."""
        return {(one.target, one.step, notice.alert_id, notice.seq) for one, notice in self._notices(alert_id)}

    def told(self, target: str, alert_id: str) -> tuple[Delivery, Notice] | None:
        """The newest that a target was told, or is about to be told, of an alert; a later step is neither."""
        return max(
            ((one, notice) for one, notice in self._notices(alert_id) if one.target == target and not _is_unsaid(one)),
            key=lambda found: (found[1].seq, found[0].planned_at_ms),
            default=None,
        )

    def receipt_of(self, target: str, alert_id: str) -> Delivery | None:
        """The delivery by which a target was told that the alert is open, if that bears a receipt: the newest."""
        raised = [
            one
            for one, notice in self._notices(alert_id)
            if one.target == target and one.receipt and one.state == "delivered" and notice.kind == "raised"
        ]
        return max(raised, key=order, default=None)

    def open_group(self, target: str, group: str, now_ms: int) -> Delivery | None:
        """A message that waits for more of its kind: nobody has tried to send it yet, and its time has not come."""
        for one in self._waiting[target].values():
            is_open = one.group == group and not one.attempts and one.due_at_ms > now_ms
            if is_open and len(one.notices) < MOST_NOTICES:
                return one
        return None

    def since(self, target: str, route: str, at_ms: int) -> list[int]:
        """When messages of a route went, or will go, to a target from then on: those that tell of something new."""
        return sorted(
            max(one.due_at_ms, one.planned_at_ms)
            for one in self._all.values()
            if (one.target, one.route) == (target, route)
            and one.state not in _UNSAID
            and one.due_at_ms >= at_ms
            and one.notices[0].kind == "raised"
        )

    def forget(self, before_ms: int) -> None:
        """Deliveries that ended before then; alerts that are told of nowhere else go with them."""
        old = [one for one in self._all.values() if one.state != "waiting" and one.ended_at_ms < before_ms]
        for one in old:
            del self._all[one.delivery_id]
            for notice in one.notices:
                of = self._of_alert[notice.alert_id]
                of.pop(one.delivery_id, None)
                if not of:
                    self._of_alert.pop(notice.alert_id, None)

    def _unlink(self, delivery: Delivery) -> None:
        """It may tell of fewer alerts than it did."""
        known = self._all.get(delivery.delivery_id)
        if known is None or len(known.notices) <= len(delivery.notices):
            return
        for notice in known.notices:
            self._of_alert[notice.alert_id].pop(delivery.delivery_id, None)

    def _notices(self, alert_id: str) -> Iterator[tuple[Delivery, Notice]]:
        for one in self._of_alert.get(alert_id, {}).values():
            for notice in one.notices:
                if notice.alert_id == alert_id:
                    yield one, notice


def _is_unsaid(delivery: Delivery) -> bool:
    is_later = delivery.step > 0 and delivery.state == "waiting" and not delivery.attempts
    return is_later or delivery.state in _UNSAID


def order(delivery: Delivery) -> tuple[int, int, str]:
    """In which deliveries were planned."""
    return delivery.planned_at_ms, min(notice.seq for notice in delivery.notices), delivery.delivery_id
