"""The board in Redis: a capped stream of events, one view per call, counters. Only sign-outs are written.

The sink writes a call's view no later than its event, so a stream id that was read before the views never misses
anything: events after it that the views already hold change nothing when they are applied again.

Redis holds records as they were written, of earlier releases too. What is handed on is in this release's form, with
present names and every default, which is what the page's types promise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from tonewatch.stream.board import redis_client
from tonewatch.stream.board.view import (
    CALLS_KEY,
    COUNTERS_KEY,
    EVENTS_KEY,
    OPEN_KEY,
    BoardEvent,
    CallView,
    call_key,
    ended_session_key,
)
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import Alert, CallAttributes, CallState
from tonewatch.stream.service.traces import TRACEPARENT
from tonewatch.stream.settings import RedisSettings

START = "0-0"
"""The id before the first event of any stream."""

MEMORY = "memory"
"""No session has this id: under it lies the name of what Redis remembers of sessions."""

ENDED_SHOWN = 100
"""Calls in a snapshot beside the open ones, newest activity first; older ones can still be read one by one."""

VIEWS_A_READ = 100
"""Views that are read and decoded at once: other clients are served in between."""

EVENTS_A_READ = 500
"""Events that one blocking read takes at most: a burst is handed on in pieces."""

FULL_SHARE = 0.99
"""Of its memory, from which on a Redis counts as full."""

_event: msgspec.json.Decoder[BoardEvent] = msgspec.json.Decoder(BoardEvent)
_view = msgspec.json.Decoder(CallView)
_json = msgspec.json.Encoder()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One event of the stream: its stream id, and the message as this release writes it.

    `spoken_at_ms`: the wall clock at the end of the speech that it is about; 0 where it is about none. `headers`: the
    context of its trace, where it has one. `call`: what it says of its call, where it is about the call as such.
    `event`: itself, where it is one that the load of alerts is weighed from.
    """

    id: str
    json: bytes
    call_id: str = ""
    spoken_at_ms: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()
    call: CallAttributes | None = field(default=None, compare=False)
    event: Alert | CallState | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Snapshot:
    """The views of calls as JSON, as this release writes them, and the stream id from which events follow.

    `calls` are the attributes of each, by call id. `left_out` is how many ended calls the board knows beside these.
    """

    id: str
    views: list[bytes]
    calls: dict[str, CallAttributes]
    counters: dict[str, int]
    left_out: int = 0


def is_newer(left: str, right: str) -> bool:
    """Does stream id `left` come after `right`?"""
    return _parts(left) > _parts(right)  # as text "10-0" would come before "9-0"


