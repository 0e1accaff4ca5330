"""The websocket of the board."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from tonewatch.dashboard import frames
from tonewatch.dashboard.actions import Actions, named
from tonewatch.dashboard.feed import Feed, Subscriber
from tonewatch.dashboard.session import Send, Session
from tonewatch.dashboard.store import BoardStore
from tonewatch.stream.errors import BrokerError

HELLO_S = 10.0
"""How long a client may take to say where it resumes."""

CLOSE_S = 3.0
"""How long a close frame may wait behind what the client has not read."""


class BoardSocket:
    """Serves `/ws`. `user_header` names the header in which a proxy says who is signed in; empty: there is none."""

    def __init__(
        self, store: BoardStore, feed: Feed, actions: Actions, now_ms: Callable[[], int], user_header: str = ""
    ) -> None:
        self._store = store
        self._feed = feed
        self._actions = actions
        self._now_ms = now_ms
        self._user_header = user_header

    async def serve(self, socket: WebSocket) -> None:
        if not same_host(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close()  # before accepting: the handshake is answered with 403
            return
        await socket.accept()
        try:
            resume = frames.read_resume(await asyncio.wait_for(_receive_text(socket), HELLO_S))
        except (ValueError, TimeoutError) as error:
            await _close(socket, frames.BAD_HELLO, str(error) or "No resume message came.")
        except WebSocketDisconnect:
            return
        else:
            with self._feed.subscribe() as subscriber:
                await self._follow(socket, subscriber, resume)

    async def _follow(self, socket: WebSocket, subscriber: Subscriber, resume: str | None) -> None:
        one_at_a_time = asyncio.Lock()

        async def send(text: str) -> None:
            async with one_at_a_time:
                await socket.send_text(text)

        session = Session(self._store, subscriber, send, self._now_ms)
        sending = asyncio.create_task(session.run(resume))
        gone = asyncio.create_task(self._listen(socket, send))
        slow = asyncio.create_task(subscriber.overflowed.wait())
        tasks = (sending, gone, slow)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if subscriber.overflowed.is_set():
            await _close(socket, frames.TOO_SLOW, "Too slow; resume.")
        _raise_unexpected(outcomes)

    async def _listen(self, socket: WebSocket, send: Send) -> None:
        """Until the client leaves: it may act on alerts; anything else that it sends is answered and dropped."""
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            await send(await self._act(socket, message.get("text") or ""))

    async def _act(self, socket: WebSocket, text: str) -> str:
        try:
            asked = frames.read_act(text)
        except ValueError as error:
            return frames.acted("", str(error))
        signed_in = socket.headers.get(self._user_header, "") if self._user_header else ""
        if self._user_header and not signed_in:
            return frames.acted(asked.action_id, f"Nobody is signed in: the proxy sent no {self._user_header}.")
        try:
            await self._actions.write(named(asked, signed_in=signed_in, now_at_ms=self._now_ms()))
        except BrokerError as error:
            return frames.acted(asked.action_id, str(error))
        return frames.acted(asked.action_id)


def same_host(origin: str | None, host: str | None) -> bool:
    """A browser names the page's origin; another site's page must not read the board. Other clients name none."""
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
        return  # it left by itself, or will be dropped with the connection


def _raise_unexpected(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
            raise outcome
