"""What a file of routes says without effect is told, and nothing else."""

from __future__ import annotations

import pytest

from tonewatch.stream.notify.routes_file import parse
from tonewatch.stream.notify.routes_review import told, warnings_of

TARGETS = """version: 1
targets:
  a: {kind: webhook, url: 'https://a.example/x', secrets: [{env: A}]}
  b: {kind: webhook, url: 'https://b.example/x', secrets: [{env: A}]}
teams: {north: {queues: [billing, "cards-*"]}}
routes:
"""


def warned(routes: str) -> list[tuple[str, str]]:
    return [(".".join(place), why) for place, why in warnings_of(parse(TARGETS + routes).file)]


def test_a_target_to_which_no_route_leads_is_warned_of() -> None:
    assert [place for place, _ in warned("  all: {to: [a]}\n")] == ["targets.b"]
    assert warned("  all: {to: [a], escalate: [{after_s: 60, to: [b]}]}\n") == []


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("to: [a, b]", "to: [a, b], queues: [billing]"),
        ("to: [a, b], queues: ['car*', bill*]", "to: [b, a], teams: [north], severities: [act]"),
        ("to: [a, b], rules: [anger]", "to: [a, b], rules: [anger]"),
    ],
)
def test_a_route_whose_alerts_are_all_told_by_one_before_it_is_warned_of(first: str, then: str) -> None:
    ((place, why),) = warned(f"  one: {{{first}}}\n  two: {{{then}}}\n")
    assert place == "routes.two" and why.startswith("never tells anybody") and "`one`" in why
    assert warned(f"  two: {{{then}}}\n  one: {{{first}}}\n") == [] or first.partition(",")[2] == then.partition(",")[2]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("to: [a], queues: [billing]", "to: [a, b]"),
        ("to: [a, b], severities: [act]", "to: [a, b]"),
        ("to: [a, b], queues: ['cards-?']", "to: [a, b], teams: [north]"),
        ("to: [a], rules: [anger]", "to: [a, b], rules: ['*']"),
    ],
)
def test_a_route_that_has_alerts_of_its_own_is_not(first: str, then: str) -> None:
    assert warned(f"  one: {{{first}}}\n  two: {{{then}}}\n") == []


def test_of_a_route_that_tells_only_some_the_others_are_named() -> None:
    ((_, why),) = warned("  one: {to: [a]}\n  two: {to: [a, b]}\n")
    assert why.startswith("never tells a: ")


def test_an_escalation_behind_a_route_without_one_holds_and_is_said_to() -> None:
    ((_, why),) = warned("  one: {to: [a]}\n  two: {to: [a], escalate: [{after_s: 60, to: [b]}]}\n")
    assert "`escalate` holds" in why


def test_quiet_hours_that_end_when_they_begin_are_a_day() -> None:
    quiet = "{time_zone: Europe/Berlin, begin: '22:00', until: '22:00'}"
    ((place, why),) = warned(f"  all: {{to: [a, b], quiet_hours: [{quiet}]}}\n")
    assert place == "routes.all.quiet_hours.0" and "whole day" in why


def test_all_that_a_route_says_is_told() -> None:
    quiet = "{time_zone: Europe/Berlin, begin: '20:00', until: '07:00', days: [sat, sun], what: drop}"
    route = (
        "  all: {to: [a], teams: [north], severities: [act], rules: [anger], text: none, updates: true, "
        f"group: {{by: call, within_s: 9}}, quiet_hours: [{quiet}], escalate: [{{after_s: 60, to: [b]}}], "
        "budget: {messages: 5, within_s: 77}}\n"
    )
    said = "\n".join(told(parse(TARGETS + route).file))
    for part in (
        "route all: a; text: none",
        "queues: billing, cards-*; severities: act; rules: anger",
        "each change",
        "one call within 9 s",
        "20:00 to 07:00 Europe/Berlin, sat, sun: dropped",
        "escalation 1: after 60 s b",
        "5 messages to each within 77 s",
    ):
        assert part in said, said
