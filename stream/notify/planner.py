"""An event of an alert to what is to be told about it: to whom, when, together with what. Pure: time is an argument."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from tonewatch.stream.messages import Alert, Delivery, DeliveryState, Notice, NoticeKind
from tonewatch.stream.notify.book import Book
from tonewatch.stream.notify.notices import is_handled, kind_of, notice_of
from tonewatch.stream.notify.quiet_hours import quiet_until_ms
from tonewatch.stream.notify.routes import Route, Routes
from tonewatch.stream.notify.withdrawal import is_withdrawal, withdrawn

MOST_WAITING = 1_000
"""Messages that may wait for one receiver; what comes beyond goes to the dead letters, and can be sent again."""

_QUIET_STEPS = 14
"""Quiet hours that follow each other: two a day of a week."""

QUEUE_FULL = "queue_full"

What = tuple[str, Route, str, int]
"""A route by its name, a target, and the step of the escalation."""


def plan(book: Book, routes: Routes, alert: Alert, now_ms: int) -> Iterator[Delivery]:
    """The deliveries that begin or change with an event; each is to be put into the book before the next is asked for.

    An event that was planned before, in part or whole, changes nothing but what is still missing.
    """
    if alert.seq < book.newest_seq(alert.alert_id):
        return
    if is_withdrawal(alert):
        yield from withdrawn(book, alert.call_id, now_ms)
    if is_handled(alert):
        yield from _cancelled(book, alert.alert_id, now_ms)
    for name, route, target in _concerned(book, routes, alert):
        told = book.told(target, alert.alert_id)
        kind = kind_of(alert, raised=told is not None and told[1].kind != "resolved")
        if kind is not None and _is_wanted(kind, route):
            yield from _missing(book, routes, (name, route, target, 0), alert, kind, now_ms)
    if not is_handled(alert):
        yield from _escalations(book, routes, alert, now_ms)


def _is_wanted(kind: NoticeKind, route: Route) -> bool:
    return kind == "raised" or (route.follow and (kind != "updated" or route.updates))


def _concerned(book: Book, routes: Routes, alert: Alert) -> list[tuple[str, Route, str]]:
    """One route a target: the one by which it was told of the alert, or else the first that leads there now."""
    found: dict[str, tuple[str, Route]] = {}
    for one in book.of_alert(alert.alert_id):
        # Who was told of the alert is told how it goes on, whatever its severity is by now.
        if (route := routes.file.routes.get(one.route)) is not None and book.told(one.target, alert.alert_id):
            found.setdefault(one.target, (one.route, route))
    for name, route in routes.of(alert):
        for target in route.to:
            found.setdefault(target, (name, route))
    return [(name, route, target) for target, (name, route) in found.items() if target in routes.file.targets]


def _escalations(book: Book, routes: Routes, alert: Alert, now_ms: int) -> Iterator[Delivery]:
    """The steps of each route of whose receivers one is told by this very event that the alert is open."""
    raised = {
        one.target
        for one in book.of_alert(alert.alert_id)
        for notice in one.notices
        if (notice.alert_id, notice.seq, notice.kind) == (alert.alert_id, alert.seq, "raised")
        and not one.step
        and one.state != "dropped"
    }
    for name, route in routes.of(alert):
        if raised.isdisjoint(route.to):
            continue
        for step, escalation in enumerate(route.escalate, 1):
            for target in escalation.to:
                if target in routes.file.targets:
                    yield from _missing(book, routes, (name, route, target, step), alert, "raised", now_ms)


def _missing(book: Book, routes: Routes, what: What, alert: Alert, kind: NoticeKind, now_ms: int) -> Iterator[Delivery]:
    """The delivery, unless it was planned before."""
    _name, route, target, step = what
    if (target, step, alert.alert_id, alert.seq) not in book.planned(alert.alert_id):
        yield _delivery(book, routes, what, notice_of(alert, kind, route.text), now_ms)


def _cancelled(book: Book, alert_id: str, now_ms: int) -> Iterator[Delivery]:
    """Steps of an escalation that nobody needs any more."""
    for one in book.of_alert(alert_id):
        if one.step and one.state == "waiting" and not one.attempts:
            yield ended(one, "cancelled", now_ms)


def ended(one: Delivery, state: DeliveryState, now_ms: int, *, reason: str = "", **more: str) -> Delivery:
    """A delivery to which nothing happens any more."""
    return msgspec.structs.replace(one, state=state, ended_at_ms=now_ms, reason=reason, **more)


def _delivery(book: Book, routes: Routes, what: What, notice: Notice, now_ms: int) -> Delivery:
    """A new delivery, or the one that waits for more of its kind with one notice more."""
    name, route, target, step = what
    due_ms, state = _due(route, notice, step, now_ms)
    group = ""
    if not step and routes.file.targets[target].is_grouped:
        group, due_ms = _group(book, what, notice, (now_ms, due_ms))
    if group and state == "waiting" and (joined := book.open_group(target, group, now_ms)) is not None:
        return msgspec.structs.replace(joined, notices=(*joined.notices, notice))
    made = Delivery(
        call_id=notice.call_id,
        delivery_id=_id(name, target, step, notice),
        target=target,
        route=name,
        state=state,
        notices=(notice,),
        group=group,
        step=step,
        planned_at_ms=now_ms,
        due_at_ms=due_ms,
        ended_at_ms=0 if state == "waiting" else now_ms,
    )
    if state == "waiting" and book.count_waiting(target) >= MOST_WAITING:
        return ended(made, "dead", now_ms, reason=QUEUE_FULL)
    return made


def _due(route: Route, notice: Notice, step: int, now_ms: int) -> tuple[int, DeliveryState]:
    """When it is due by the escalation and by quiet hours, or that it is dropped."""
    due_ms = now_ms
    if step:
        raised_ms = min(notice.emitted_at_ms or now_ms, now_ms)
        due_ms = max(now_ms, raised_ms + 1000 * route.escalate[step - 1].after_s)
    for _ in range(_QUIET_STEPS):
        found = quiet_until_ms(route.quiet_hours, due_ms)
        if found is None:
            return due_ms, "waiting"
        if found[1].what == "drop":
            return due_ms, "dropped"
        due_ms = found[0]
    return due_ms, "waiting"


def _group(book: Book, what: What, notice: Notice, when: tuple[int, int]) -> tuple[str, int]:
    """What a message has in common with others, and when it is due then."""
    name, route, target, _step = what
    now_ms, due_ms = when
    if due_ms > now_ms:
        return f"{name} quiet hours {notice.kind}", due_ms
    group = ""
    if route.group is not None:
        by = notice.call_id if route.group.by == "call" else notice.queue
        group = f"{name} {route.group.by} {notice.kind} {by}"[:500]
        due_ms += 1000 * route.group.within_s
        if book.open_group(target, group, now_ms) is not None:
            return group, due_ms
    if route.budget is not None and notice.kind == "raised":
        within_ms = 1000 * route.budget.within_s
        spent = book.since(target, name, now_ms - within_ms + 1)
        if len(spent) >= route.budget.messages:
            return f"{name} over budget", max(due_ms, spent[-route.budget.messages] + within_ms)
    return group, due_ms


def _id(route: str, target: str, step: int, notice: Notice) -> str:
    """The same whoever plans it, and whenever."""
    parts = "\0".join((route, target, str(step), notice.alert_id, str(notice.seq)))
    return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()
