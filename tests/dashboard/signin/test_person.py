from __future__ import annotations

import pytest

from tonewatch.dashboard.signin.person import Person, Scope, is_name


def scope(queues: str = "", teams: str = "") -> Scope:
    return Scope(frozenset(queues.split()), frozenset(teams.split()))


@pytest.mark.parametrize(
    ("of", "queue", "team", "sees"),
    [
        (scope(), "", "", True),
        (scope("billing"), "billing", "", True),
        (scope("billing"), "sales", "", False),
        (scope("billing"), "", "", False),
        (scope("billing"), "Billing", "", False),
        (scope(teams="north"), "sales", "north", True),
        (scope(teams="north"), "sales", "", False),
        (scope("billing", "north"), "billing", "south", False),
        (scope("billing", "north"), "billing", "north", True),
    ],
)
def test_a_scope_is_queues_and_teams_and_a_call_without_one_is_for_who_has_none(
    of: Scope, queue: str, team: str, sees: bool
) -> None:
    assert Person("ada", "supervisor", of).sees(queue, team) is sees


def test_only_supervisors_and_administrators_act_on_alerts() -> None:
    may = {role: Person("x", role).may("act") for role in ("supervisor", "qa", "integrator", "admin")}
    assert may == {"supervisor": True, "qa": False, "integrator": False, "admin": True}


@pytest.mark.parametrize("name", ["", " ada", "a,b", "a\nb", "a\x00", "x" * 81])
def test_a_name_that_could_not_stand_in_a_header_or_a_record_is_none(name: str) -> None:
    assert not is_name(name)
    assert is_name("Ada Löwe-O'Brien (billing)")
