"""The websocket of the board: the handshake, one session per client, actions, closing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from tonewatch.dashboard import frames
from tonewatch.dashboard.actions import Actions, signed
from tonewatch.dashboard.feed import Feed, Subscriber
from tonewatch.dashboard.session import Send, Session
from tonewatch.dashboard.snapshots import Snapshots
from tonewatch.dashboard.store import BoardStore
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.service.process import cancel

HELLO_S = 10.0
"""How long a client may take to send its resume message."""

CLOSE_S = 3.0
"""How long a close frame may wait behind frames that the client has not read."""


class BoardSocket:
    """Serves `/ws`.

    `user_header` names the header in which a proxy says who is signed in; empty where there is no such proxy.
    """

    def __init__(
        self,
        store: BoardStore,
        snapshots: Snapshots,
        feed: Feed,
        actions: Actions,
        now_ms: Callable[[], int],
        user_header: str = "",
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._feed = feed
        self._actions = actions
        self._now_ms = now_ms
        self._user_header = user_header

    async def serve(self, socket: WebSocket) -> None:
        """One client, from its handshake until it leaves or is too slow."""
        if not is_same_host(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close()  # before accepting: the handshake is answered with 403
            return
        await socket.accept()
        try:
            hello = frames.read_resume(await asyncio.wait_for(_receive_text(socket), HELLO_S))
        except (ValueError, TimeoutError) as error:
            await _close(socket, frames.BAD_HELLO, str(error) or "No resume message came.")
        except WebSocketDisconnect:
            return
        else:
            with self._feed.subscribe() as subscriber:
                await self._run_session(socket, subscriber, hello)

    async def _run_session(self, socket: WebSocket, subscriber: Subscriber, hello: frames.ResumeMessage) -> None:
        # The session and the answers to actions send from two tasks; frames must not interleave.
        one_at_a_time = asyncio.Lock()

        async def send(frame: str | bytes) -> None:
            async with one_at_a_time:
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_text(frame))

        session = Session(self._store, self._snapshots, subscriber, send, self._now_ms, packed=hello.packed)
        sending = asyncio.create_task(session.run(hello.resume))
        receiving = asyncio.create_task(self._receive_actions(socket, send))
        overflowing = asyncio.create_task(subscriber.overflowed.wait())
        tasks = (sending, receiving, overflowing)
        try:
            # A TaskGroup would wait for all three; here the first that ends (left, failed, too slow) ends the others.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancel(tasks)
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if subscriber.overflowed.is_set():
            await _close(socket, frames.TOO_SLOW, "Too slow; resume.")
        _raise_unexpected(outcomes)

    async def _receive_actions(self, socket: WebSocket, send: Send) -> None:
        """Until the client leaves. Each message is answered by an acted frame; one that is no action, with an error."""
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            await send(await self._act(socket, message.get("text") or ""))

    async def _act(self, socket: WebSocket, text: str) -> str:
        try:
            action = frames.read_act(text)
        except ValueError as error:
            return frames.acted("", str(error))
        signed_in = socket.headers.get(self._user_header, "") if self._user_header else ""
        if self._user_header and not signed_in:
            return frames.acted(action.action_id, f"Nobody is signed in: the proxy sent no {self._user_header}.")
        try:
            await self._actions.write(signed(action, user=signed_in, now_at_ms=self._now_ms()))
        except BrokerError as error:
            return frames.acted(action.action_id, str(error))
        return frames.acted(action.action_id)


def is_same_host(origin: str | None, host: str | None) -> bool:
    """May a page of `origin` read the board? Only one of this host; clients that are no browsers send no origin."""
    return origin is None or (host is not None and urlsplit(origin).netloc.lower() == host.lower())


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
        if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
            raise outcome
