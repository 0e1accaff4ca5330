"""What a file of routes says, in words, and what in it can have no effect though it fits. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from tonewatch.stream.notify.routes import QuietHours, Route, RoutesFile
from tonewatch.stream.yaml_tree import Place

_WEEK = 7


def warnings_of(file: RoutesFile) -> Iterator[tuple[Place, str]]:
    """Where something is in the file that never happens, and why."""
    named = {target for route in file.routes.values() for target in _targets(route)}
    for target in file.targets:
        if target not in named:
            yield ("targets", target), "no route leads to it: it is told of nothing"
    for name, route in file.routes.items():
        yield from _shadowed(file, name, route)
        for index, quiet in enumerate(route.quiet_hours):
            if quiet.begin == quiet.until:
                place = ("routes", name, "quiet_hours", str(index))
                yield place, f"`begin` and `until` are both {quiet.begin}: these quiet hours last a whole day"


def _targets(route: Route) -> set[str]:
    return {*route.to, *(target for step in route.escalate for target in step.to)}


def _shadowed(file: RoutesFile, name: str, route: Route) -> Iterator[tuple[Place, str]]:
    """Receivers that are told of each alert of the route by one before it: of an alert the first route counts."""
    by: dict[str, list[str]] = {}
    for target in dict.fromkeys(route.to):
        first = next((one for one in _before(file, name) if _takes_all(file, file.routes[one], route, target)), None)
        if first is not None:
            by.setdefault(first, []).append(target)
    never = sum(map(len, by.values())) == len(set(route.to))
    for first, targets in by.items():
        what = "never tells anybody at first" if never else f"never tells {', '.join(targets)}"
        then = "; its `escalate` holds all the same" if never and route.escalate else ""
        why = f"the route `{first}` before it takes all its alerts to {', '.join(targets)}"
        yield ("routes", name), f"{what}: {why}{then}; put it before `{first}`, or narrow that one"


def _before(file: RoutesFile, name: str) -> list[str]:
    names = list(file.routes)
    return names[: names.index(name)]


def _takes_all(file: RoutesFile, first: Route, route: Route, target: str) -> bool:
    return (
        target in first.to
        and set(route.severities) <= set(first.severities)
        and _covers(first.rules, route.rules)
        and _covers(queues_of(file, first), queues_of(file, route))
    )


def queues_of(file: RoutesFile, route: Route) -> tuple[str, ...]:
    """Patterns of the route's own queues and its teams'; none: every queue."""
    return (*route.queues, *(queue for team in route.teams for queue in file.teams[team].queues))


def _covers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Does each name that fits `narrow` fit `wide`? No pattern: all names. False where that cannot be told."""
    return not wide or (bool(narrow) and all(any(_is_within(one, other) for other in wide) for one in narrow))


def _is_within(one: str, other: str) -> bool:
    """A pattern is within another that has no wildcard but `*` exactly where it fits as a text: `*` fits its signs."""
    is_plain = not set(one) & set("*?[") or not set(other) & set("?[")
    return one == other or (is_plain and fnmatchcase(one, other))


def told(file: RoutesFile) -> Iterator[str]:
    """The file's targets and routes, line by line; of a route all that it says."""
    for name, target in file.targets.items():
        yield f"target {name}: {type(target).__name__.removesuffix('Target').lower()}"
    for name, route in file.routes.items():
        yield f"route {name}: {', '.join(route.to)}; text: {route.text}"
        yield from (f"    {what}" for what in _about(file, route))


def _about(file: RoutesFile, route: Route) -> Iterator[str]:
    queues = ", ".join(queues_of(file, route)) or "all"
    severities = ", ".join(route.severities)
    yield f"queues: {queues}; severities: {severities}; rules: {', '.join(route.rules) or 'all'}"
    yield f"how it goes on: {_followed(route)}"
    if route.group is not None:
        yield f"group: alerts of one {route.group.by} within {route.group.within_s} s"
    for quiet in route.quiet_hours:
        yield f"quiet hours: {_quiet(quiet)}"
    for number, step in enumerate(route.escalate, 1):
        yield f"escalation {number}: after {step.after_s} s {', '.join(step.to)}"
    if route.budget is not None:
        yield f"budget: {route.budget.messages} messages to each within {route.budget.within_s} s"


def _followed(route: Route) -> str:
    if not route.follow:
        return "not told"
    return "who took it, its end, each change" if route.updates else "who took it, its end"


def _quiet(quiet: QuietHours) -> str:
    days = "every day" if len(set(quiet.days)) == _WEEK else ", ".join(quiet.days)
    return f"{quiet.begin} to {quiet.until} {quiet.time_zone}, {days}: {'held' if quiet.what == 'hold' else 'dropped'}"
