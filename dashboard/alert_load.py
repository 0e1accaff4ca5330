"""How many alerts a supervisor was asked to look at within the last hour, and which are held back beyond what one can.

Pure: alerts, budgets and the time come in. It is decided here, in the board's server, for all its clients alike. It
changes what the live board asks for and nothing else: alerts go to their topic, archive and review desk as ever.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Budget:
    """What one supervisor can look at within an hour, 0 where there is no limit; and how many look after the queue."""

    alerts_an_hour: float = 0.0
    supervisors: int = 1

    @property
    def of_queue(self) -> int:
        """Alerts an hour of the whole queue; 0 where there is no limit."""
        return math.ceil(self.alerts_an_hour * self.supervisors)


@dataclass(frozen=True)
class Fired:
    """An alert that fired, as it is now. `at_ms` is wall clock; `is_touched`: somebody did something with it."""

    alert_id: str
    call_id: str
    queue: str
    team: str
    at_ms: int
    is_open: bool
    asks_to_act: bool
    is_touched: bool
    peak_tone: float


class QueueLoad(msgspec.Struct, frozen=True, kw_only=True):
    """Of one queue: what fired within the last hour, what of it supervisors were asked to look at, and what waits.

    `per_supervisor` is what was shown, by supervisor and hour. `budget` is of the whole queue, 0 where it has none.
    """

    queue: str
    alerts: int
    shown: int
    held: int
    supervisors: int
    per_supervisor: float
    budget: int


@dataclass(frozen=True)
class Load:
    """Of one moment: what fired within the last hour or is open; by alert id when supervisors were first asked to look
    at it (`shown`, wall clock), what is held back, and what was over before anybody was asked (`never`).
    """

    fired: tuple[Fired, ...] = ()
    shown: Mapping[str, int] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    def was_shown_lately(self, alert_id: str, now_ms: int) -> bool:
        return alert_id in self.shown and now_ms - self.shown[alert_id] < HOUR_MS


def weigh(fired: Iterable[Fired], budget_of: Callable[[str], Budget], before: Load, now_ms: int) -> Load:
    """`before` is the load of the moment before: what stands before a supervisor's eyes is never taken away.

    Never held back is what asks to act and what somebody did something with. Of the others the deepest comes first, of
    equal ones the oldest; what is held back comes up as soon as its hour has room again. An alert that was over before
    this process knew of it counts as shown. One that claims to have fired later than now fired when it was first seen.
    """
    passed = before.held | before.never
    known = tuple(one for one in _dated(fired, before, now_ms) if one.is_open or now_ms - one.at_ms < HOUR_MS)
    waiting: dict[str, list[Fired]] = defaultdict(list)
    spent: Counter[str] = Counter()
    shown: dict[str, int] = {}
    never: set[str] = set()
    for one in known:
        if not one.is_open and one.alert_id in passed and not one.asks_to_act:
            never.add(one.alert_id)
        elif one.asks_to_act or one.is_touched or not one.is_open or one.alert_id in before.shown:
            shown[one.alert_id] = before.shown.get(one.alert_id, one.at_ms)
            spent[one.queue] += now_ms - shown[one.alert_id] < HOUR_MS
        else:
            waiting[one.queue].append(one)
    held: set[str] = set()
    for queue, ones in waiting.items():
        most = budget_of(queue).of_queue
        room = max(0, most - spent[queue]) if most else len(ones)
        ranked = sorted(ones, key=lambda one: (one.peak_tone, one.at_ms, one.alert_id))
        # Without a limit they were shown as they fired, also by the server before this one.
        shown.update({one.alert_id: now_ms if most else one.at_ms for one in ranked[:room]})
        held.update(one.alert_id for one in ranked[room:])
    return Load(known, shown, frozenset(held), frozenset(never))


def _dated(fired: Iterable[Fired], before: Load, now_ms: int) -> Iterator[Fired]:
    """A call says itself when it began, so the times of its alerts may lie in the future, and would stay within the
    hour for as long: none is later than when it was first seen, and what was over by then counts for nothing."""
    first_ms = {one.alert_id: one.at_ms for one in before.fired}
    for one in fired:
        latest_ms = min(first_ms.get(one.alert_id, now_ms), now_ms)
        if one.at_ms <= latest_ms:
            yield one
        elif one.alert_id in first_ms or one.is_open or one.at_ms - now_ms < HOUR_MS:
            yield replace(one, at_ms=latest_ms)


def queue_loads(
    load: Load, budget_of: Callable[[str], Budget], now_ms: int, sees: Callable[[str, str], bool]
) -> list[QueueLoad]:
    """By queue, the most asked for first, of the calls whose queue and team somebody sees."""
    of_queue: dict[str, list[Fired]] = defaultdict(list)
    for one in load.fired:
        if sees(one.queue, one.team):
            of_queue[one.queue].append(one)
    rows = [_row(queue, ones, load, budget_of(queue), now_ms) for queue, ones in of_queue.items()]
    return sorted(rows, key=lambda row: (-row.per_supervisor, -row.alerts, row.queue))


def _row(queue: str, ones: list[Fired], load: Load, budget: Budget, now_ms: int) -> QueueLoad:
    of_hour = [one for one in ones if now_ms - one.at_ms < HOUR_MS]
    shown = sum(load.was_shown_lately(one.alert_id, now_ms) for one in ones)
    return QueueLoad(
        queue=queue,
        alerts=len(of_hour),
        shown=shown,
        held=sum(one.alert_id in load.held for one in ones),
        supervisors=budget.supervisors,
        per_supervisor=round(shown / budget.supervisors, 1),
        budget=budget.of_queue,
    )