def _parts(stream_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = stream_id.partition("-")
    return int(milliseconds), int(sequence or 0)


def connect(to: RedisSettings | str) -> Redis:
    """A client that fails within seconds, and that tries a second time on a connection that was closed meanwhile.

    `to` may be the URL alone, of a Redis that needs no other settings.
    """
    settings = RedisSettings(redis=to) if isinstance(to, str) else to
    retry = Retry(NoBackoff(), 1)
    return redis_client.connect(
        settings, protocol=2, socket_connect_timeout=2, socket_timeout=5, retry=retry, retry_on_error=[]
    )


class BoardStore:
    """Reads the board. Every method raises StoreError when Redis cannot be reached or refuses."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # redis-py types a sync-or-async union that says nothing here

    async def ping(self) -> None:
        with _store_errors():
            await self._redis.ping()

    async def full(self) -> str:
        """Why Redis takes no writes, in words; '' while there is room, and where Redis does not tell."""
        with _store_errors():
            try:
                memory = await self._redis.info("memory")
            except ResponseError:  # Managed servers may forbid INFO: what cannot be known is not wrong.
                return ""
        most, used = memory.get("maxmemory", 0), memory.get("used_memory", 0)
        policy = memory.get("maxmemory_policy", "")
        # `allkeys-...` makes room by itself. The used memory swings by the buffers of its clients.
        if not most or used < FULL_SHARE * most or policy.startswith("allkeys"):
            return ""
        return (
            f"Redis is full ({used:,} of {most:,} bytes, {policy}) and takes no writes, so the board stands still: "
            "give it more maxmemory."
        )

    async def last_id(self) -> str:
        """The id of the newest event; START while there is none."""
        with _store_errors():
            newest = await self._redis.xrevrange(EVENTS_KEY, count=1)
        return newest[0][0].decode() if newest else START

    async def holds(self, stream_id: str) -> bool:
        """Is this very entry still in the stream? Then so is everything after it, because a stream is cut at its front.

        A Redis that lost its data and was filled again has other ids: its stream holds none of the former ones.
        """
        if stream_id == START:
            return True
        with _store_errors():
            return bool(await self._redis.xrange(EVENTS_KEY, stream_id, stream_id, count=1))

    async def after(self, stream_id: str, limit: int) -> list[Entry]:
        """At most `limit` events that follow `stream_id`."""
        with _store_errors():
            return read_entries(await self._redis.xrange(EVENTS_KEY, f"({stream_id}", "+", count=limit))

    async def wait(self, stream_id: str, block_ms: int) -> tuple[str, list[Entry]]:
        """The events after `stream_id`, awaited up to `block_ms`; and the stream id to read on from.

        That id is beyond the last event where the events at the end could not be read.
        """
        with _store_errors():
            streams = await self._redis.xread({EVENTS_KEY: stream_id}, count=EVENTS_A_READ, block=block_ms)
        if not streams:
            return stream_id, []
        raw = streams[0][1]
        return raw[-1][0].decode(), read_entries(raw)

    async def counters(self) -> dict[str, int]:
        """By name; a value that is no integer is left out."""
        with _store_errors():
            raw = await self._redis.hgetall(COUNTERS_KEY)
        return {name.decode(): int(value) for name, value in raw.items() if value.lstrip(b"-").isdigit()}

    async def snapshot(self) -> Snapshot:
        """Every open call and the newest of the others, as of now or a little later than the snapshot's id."""
        # The id first: an event that comes between the two reads is in the views and is applied to them once more.
        stream_id = await self.last_id()
        call_ids, left_out = await self._shown()
        views: list[bytes] = []
        calls: dict[str, CallAttributes] = {}
        async for view in self._views(call_ids):
            views.append(_json.encode(view))
            calls[view.call_id] = view.call
        return Snapshot(stream_id, views, calls, await self.counters(), left_out)

    async def views_of(self, call_ids: Sequence[str]) -> list[CallView]:
        """Of those calls of these that the board knows."""
        return [view async for view in self._views([call_id.encode() for call_id in call_ids])]

    async def calls(self) -> list[CallView]:
        """The calls of a snapshot."""
        call_ids, _ = await self._shown()
        return [view async for view in self._views(call_ids)]

    async def since(self, at_ms: int) -> list[CallView]:
        """The open calls, and those that something happened in since `at_ms` (wall clock)."""
        with _store_errors():
            of_all = await self._redis.zrevrange(CALLS_KEY, 0, -1, withscores=True)
            names = {
                *await self._redis.zrevrange(OPEN_KEY, 0, -1),
                *(name for name, last_ms in of_all if last_ms >= at_ms),
            }
        return [view async for view in self._views(sorted(names))]

    async def _shown(self) -> tuple[list[bytes], int]:
        """Ids of the calls of a snapshot, newest activity first, and how many others there are.

        A sink of an earlier release says of no call that it is open: its calls count as the others do.
        """
        with _store_errors():
            open_ids = set(await self._redis.zrevrange(OPEN_KEY, 0, -1))
            newest = await self._redis.zrevrange(CALLS_KEY, 0, len(open_ids) + ENDED_SHOWN - 1)
            total = await self._redis.zcard(CALLS_KEY)
        others = [name for name in newest if name not in open_ids][:ENDED_SHOWN]
        shown = open_ids.union(others)
        ordered = [name for name in newest if name in shown]
        ordered += sorted(shown.difference(ordered))  # open ones that have been still for longer than others
        return ordered, max(0, total - len(ordered))

    async def _views(self, call_ids: list[bytes]) -> AsyncIterator[CallView]:
        for start in range(0, len(call_ids), VIEWS_A_READ):
            keys = [call_key(name.decode()) for name in call_ids[start : start + VIEWS_A_READ]]
            with _store_errors():
                found = await self._redis.mget(keys)
            for raw in found:
                if (view := _read_view(raw)) is not None:
                    yield view

    async def call(self, call_id: str) -> CallView | None:
        """One call; None where the board does not know it."""
        with _store_errors():
            return _read_view(await self._redis.get(call_key(call_id)))

    async def end_session(self, session_id: str, for_s: int) -> None:
        """Remember that it was signed out, for as long as its cookie could be shown."""
        with _store_errors():
            await self._redis.set(ended_session_key(session_id), b"1", ex=for_s)

    async def is_session_ended(self, session_id: str) -> bool:
        with _store_errors():
            return await self._redis.get(ended_session_key(session_id)) is not None

    async def memory(self, proposed: str) -> str:
        """What names all that Redis remembers of sessions: `proposed` where it has no name yet, because it is new."""
        with _store_errors():
            if (named := await self._redis.get(ended_session_key(MEMORY))) is not None:
                return _text(named)
            await self._redis.set(ended_session_key(MEMORY), proposed.encode(), nx=True)
            # Of two that proposed one, both are told the same.
            return _text(await self._redis.get(ended_session_key(MEMORY)) or b"")

    async def aclose(self) -> None:
        await self._redis.aclose()


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


@contextmanager
def _store_errors() -> Iterator[None]:
    """Errors of Redis become StoreError."""
    try:
        yield
    except (AuthenticationError, NoPermissionError) as error:
        raise StoreError(
            f"Redis refuses the board's user ({error}): `tonewatch redis acl` prints its rights."
        ) from error
    except (RedisError, OSError, TimeoutError) as error:
        _stay_cancelled()
        raise StoreError(
            f"Redis does not answer ({error}): check that it runs and that TONEWATCH_REDIS is right."
        ) from error
    _stay_cancelled()


def _stay_cancelled() -> None:
    """Raise the cancellation of the current task again, which redis-py can swallow while it connects."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def read_entries(raw: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry]:
    """Events as Redis gives them, by stream id and fields; one that cannot be read is left out."""
    events = ((name.decode(), _read_event(name, fields), fields) for name, fields in raw)
    return [_entry(stream_id, event, fields) for stream_id, event, fields in events if event is not None]


def _entry(stream_id: str, event: BoardEvent, fields: dict[bytes, bytes]) -> Entry:
    context = fields.get(TRACEPARENT.encode())
    headers = ((TRACEPARENT, context),) if context else ()
    call = event.call if isinstance(event, CallState) else None
    weighed = event if isinstance(event, Alert | CallState) else None
    spoken_at_ms = getattr(event, "spoken_at_ms", 0)
    return Entry(stream_id, _json.encode(event), event.call_id, spoken_at_ms, headers, call, weighed)


def _read_event(name: bytes, fields: dict[bytes, bytes]) -> BoardEvent | None:
    try:
        return _event.decode(fields.get(b"json", b""))
    except (msgspec.DecodeError, UnicodeDecodeError):
        _log.warning("A board event cannot be read and is left out.", extra={"stream_id": name.decode()})
        return None


def _read_view(raw: bytes | None) -> CallView | None:
    """None too where a call's view expired after its id was read."""
    if raw is None:
        return None
    try:
        return _view.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        _log.warning("A call's view cannot be read and is left out.")
        return None
