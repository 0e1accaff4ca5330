"""Which websockets are let in: a client has a seat once it was let in, and before that one of a few places at the door.

Whoever is refused, says nothing, or does not read the refusal holds a place at the door for a few seconds, and no seat:
nobody can fill the board from outside. The places of one address and of one person are few as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tonewatch.dashboard.signin.attempts import network

OPENING: Final = 200
OPENING_OF_ADDRESS: Final = 60
"""Places at the door: of all, and of one address, behind which a whole office may come back after a restart."""

_ALL: Final = ("all", "")


@dataclass(frozen=True)
class Room:
    """Seats of all and of one person; places at the door, of which one person has no more than seats."""

    clients: int
    of_one: int
    opening: int = OPENING
    opening_of_address: int = OPENING_OF_ADDRESS


class Entrance:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._seated: Counter[str] = Counter()
        self._opening: Counter[tuple[str, str]] = Counter()

    @property
    def of_one(self) -> int:
        return self._room.of_one

    @property
    def is_full(self) -> bool:
        return self._seated.total() >= self._room.clients

    def has_too_many(self, name: str) -> bool:
        return self._seated[name] >= self._room.of_one

    @contextmanager
    def at_the_door(self, address: str, name: str) -> Iterator[bool]:
        """Is there a place for it? It is left at the end, whatever became of the client."""
        places = {("address", network(address)): self._room.opening_of_address, ("name", name): self._room.of_one}
        has_place = all(self._opening[place] < most for place, most in (*places.items(), (_ALL, self._room.opening)))
        if not has_place:
            yield False
            return
        taken = Counter([*places, _ALL])
        self._opening += taken
        try:
            yield True
        finally:
            self._opening -= taken  # places that nobody has any more leave

    def seat(self, name: str) -> None:
        """Take a seat, which `leave` gives back; nothing may be awaited between asking for one and this."""
        self._seated[name] += 1

    def leave(self, name: str) -> None:
        self._seated -= Counter([name])
