"""HTTP on a connection whose other end may be slow on purpose.

Neither a request that does not come whole nor an answer that is not fetched is waited for.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S = 10.0
"""From a connection, or a request's first byte, to the end of its headers."""

MOST_HEADER_BYTES = 32_768
"""Of a request's line and headers."""

SEND_S = 30.0
"""How often it is looked whether an answer that does not fit into the line goes on being fetched."""

SEND_BYTES = 16_384
"""Fetched since the look before: less is hung up on."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which alone would wait for the rest of a request for ever."""

    _waiting: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE or self._is_answered_early():
            self._wait()
        else:
            self._stop_waiting()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_sending()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_sending()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._sending is not None:
            self._sending.cancel()
        super().connection_lost(exc)

    def _is_answered_early(self) -> bool:
        """Is the answer out while the body still comes? No handler, and so no limit of its own, waits for it."""
        return self.conn.their_state is h11.SEND_BODY and self.cycle is not None and self.cycle.response_complete

    def _watch_sending(self) -> None:
        if self._sending is None and (left := self.transport.get_write_buffer_size()):
            self._sending = self.loop.call_later(SEND_S, self._look_at_sending, left)

    def _look_at_sending(self, left_before: int) -> None:
        self._sending = None
        left = self.transport.get_write_buffer_size()
        if left > left_before - min(SEND_BYTES, left_before):
            self.transport.abort()  # close would wait for what is left
        else:
            self._watch_sending()

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(REQUEST_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()
