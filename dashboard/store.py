"""The board as it lies in Redis: a capped stream of events, one view per call, counters. Read only.

The sink writes a call's view no later than its event, so a stream id that was read before the views never misses
anything: events after it that the views already hold change nothing when they are applied again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tonewatch.stream.board.view import CALLS_KEY, COUNTERS_KEY, EVENTS_KEY, BoardEvent, CallView, call_key
from tonewatch.stream.errors import StoreError

START = "0-0"
"""The id before the first event of any stream."""

CALLS_SHOWN = 200
"""Calls in a snapshot, newest activity first; older ones stay readable one by one."""

_event: msgspec.json.Decoder[BoardEvent] = msgspec.json.Decoder(BoardEvent)
_view = msgspec.json.Decoder(CallView)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One event of the stream; `json` is the message as the sink wrote it, checked to be one."""

    id: str
    json: bytes


@dataclass(frozen=True)
class Snapshot:
    """Every call's view as JSON, and the stream id from which events must be applied to it."""

    id: str
    views: list[bytes]
    counters: dict[str, int]


def newer(left: str, right: str) -> bool:
    """Does stream id `left` come after `right`?"""
    return _parts(left) > _parts(right)


def _parts(stream_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = stream_id.partition("-")
    return int(milliseconds), int(sequence or 0)


def connect(url: str) -> Redis:
    """A client that fails within seconds, and that tries a second time on a connection which went stale."""
    return Redis.from_url(
        url, protocol=2, socket_connect_timeout=2, socket_timeout=5, retry=Retry(NoBackoff(), 1), retry_on_error=[]
    )


class BoardStore:
    """Reads the board. Every method raises StoreError when Redis cannot be reached or refuses."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # redis-py types a sync-or-async union that says nothing here

    async def ping(self) -> None:
        with _mapped():
            await self._redis.ping()

    async def last_id(self) -> str:
        with _mapped():
            newest = await self._redis.xrevrange(EVENTS_KEY, count=1)
        return newest[0][0].decode() if newest else START

    async def holds(self, stream_id: str) -> bool:
        """Is this very entry still in the stream? Then so is everything after it, for a stream is cut from the front.

        A Redis that lost its data and was filled again has other ids: its stream holds none of the old ones.
        """
        if stream_id == START:
            return True
        with _mapped():
            return bool(await self._redis.xrange(EVENTS_KEY, stream_id, stream_id, count=1))

    async def after(self, stream_id: str, limit: int) -> list[Entry]:
        """At most `limit` events that follow `stream_id`."""
        with _mapped():
            return _entries(await self._redis.xrange(EVENTS_KEY, f"({stream_id}", "+", count=limit))

    async def wait(self, stream_id: str, block_ms: int) -> tuple[str, list[Entry]]:
        """What follows `stream_id`, waiting for it up to `block_ms`; the id to go on from, and the events."""
        with _mapped():
            streams = await self._redis.xread({EVENTS_KEY: stream_id}, count=500, block=block_ms)
        if not streams:
            return stream_id, []
        raw = streams[0][1]
        return raw[-1][0].decode(), _entries(raw)

    async def counters(self) -> dict[str, int]:
        with _mapped():
            raw = await self._redis.hgetall(COUNTERS_KEY)
        return {name.decode(): int(value) for name, value in raw.items() if value.lstrip(b"-").isdigit()}

    async def snapshot(self) -> Snapshot:
        stream_id = await self.last_id()
        with _mapped():
            call_ids = await self._redis.zrevrange(CALLS_KEY, 0, CALLS_SHOWN - 1)
            found = await self._redis.mget([call_key(name.decode()) for name in call_ids]) if call_ids else []
        views = [raw for raw in found if raw is not None and _is_view(raw)]
        return Snapshot(stream_id, views, await self.counters())

    async def calls(self) -> list[CallView]:
        return [_view.decode(raw) for raw in (await self.snapshot()).views]

    async def call(self, call_id: str) -> CallView | None:
        with _mapped():
            raw = await self._redis.get(call_key(call_id))
        return _view.decode(raw) if raw is not None and _is_view(raw) else None

    async def aclose(self) -> None:
        await self._redis.aclose()


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        _stay_cancelled()
        raise StoreError(
            f"Redis does not answer ({error}): check that it runs and that TONEWATCH_REDIS is right."
        ) from error
    _stay_cancelled()


def _stay_cancelled() -> None:
    """While it connects, redis-py can swallow the cancellation of the task that waits for it: bring it back."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _entries(raw: list[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry]:
    return [Entry(name.decode(), fields[b"json"]) for name, fields in raw if _is_event(name, fields)]


def _is_event(name: bytes, fields: dict[bytes, bytes]) -> bool:
    try:
        _event.decode(fields.get(b"json", b""))
    except (msgspec.DecodeError, UnicodeDecodeError):
        _log.warning("A board event cannot be read and is left out.", extra={"stream_id": name.decode()})
        return False
    return True


def _is_view(raw: bytes) -> bool:
    try:
        _view.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        _log.warning("A call's view cannot be read and is left out.")
        return False
    return True
