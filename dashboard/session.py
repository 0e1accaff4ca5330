"""One client of the board, from its resume message on: first the events that it missed, then those that come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tonewatch.dashboard import frames
from tonewatch.dashboard.feed import Counters, LoadChanged, RedisState, Reset, Subscriber
from tonewatch.dashboard.places import Move, Places
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.snapshots import Snapshots
from tonewatch.dashboard.store import START, BoardStore, Entry, is_newer
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import CallAttributes

MISSED_LIMIT = 2000
"""A client that missed more events than this gets a snapshot, which is smaller."""

Send = Callable[[str | bytes], Awaitable[None]]
"""Sends one frame; returns when the client's socket has taken it."""


class Session:
    """Brings one client up to date and keeps it so.

    `snapshots` are shared with other clients, `subscriber` collects the feed's items for this one, `now_ms` is the wall
    clock that heartbeats carry, and while Redis is away the session tries again every `retry_s`. `packed`: the client
    takes a snapshot as gzip. Nothing is sent but of calls that `person` sees, by what `places` knows of them.
    """

    def __init__(
        self,
        store: BoardStore,
        snapshots: Snapshots,
        subscriber: Subscriber,
        send: Send,
        now_ms: Callable[[], int],
        retry_s: float = 1.0,
        *,
        packed: bool = False,
        person: Person,
        places: Places,
    ) -> None:
        self._person, self._places = person, places
        self._sees_all = person.scope.is_everything
        self._packed = packed
        self._store = store
        self._snapshots = snapshots
        self._subscriber = subscriber
        self._send = send
        self._now_ms = now_ms
        self._retry_s = retry_s

    async def run(self, resume: str | None) -> None:
        """Serve the client until cancelled; `resume` is the stream id of its last frame, None for a snapshot.

        The subscriber must exist before this call: an event between catching up and following would be missed.
        """
        position = resume
        while True:
            await self._tell_load()
            await self._follow(await self._catch_up_with_retries(position))
            position = None  # the stream was replaced: only a snapshot brings the client up to date

    async def _catch_up_with_retries(self, position: str | None) -> str:
        is_reported = False
        while True:
            try:
                return await self._catch_up(position)
            except StoreError:
                if not is_reported:
                    await self._send(frames.status(redis_up=False))
                    is_reported = True
                await self._wait_to_retry()

    async def _wait_to_retry(self) -> None:
        """At most `retry_s`; less when the feed has an item. Its events are dropped: catching up reads them again."""
        try:
            items = await asyncio.wait_for(self._subscriber.take(), self._retry_s)
        except TimeoutError:
            return
        # The feed repeats this at every heartbeat; without it the client would take the silence for a dead line.
        if RedisState(False) in items:
            await self._send(frames.status(redis_up=False))

    async def _catch_up(self, position: str | None) -> str:
        """Send the missed events, or a snapshot where the stream no longer has them; the client's position after it."""
        # Every stream "holds" START, a replaced one too, so it does not prove that nothing was missed.
        if position is not None and position != START and await self._store.holds(position):
            missed = await self._store.after(position, MISSED_LIMIT + 1)
            # A call of others among them may be one that was this person's before: only a snapshot takes it away.
            if len(missed) <= MISSED_LIMIT and await self._visible(missed) == missed:
                position = missed[-1].id if missed else position
                await self._send(frames.events(position, missed))
                counters = await self._store.counters() if self._sees_all else {}
                await self._send(frames.heartbeat(counters, self._now_ms()))
                return position
        shared = await self._snapshots.newest()
        await self._send(await shared.frame(packed=self._packed, scope=self._person.scope))
        return await self._catch_up_from(shared.board.id)

    async def _catch_up_from(self, position: str) -> str:
        """A shared snapshot may be older than the subscriber: send what happened in between."""
        said: dict[str, CallAttributes] = {}
        while missed := await self._store.after(position, MISSED_LIMIT):
            position = missed[-1].id
            if visible := await self._visible(missed, said):
                await self._send(frames.events(position, visible))
            if len(missed) < MISSED_LIMIT // 2:  # some of a full read may be left out; the subscriber has the rest
                break
        return position

    async def _follow(self, position: str) -> None:
        """Send the feed's items after `position`; returns where only a snapshot helps: at a Reset, or when a call came
        into or left what this person sees."""
        while True:
            batch: list[Entry] = []
            for item in await self._subscriber.take():
                if isinstance(item, Reset) or (isinstance(item, Move) and item.concerns(self._person)):
                    return
                if isinstance(item, Counters | RedisState):
                    await self._flush(batch)
                    await self._send_state(item)
                elif isinstance(item, LoadChanged):
                    await self._flush(batch)
                    await self._tell_load()
                elif isinstance(item, Entry) and is_newer(
                    item.id, position
                ):  # the subscriber is older than the position: some came by catching up
                    batch.append(item)
                    position = item.id
            await self._flush(batch)

    async def _tell_load(self) -> None:
        """Before the calls themselves: what is held back is not shown for a moment first."""
        if (loads := self._subscriber.loads) is not None:
            await self._send(frames.load(loads.told(self._person)))

    async def _flush(self, batch: list[Entry]) -> None:
        if visible := await self._visible(batch):
            await self._send(frames.events(batch[-1].id, visible))
        batch.clear()

    async def _visible(self, entries: list[Entry], said: dict[str, CallAttributes] | None = None) -> list[Entry]:
        """Those of calls that this person sees; `said`: by what was read before them, too."""
        if self._sees_all or not entries:
            return entries
        await self._places.learn(entry.call_id for entry in entries)
        return self._places.visible(self._person, entries, {} if said is None else said)

    async def _send_state(self, item: Counters | RedisState) -> None:
        if isinstance(item, RedisState):
            await self._send(frames.status(item.up))
        elif self._sees_all:
            await self._send(frames.heartbeat(item.values, self._now_ms()))
        elif item.is_beat:  # that others' calls were counted is not told, not even by when
            await self._send(frames.heartbeat({}, self._now_ms()))
