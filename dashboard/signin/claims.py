"""From the claims of an ID token to a person: name, role, queues and teams, as the settings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tonewatch.dashboard.signin.person import ROLES, Person, Role, Scope, is_name
from tonewatch.dashboard.signin.texts import NO_PLACE, NO_ROLE, NO_USABLE_NAME

STRONGEST: tuple[Role, ...] = ("admin", "supervisor", "qa", "integrator")
"""Of several roles the first of these counts."""

EVERYTHING = "*"
"""The one value of a claim of queues or teams that stands for all of them."""


class SignInRefused(Exception):
    """Nobody is signed in; the text is for the person who tried."""


@dataclass(frozen=True)
class ClaimRules:
    """Which claims are read. `roles` gives a role for a value of the role's claim; without it values are roles.

    Where `queues` or `teams` name a claim, a token without it, or with an empty one, is refused: what an identity
    provider forgot must not open every queue.
    """

    name: str = "preferred_username"
    role: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=dict)
    queues: str = ""
    teams: str = ""

    def person(self, claims: Mapping[str, Any]) -> Person:
        """
        Raises:
            SignInRefused: they make nobody who may look at this board.
        """
        name = claims.get(self.name)
        if not isinstance(name, str) or not is_name(name):
            raise SignInRefused(NO_USABLE_NAME)
        return Person(name, self._role(claims), Scope(_scope(claims, self.queues), _scope(claims, self.teams)))

    def _role(self, claims: Mapping[str, Any]) -> Role:
        known: Mapping[str, Role] = self.roles or {role: role for role in ROLES}
        held = {known[value] for value in _values(claims, self.role) if value in known}
        for role in STRONGEST:
            if role in held:
                return role
        raise SignInRefused(NO_ROLE)


def _scope(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """Of a claim of queues or teams; empty, which is all of them, where none is read or the claim says so."""
    if not claim:
        return frozenset()
    values = _values(claims, claim)
    if not values:
        raise SignInRefused(NO_PLACE)
    return frozenset() if values == [EVERYTHING] else frozenset(values) - {EVERYTHING}


def _values(claims: Mapping[str, Any], claim: str) -> list[str]:
    """One text, or a list of them; a dotted name reads within objects (`realm_access.roles`)."""
    found: Any = claims
    for part in [claim] if claim in claims else claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    return [value for value in values if isinstance(value, str) and value]
