"""One connection at a door: its session's effects carried out, within the limits, and its call left in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from tonewatch.stream.doors.dead_frames import DeadFrames
from tonewatch.stream.doors.door_call import CallFacts, own_id
from tonewatch.stream.doors.limits import MOST_BAD, ByteRate, Limits
from tonewatch.stream.doors.live_calls import LiveCalls, LiveStream
from tonewatch.stream.doors.patience import Patience
from tonewatch.stream.doors.session import Bad, Began, Effect, Heard, Held, Holding, Over, Reply, Session
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.service.metrics import Metrics

log = logging.getLogger(__name__)

NORMAL, GOING_AWAY, POLICY, TRY_LATER = 1000, 1001, 1008, 1013
"""Codes with which a websocket is closed (RFC 6455, section 7.4.1)."""


GIVE_WAY_S = 2.0


class Link(Protocol):
    """A websocket; `recv` raises ConnectionClosed."""

    async def recv(self) -> str | bytes: ...

    async def send(self, message: str) -> None: ...

    async def close(self, code: int = NORMAL, reason: str = "") -> None: ...


@dataclass(frozen=True)
class DoorTools:
    """What all connections of a process share."""

    live: LiveCalls
    letters: DeadFrames
    limits: Limits
    metrics: Metrics


class _Closed(Exception):
    """The door closes the connection. `code` and `reason` are told to the other side."""

    def __init__(self, code: int, reason: str, *, ended: bool) -> None:
        self.code, self.reason, self.ended = code, reason, ended


@dataclass(eq=False)
class SocketCall:
    """`tenant` stands before its calls' ids, so that none can write into the call of another (`own_id`).

    `tenants`: all that have a name.
    """

    door: str
    tenant: str
    link: Link
    session: Session
    tools: DoorTools
    rate: ByteRate
    tenants: frozenset[str] = frozenset()
    stream: LiveStream | None = None
    _bad: int = 0
    _ends_by_closing: bool = False
    _closing: asyncio.Task[None] | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until either side closes it. A connection that breaks leaves its call open for the time of grace."""
        try:
            await self._run()
        finally:
            self._over.set()

    async def _run(self) -> None:
        ended = False
        beginning, patience = Patience(self.tools.limits.hello_s), Patience(self.tools.limits.idle_s)
        try:
            while True:
                await self._take(await self._next(beginning if self.stream is None else patience))
        except ConnectionClosed as closed:
            ended = self._ends_by_closing and is_in_order(closed)
        except _Closed as closed:
            ended = closed.ended
            await self._close(closed.code, closed.reason)
        finally:
            beginning.stop()
            patience.stop()
            if self.stream is not None:
                await self._take_rest()
                await self.stream.leave(ended=ended)
            if self._closing is not None:
                await self._closing

    async def drain(self) -> None:
        """Tell the other side that the door is about to stop."""
        await self._say(self.session.drain())

    async def _next(self, patience: Patience) -> str | bytes:
        try:
            with patience:
                message = await self.link.recv()
        except TimeoutError:
            raise await self._refused("idle", POLICY) from None
        await self.rate.take(len(message))
        return message

    async def _take(self, message: str | bytes) -> None:
        try:
            for effect in self.session.take(message):
                if isinstance(effect, Bad):
                    await self._note_bad(message, effect.error)
                else:
                    await self._carry_out(effect)
        except BadRecord as error:
            await self._note_bad(message, error)

    async def _take_rest(self) -> None:
        if isinstance(self.session, Holding):
            with contextlib.suppress(BadRecord):
                for effect in self.session.rest():
                    await self._carry_out(effect)

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Began():
                await self._begin(effect)
            case Heard(frames) if self.stream is not None:
                await self.stream.take(frames)
            case Held() if self.stream is not None:
                await self.stream.flush()
            case Reply(text):
                await self.link.send(text)
            case Over(ended):
                raise _Closed(NORMAL, "", ended=ended)

    async def _begin(self, began: Began) -> None:
        if len(began.facts.roles) > self.tools.limits.channels:
            raise await self._refused("channels", POLICY)
        try:
            self.stream = await self.tools.live.join(
                self.door,
                self._own(began.facts),
                began.channels,
                at_ms=began.at_ms,
                first_number=began.first_number,
                tolerance_ms=began.tolerance_ms,
                taken_over=self._give_way,
            )
        except Unprocessable as error:
            # Said in the log as well, for most protocols have no word for it: the text quotes nothing of the call.
            raise await self._refused(error.reason, POLICY, str(error), why=str(error)) from error
        self._ends_by_closing = began.ends_by_closing

    def _own(self, known: CallFacts) -> CallFacts:
        return replace(known, call_id=own_id(self.tenant, known.call_id, self.tenants))

    async def _give_way(self) -> None:
        """To a newer connection, which may have come because this one is dead. What it sent is taken first.

        A telephony system that connects again has often closed this one just before, with its last words in our queue.
        """
        self._closing = asyncio.create_task(self._close(POLICY, "taken over by a newer connection"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVE_WAY_S):
                await self._over.wait()

    async def _note_bad(self, message: str | bytes, error: BadRecord) -> None:
        raw = message.encode(errors="replace") if isinstance(message, str) else message
        call_id = self.stream.call.facts.call_id if self.stream is not None else ""
        # What this connection says is not enough: the call may be untold by another of its connections.
        may_be_kept = self.stream is not None and self.stream.notice_given and self.session.notice_given
        await self.tools.letters.send(self.door, call_id, raw, error, notice_given=may_be_kept)
        self._bad += 1
        if self.stream is None:
            # Whoever begins wrongly is told at once: the text quotes nothing of what came.
            raise await self._refused("bad_beginning", POLICY, str(error))
        if self._bad >= MOST_BAD:
            raise await self._refused("bad_frames", POLICY)

    async def _refused(self, reason: str, code: int, detail: str = "", why: str = "") -> _Closed:
        """`detail` is told to the other side instead of the reason; `why` stands in the log."""
        self.tools.metrics.door_refused.labels(door=self.door, reason=reason).inc()
        call_id = self.stream.call.facts.call_id if self.stream is not None else ""
        told = {"door": self.door, "reason": reason, "call_id": call_id} | ({"why": why} if why else {})
        log.warning("A door closes a connection", extra=told)
        await self._say(self.session.refuse(detail or reason))
        return _Closed(code, reason, ended=False)

    async def _say(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Reply):
                await self.link.send(effect.text)

    async def _close(self, code: int, reason: str) -> None:
        await self.link.close(code, reason)


def is_in_order(closed: ConnectionClosed) -> bool:
    """Did the other side close the websocket of its own accord, and not for an error?"""
    return isinstance(closed, ConnectionClosedOK) and closed.rcvd_then_sent is True
