"""How large a request's body may be, and how long it may take to come."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 65_536

BODY_S = 10.0


class _TooLarge(Exception):
    """More than MOST_BYTES came, whatever the header said."""


class Limits:
    """Middleware: 413 for a body that is too large, 408 for one that does not come."""

    def __init__(self, app: ASGIApp, *, most_bytes: int = MOST_BYTES, body_s: float = BODY_S) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _length(Headers(scope=scope)) > self._most_bytes:
            await _answer(413, scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, self._bounded(receive), answer)
        except (_TooLarge, _TooSlow) as error:
            if answer.began:
                raise
            await _answer(413 if isinstance(error, _TooLarge) else 408, scope, receive, send)

    def _bounded(self, receive: Receive) -> Receive:
        read = 0
        is_whole = False
        until = asyncio.get_running_loop().time() + self._body_s

        async def bounded() -> Message:
            nonlocal read, is_whole
            if is_whole:  # what is waited for now is that the client leaves
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise _TooSlow from None
            read += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if read > self._most_bytes:
                raise _TooLarge
            return message

        return bounded


class _TooSlow(Exception):
    """The body was not whole within BODY_S."""


class _Answer:
    """Passes an answer on, and knows whether it began."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.began = False

    async def __call__(self, message: Message) -> None:
        self.began = True
        await self._send(message)


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


async def _answer(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    text = "The request is larger than this board takes.\n" if status == 413 else "The request did not come whole.\n"
    await PlainTextResponse(text, status, {"connection": "close"})(scope, receive, send)
