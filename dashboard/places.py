"""Where each call belongs, its queue and its team: what decides who is sent anything of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.store import BoardStore, Entry
from tonewatch.stream.messages import CallAttributes

MOST = 50_000
"""Calls that are kept; the ones that were asked for longest ago are read again from Redis when they are needed."""


@dataclass(frozen=True)
class Move:
    """A call went from one queue or team to another: who sees it now may not have seen it before, and the reverse."""

    call_id: str
    before: CallAttributes
    after: CallAttributes

    def concerns(self, person: Person) -> bool:
        return sees(person, self.before) != sees(person, self.after)


class Places:
    """Attributes of calls as the newest of their views and of their events say; of a call without a view nothing."""

    def __init__(self, store: BoardStore, most: int = MOST) -> None:
        self._store = store
        self._most = most
        self._known: dict[str, CallAttributes] = {}
        self.moves = 0
        """How many moves there were: what was read before the newest one may be for other eyes."""

    async def learn(self, call_ids: Iterable[str]) -> None:
        """Read what is not known of these calls from Redis: a view is written no later than its events.

        Raises:
            StoreError: Redis cannot be reached or refuses.
        """
        unknown = [call_id for call_id in dict.fromkeys(call_ids) if call_id not in self._known]
        if not unknown:
            return
        for view in await self._store.views_of(unknown):
            self._keep(view.call_id, view.call)

    def note(self, calls: Mapping[str, CallAttributes]) -> None:
        """What clients are about to be sent, of calls that are not known yet."""
        for call_id, call in calls.items():
            if call_id not in self._known:
                self._keep(call_id, call)

    def take(self, entry: Entry) -> Move | None:
        """What an event of the stream says of its call, in the order of the stream; the move, if it is one."""
        if entry.call is None:
            return None
        before = self._known.get(entry.call_id, CallAttributes())
        after = before.updated(entry.call)
        self._keep(entry.call_id, after)
        if (before.queue, before.team) == (after.queue, after.team):
            return None
        self.moves += 1
        return Move(entry.call_id, before, after)

    def of(self, call_id: str) -> CallAttributes:
        """What is known of a call; of one that is not known, nothing."""
        return self._known.get(call_id, CallAttributes())

    def forget(self) -> None:
        """Everything: the stream is another one, and a call may have gone elsewhere in what of it was not read."""
        self._known.clear()
        self.moves += 1

    def sees(self, person: Person, call_id: str) -> bool:
        """A call that is not known is of no queue and no team."""
        return sees(person, self._known.get(call_id, CallAttributes()))

    def visible(self, person: Person, entries: Iterable[Entry], said: dict[str, CallAttributes]) -> list[Entry]:
        """Those of calls that the person sees, by what is known and by what the entries themselves say up to each.

        They are read from Redis and may be ahead of what was taken: a call that went elsewhere in them is gone from
        there on. `said` is what earlier entries said of their calls, and is carried on.
        """
        found = []
        for entry in entries:
            if entry.call is not None:
                before = said.get(entry.call_id) or self._known.get(entry.call_id, CallAttributes())
                said[entry.call_id] = before.updated(entry.call)
            newer = said.get(entry.call_id)
            if self.sees(person, entry.call_id) and (newer is None or sees(person, newer)):
                found.append(entry)
        return found

    def _keep(self, call_id: str, call: CallAttributes) -> None:
        self._known.pop(call_id, None)
        self._known[call_id] = call  # at the end: the newest
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]


def sees(person: Person, call: CallAttributes) -> bool:
    """Is anything of such a call for this person?"""
    return person.sees(call.queue, call.team)
