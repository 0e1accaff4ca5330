"""Alerts in, deliveries kept, receivers told: what one notifier does while the alerts are its own.

Everything that is decided is written to the topic of deliveries before it counts. A delivery is sent by its receiver's
own courier, so that one receiver that is dead or slow holds up no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from tonewatch.stream.call_hash import hash_of, hash_of_mark
from tonewatch.stream.erased_calls import ErasedCalls
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.dead_letters import FAULTS
from tonewatch.stream.messages import Alert, Delivery, Notice
from tonewatch.stream.notify.backoff import wait_ms
from tonewatch.stream.notify.book import KEPT_MS, Book
from tonewatch.stream.notify.disabled import DISABLED, address_hash, why_disabled
from tonewatch.stream.notify.links import Links
from tonewatch.stream.notify.outcome import Delivered, Outcome, Receiver, Refused, Sending, TryAgain
from tonewatch.stream.notify.planner import ended, plan
from tonewatch.stream.notify.routes import AnyTarget, Routes, RoutesFile
from tonewatch.stream.notify.withdrawal import NOTICE_WITHDRAWN, is_withdrawal, tells, withdrawn
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import MARKS
from tonewatch.stream.withdrawn import Withdrawn

log = logging.getLogger(__name__)

IDLE_S = 1.0
"""A courier looks again after it, whatever it was told: clocks can be set."""

FORGET_EVERY_MS = 3_600_000
"""So often what is too old is let go: a notifier runs for months."""

GRACE_S = 5.0
"""What is being sent may end within it when the alerts go to another notifier."""


class Log(Protocol):
    """Where deliveries are kept."""

    async def write(self, delivery: Delivery) -> None:
        """Returns once it is durable."""

    async def erase(self, delivery_id: str) -> None:
        """A tombstone over all that was written of it."""

    async def bury(self, delivery: Delivery) -> None:
        """As `write`, and to the dead letters, from which it can be sent back."""


class Desk:
    """`now_ms` is wall clock, `draw` gives numbers in [0, 1), `make` the receiver of a target."""

    def __init__(
        self,
        log: Log,
        metrics: Metrics,
        *,
        make: Callable[[AnyTarget], Receiver],
        now_ms: Callable[[], int],
        draw: Callable[[], float],
        routes: Callable[[], Routes],
    ) -> None:
        self._log = log
        self._metrics = metrics
        self._make = make
        self._now_ms = now_ms
        self._draw = draw
        self._routes = routes
        self._book = Book()
        self._erased = ErasedCalls()
        self._marked = Withdrawn()
        self._forgot_at_ms = 0
        self._came_back: list[Delivery] = []
        self._lock = asyncio.Lock()
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self._sending: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._told: set[str] = set()

    @property
    def book(self) -> Book:
        return self._book

    def restore(self, deliveries: Iterable[Delivery]) -> None:
        """Begin with what an earlier notifier, or this one, left."""
        known = self._erased.split(deliveries)
        left = [(one, self._erased.without(one)) for one in known]
        self._book = Book(rest for _, rest in left if rest is not None)
        self._came_back = [one for one, rest in left if rest is not one]
        self._forget(self._now_ms())

    def mark(self, calls: Iterable[str]) -> None:
        """Of these, ids or hashes in their place, the notice was withdrawn, or they were erased: of an alert that is
        read late, or sent back, nothing is told but that it is over."""
        for given in calls:
            self._marked.add(given)

    async def forget_old(self) -> None:
        """Let go what is older than what it is kept for; to be called again and again."""
        now_ms = self._now_ms()
        if now_ms - self._forgot_at_ms >= FORGET_EVERY_MS:
            async with self._lock:
                self._forget(now_ms)

    def _forget(self, now_ms: int) -> None:
        self._forgot_at_ms = now_ms
        self._book.forget(now_ms - KEPT_MS)
        # As long as an alert of theirs may come.
        self._erased.forget(now_ms - MARKS.longest_ms)

    async def erase_again(self) -> None:
        """What was found of erased calls: somebody wrote it behind their erasure."""
        came_back, self._came_back = self._came_back, []
        for delivery in came_back:
            await self._erase_of(delivery)

    async def _erase_all(self) -> None:
        """What is known of erased calls: whoever erased did not see what was written, or sent back, meanwhile."""
        for delivery in self._book.all():
            if self._erased.without(delivery) is delivery:
                continue
            left = await self._erase_of(delivery)
            if left is None:
                self._book.drop(delivery.delivery_id)
            else:
                self._book.put(left)

    async def _erase_of(self, delivery: Delivery) -> Delivery | None:
        """Over what lies in the topic, what is left of it; null where that is nothing."""
        log.info(
            "Is told to nobody: the call was erased, or its notice withdrawn",
            extra={"delivery_id": delivery.delivery_id},
        )
        left = self._tellable(delivery)
        if left is None:
            await self._log.erase(delivery.delivery_id)
        else:
            await self._log.write(left)
        return left

    def _tellable(self, delivery: Delivery) -> Delivery | None:
        """What may still be told of it: the same object where that is all, null where it is nothing."""
        left = self._erased.without(delivery)
        if left is None or not any(self._is_told_too_much(notice) for notice in left.notices):
            return left
        notices = tuple(notice for notice in left.notices if not self._is_told_too_much(notice))
        return msgspec.structs.replace(left, notices=notices, call_id=notices[0].call_id) if notices else None

    def _is_told_too_much(self, notice: Notice) -> bool:
        return tells(notice, notice.call_id) and notice.call_id in self._marked

    async def take(self, alert: Alert) -> None:
        """Plan what an event of an alert asks for; once this returns, nothing of it needs the event again."""
        async with self._lock:
            # Asked inside: an erasure that has the lock is done with what was planned, and must find no more.
            if self._is_untellable(alert):
                return
            # Each is kept before the next is decided: a crash in between leaves a beginning of the same plan.
            for delivery in plan(self._book, self._routes(), alert, self._now_ms()):
                await self._keep(delivery)
        self._wake.set()

    def _is_untellable(self, alert: Alert) -> bool:
        """Was its call erased, or its notice withdrawn? That the latter is over is told to whoever knows of it."""
        return alert.call_id in self._erased or (alert.call_id in self._marked and not is_withdrawal(alert))

    async def take_back(self, delivery: Delivery, *, again: bool = False) -> None:
        """A dead letter that somebody sent again; `again`: to be told once more, if it was delivered since."""
        async with self._lock:
            known = self._book.get(delivery.delivery_id)
            if known is not None and known.state == "delivered" and not again:
                await self.write_anew([known])
                return
            if known is not None and known.reason == NOTICE_WITHDRAWN:
                log.info("Is told to nobody: the notice was withdrawn", extra={"delivery_id": delivery.delivery_id})
                await self._log.write(known)
                return
            if self._tellable(delivery) is not delivery:
                left = await self._erase_of(delivery)
                if left is None:
                    return
                delivery = left
            self._book.put(delivery)
        self._wake.set()

    async def erase(self, delivery_id: str, call_hash: str | None) -> None:
        """A delivery was erased, or of a message about several calls what it tells of one: it is told to nobody."""
        async with self._lock:
            if call_hash:
                self._erased.add(call_hash, self._now_ms())
            if hash_of_mark(delivery_id) is not None:
                await self._erase_all()
                return
            known = self._book.get(delivery_id)
            if known is None:
                return
            left = tuple(notice for notice in known.notices if call_hash and hash_of(notice.call_id) != call_hash)
            if not left:
                self._book.drop(delivery_id)
                # Ours may lie behind the tombstone: we did not know of it.
                await self._log.erase(delivery_id)
            elif len(left) < len(known.notices):
                known = msgspec.structs.replace(known, notices=left, call_id=left[0].call_id)
                await self._log.write(known)
                self._book.put(known)

    async def write_anew(self, delivered: Iterable[Delivery]) -> None:
        """Behind the replay of a dead letter, which compaction would leave alone otherwise."""
        for delivery in delivered:
            log.info("Was delivered since", extra={"target": delivery.target, "delivery_id": delivery.delivery_id})
            await self._log.write(delivery)

    async def _keep(self, delivery: Delivery) -> None:
        if delivery.state == "dead":
            await self._log.bury(delivery)
        else:
            await self._log.write(delivery)
        known = self._book.get(delivery.delivery_id)
        self._book.put(delivery)
        if known is None or known.state != delivery.state or known.attempts != delivery.attempts:
            self._count(delivery)

    def _count(self, delivery: Delivery) -> None:
        outcome: str = delivery.state
        if outcome == "waiting":
            is_held = delivery.due_at_ms > delivery.planned_at_ms
            outcome = "retried" if delivery.attempts else "held" if is_held else "planned"
        self._metrics.notifications.labels(target=delivery.target, outcome=outcome).inc()
        self._told.add(delivery.target)
        for target in self._told:
            self._metrics.notifications_waiting.labels(target=target).set(self._book.count_waiting(target))

    # Sending

    def start(self) -> None:
        """Let couriers go, one a receiver for whom something waits, now or later; to be called again and again."""
        self._tell_disabled()
        for target in {*self._routes().file.targets, *self._book.targets()}:
            if (courier := self._couriers.get(target)) is not None and courier.done():
                courier.result()  # It ends by an error only, which is ours.
            if courier is None:
                self._couriers[target] = asyncio.create_task(self._run(target), name=f"courier {target}")

    def _tell_disabled(self) -> None:
        """Keep /ready's warnings of receivers to which nothing is sent until somebody does something."""
        for name, target in self._routes().file.targets.items():
            if why := why_disabled(self._book, name, target, self._make):
                self._metrics.health.warn(f"target {name} is gone", why)
            else:
                self._metrics.health.mended(f"target {name} is gone")

    async def stop(self) -> None:
        """What is being sent may end; what waits, waits."""
        tasks = [*self._couriers.values()]
        self._couriers = {}
        idle = [task for task in tasks if task.get_name().removeprefix("courier ") not in self._sending]
        for task in idle:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, target: str) -> None:
        while self._couriers.get(target) is asyncio.current_task():
            if not await self.send_next(target):
                await self._until_woken()

    async def _until_woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), IDLE_S)
        self._wake.clear()

    async def work_off(self) -> None:
        """Everything that is due now, receiver after receiver."""
        for target in self._book.targets():
            while await self.send_next(target):
                pass

    async def send_next(self, target: str) -> bool:
        """Try the first delivery that is due; false where none is."""
        async with self._lock:
            delivery = self._first_due(target)
            if delivery is None:
                return False
            if untellable := {notice.call_id for notice in delivery.notices if self._is_told_too_much(notice)}:
                # Marked since it was planned, and no monitor said so: what is left of it, if anything, comes next.
                for call_id in untellable:
                    for ended in list(withdrawn(self._book, call_id, self._now_ms())):
                        await self._keep(ended)
                return True
            # From here on nothing joins its message: `attempts` is counted before the try.
            tried_at_ms = delivery.tried_at_ms or self._now_ms()
            delivery = msgspec.structs.replace(delivery, attempts=delivery.attempts + 1, tried_at_ms=tried_at_ms)
            self._book.put(delivery)
            self._sending[target] = delivery.delivery_id
        try:
            outcome = await self._try(delivery)
            async with self._lock:
                if self._book.get(delivery.delivery_id) is not None:  # else it was erased on its way
                    await self._keep(self._after(delivery, outcome))
        finally:
            self._sending.pop(target, None)
        return True

    def _first_due(self, target: str) -> Delivery | None:
        now_ms = self._now_ms()
        before: set[str] = set()
        for one in self._book.waiting(target):
            alerts = {notice.alert_id for notice in one.notices}
            if one.due_at_ms <= now_ms and before.isdisjoint(alerts):
                return one
            # What an alert did later is told after what it did before; a later step of an escalation holds up nothing.
            if not one.step or one.attempts:
                before |= alerts
        return None

    async def _try(self, delivery: Delivery) -> Outcome:
        target = self._routes().file.targets.get(delivery.target)
        if target is None:
            return Refused("no_such_target")
        receiver = self._make(target)
        try:
            if self._book.gone(delivery.target) == address_hash(receiver, target):
                return Refused(DISABLED)
            with self._metrics.stage_seconds.labels(stage="notify").time():
                return await receiver.tell(self._sending_of(delivery))
        except SettingsError as error:
            self._metrics.health.warn(f"target {delivery.target}", str(error))
            return TryAgain("settings")
        except FAULTS:
            log.exception("A message could not be made", extra={"target": delivery.target})
            return Refused("failed")

    def _sending_of(self, delivery: Delivery) -> Sending:
        links = links_of(self._routes().file)
        opened = self._book.receipt_of(delivery.target, delivery.notices[0].alert_id)
        return Sending(delivery, links, self._now_ms(), opened)

    def _after(self, delivery: Delivery, outcome: Outcome) -> Delivery:
        now_ms = self._now_ms()
        known = self._book.get(delivery.delivery_id) or delivery
        if known.reason == NOTICE_WITHDRAWN and not isinstance(outcome, Delivered):
            return known  # withdrawn while it was on its way
        target = self._routes().file.targets.get(delivery.target)
        up = self._metrics.notification_target_up.labels(target=delivery.target)
        up.set(1 if isinstance(outcome, Delivered) else 0)
        extra = {"target": delivery.target, "delivery_id": delivery.delivery_id, "attempts": delivery.attempts}
        match outcome:
            case Delivered(receipt):
                return ended(known, "delivered", now_ms, receipt=receipt[:500])
            case Refused(reason, is_gone):
                # Of one that is disabled /ready and the log said so once: it was sent nothing that it could refuse.
                what = "Not sent: its receiver is disabled" if reason == DISABLED else "A receiver refuses a message"
                log.warning(what, extra={**extra, "reason": reason})
                address = address_hash(self._make(target), target) if is_gone and target is not None else ""
                return ended(known, "dead", now_ms, reason=reason, address=address)
            case TryAgain(reason, asked_ms):
                self._metrics.retries.labels(of="notify").inc()
                log.warning("A message was not taken; trying again", extra={**extra, "reason": reason})
                give_up_s = target.give_up_after_s if target is not None else 0
                next_ms = now_ms + wait_ms(delivery.attempts, self._draw, asked_ms=asked_ms)
                if next_ms - known.tried_at_ms > 1000 * give_up_s:
                    return ended(known, "dead", now_ms, reason=reason)
                return msgspec.structs.replace(known, due_at_ms=next_ms, reason=reason)


def links_of(file: RoutesFile) -> Links:
    """
    Raises:
        SettingsError: the secret is not there.
    """
    said = file.acknowledge
    return Links(
        board=file.board,
        url=said.url,
        secret=said.secret.read() if said.secret is not None else "",
        valid_s=said.valid_s,
        has_buttons=said.slack_signing_secret is not None,
    )
