"""The websocket of the board: the handshake, one session per client, actions, closing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from tonewatch.dashboard import frames
from tonewatch.dashboard.actions import Actions, signed
from tonewatch.dashboard.api import AWAY
from tonewatch.dashboard.audit import Audit
from tonewatch.dashboard.entrance import Entrance
from tonewatch.dashboard.feed import Feed, Subscriber
from tonewatch.dashboard.places import Places
from tonewatch.dashboard.session import Send, Session
from tonewatch.dashboard.signin.sign_in import person_of, visit_of
from tonewatch.dashboard.signin.sign_outs import CannotTell
from tonewatch.dashboard.signin.watch import SessionWatch
from tonewatch.dashboard.snapshots import Snapshots
from tonewatch.dashboard.store import BoardStore
from tonewatch.stream.errors import BrokerError, StoreError
from tonewatch.stream.service.process import cancel

_log = logging.getLogger(__name__)

HELLO_S = 5.0
"""How long a client may take to send its resume message."""

NO_SUCH_ALERT = "The board knows no such alert."

CLOSE_S = 3.0
"""How long a close frame may wait behind frames that the client has not read."""


class BoardSocket:
    """Serves `/ws` behind the gate; `watch` tells when a visit is over, `entrance` who is let in, `address_of` from
    where somebody comes."""

    def __init__(
        self,
        store: BoardStore,
        snapshots: Snapshots,
        feed: Feed,
        actions: Actions,
        watch: SessionWatch,
        places: Places,
        audit: Audit,
        now_ms: Callable[[], int],
        entrance: Entrance,
        address_of: Callable[[HTTPConnection], str],
    ) -> None:
        self._places = places
        self._audit = audit
        self._store = store
        self._snapshots = snapshots
        self._feed = feed
        self._actions = actions
        self._now_ms = now_ms
        self._watch = watch
        self._entrance = entrance
        self._address_of = address_of

    async def serve(self, socket: WebSocket) -> None:
        """One client, from its handshake until it leaves, is too slow, or its visit is over."""
        name = person_of(socket).name
        with self._entrance.at_the_door(self._address_of(socket), name) as has_place:
            if not has_place or self._entrance.is_full:
                await socket.send_denial_response(
                    PlainTextResponse("This board has as many clients as it takes.\n", 503)
                )
                return
            hello = await self._let_in(socket, name)
            if hello is None:
                return
            self._entrance.seat(name)
        try:
            self._audit.tell("opened_board", person_of(socket))
            with self._feed.subscribe() as subscriber:
                await self._run_session(socket, subscriber, hello)
        finally:
            self._entrance.leave(name)

    async def _let_in(self, socket: WebSocket, name: str) -> frames.ResumeMessage | None:
        """The client's first message; None where it is refused or left. Others may have come while it took its time."""
        await socket.accept()
        hello = None if self._entrance.has_too_many(name) else await self._hello(socket)
        if self._entrance.has_too_many(name):
            # Not a refused handshake, which looks to a page as a server that is away does.
            await _close(socket, frames.TOO_MANY, f"{self._entrance.of_one} boards are open already.")
            return None
        if hello is not None and self._entrance.is_full:
            await _close(socket, frames.FULL, "This board has as many clients as it takes.")
            return None
        return hello

    async def _hello(self, socket: WebSocket) -> frames.ResumeMessage | None:
        try:
            return frames.read_resume(await asyncio.wait_for(_receive_text(socket), HELLO_S))
        except (ValueError, TimeoutError) as error:
            await _close(socket, frames.BAD_HELLO, str(error) or "No resume message came.")
        except WebSocketDisconnect:
            pass
        return None

    async def _run_session(self, socket: WebSocket, subscriber: Subscriber, hello: frames.ResumeMessage) -> None:
        # The session and the answers to actions send from two tasks; frames must not interleave.
        one_at_a_time = asyncio.Lock()

        async def send(frame: str | bytes) -> None:
            async with one_at_a_time:
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_text(frame))

        session = Session(
            self._store,
            self._snapshots,
            subscriber,
            send,
            self._now_ms,
            packed=hello.packed,
            person=person_of(socket),
            places=self._places,
        )
        sending = asyncio.create_task(session.run(hello.resume))
        receiving = asyncio.create_task(self._receive_actions(socket, send))
        overflowing = asyncio.create_task(subscriber.overflowed.wait())
        visiting = asyncio.create_task(self._watch.until_over(visit_of(socket), socket))
        tasks = (sending, receiving, overflowing, visiting)
        try:
            # A TaskGroup would wait for all of them; here the first that ends (left, failed, too slow) ends the others.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            is_over = visiting.done() and not visiting.cancelled()
            await cancel(tasks)
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if subscriber.overflowed.is_set():
            await _close(socket, frames.TOO_SLOW, "Too slow; resume.")
        elif isinstance(outcomes[-1], CannotTell):
            await _close(socket, frames.UNSURE, "Whether the session goes on is not known.")
        elif is_over:
            await _close(socket, frames.SIGNED_OUT, "The session is over; sign in.")
        _raise_unexpected(outcomes)

    async def _receive_actions(self, socket: WebSocket, send: Send) -> None:
        """Until the client leaves. An action is answered by an acted frame, a look by nothing, else with an error."""
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            text = message.get("text") or ""
            if (call_id := frames.read_look(text)) is not None:
                await self._look(socket, call_id)
            else:
                await send(await self._act(socket, text))

    async def _look(self, socket: WebSocket, call_id: str) -> None:
        """The page opened a call that it has: told by the page, which no server can see."""
        with contextlib.suppress(StoreError):
            await self._places.learn([call_id])
        if self._places.sees(person_of(socket), call_id):
            self._audit.tell("looked", person_of(socket), call_id)

    async def _act(self, socket: WebSocket, text: str) -> str:
        try:
            action = frames.read_act(text)
        except ValueError as error:
            return frames.acted("", str(error))
        person = person_of(socket)
        if not person.may("act"):
            self._audit.tell("refused", person, action.call_id, action.alert_id, action.action)
            return frames.acted(action.action_id, f"The role {person.role} only looks; a supervisor acts on alerts.")
        try:
            await self._places.learn([action.call_id])
            if not self._places.sees(person, action.call_id):
                self._audit.tell("refused", person, action.call_id, action.alert_id, action.action)
                return frames.acted(action.action_id, NO_SUCH_ALERT)
            await self._actions.write(signed(action, user=person.name, now_at_ms=self._now_ms()))
        except StoreError as error:
            _log.warning("An action cannot be placed.", extra={"error": str(error)})
            return frames.acted(action.action_id, AWAY)
        except BrokerError as error:
            return frames.acted(action.action_id, str(error))
        self._audit.tell("acted", person, action.call_id, action.alert_id, action.action)
        return frames.acted(action.action_id)


async def _receive_text(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    text: str | None = message.get("text")
    if text is None:
        raise ValueError("The first message must be text, not bytes.")
    return text


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        await asyncio.wait_for(socket.close(code, reason), CLOSE_S)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return  # the client left meanwhile, or is dropped with its connection


def _raise_unexpected(outcomes: Sequence[object]) -> None:
    """A client that disconnects is no error; an exception of ours must reach the server's log."""
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect | CannotTell):
            raise outcome
