"""A person who is signed in: a name, a role, and the calls that the role reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["supervisor", "qa", "integrator", "admin"]

ROLES: tuple[Role, ...] = get_args(Role)

Right = Literal["look", "act", "review"]
"""`look`: calls on the board and in the API; `act`: on alerts; `review`: judge recorded moments, export them."""

RIGHTS: dict[Role, frozenset[Right]] = {
    "supervisor": frozenset({"look", "act"}),
    "qa": frozenset({"look", "review"}),
    "integrator": frozenset({"look"}),
    "admin": frozenset({"look", "act", "review"}),
}

LONGEST_NAME = 80
"""Of a person, in characters: as many as `AlertAction.by` has."""


@dataclass(frozen=True)
class Scope:
    """Queues and teams whose calls are reached; without queues all queues, without teams all teams.

    A call that names no queue, or no team, is reached only by who is not confined to some.
    """

    queues: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    @property
    def is_everything(self) -> bool:
        return not self.queues and not self.teams

    def covers(self, queue: str, team: str) -> bool:
        """Both must fit: who has queues and teams sees the calls of these teams in these queues."""
        return (not self.queues or queue in self.queues) and (not self.teams or team in self.teams)


EVERYTHING = Scope()


@dataclass(frozen=True)
class Person:
    """Somebody whose name was proved."""

    name: str
    role: Role
    scope: Scope = EVERYTHING

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]

    def sees(self, queue: str, team: str) -> bool:
        return self.scope.covers(queue, team)


def is_name(text: str) -> bool:
    """May a person have this name? It stands in records and headers: printable, no comma, not blank, not too long."""
    return bool(text) and text == text.strip() and len(text) <= LONGEST_NAME and text.isprintable() and "," not in text
