"""HTTP on a connection whose other end may be slow on purpose, or one of very many.

Neither a request that does not come whole nor an answer that is not fetched is waited for; and an address that has as
many connections as it may is hung up on before anything is read.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tonewatch.dashboard.connections import Connections

REQUEST_S = 10.0
"""From a connection, or a request's first byte, to the end of its headers."""

HURRIED_S = 2.0
"""The same, of a connection that came while very many waited."""

MOST_HEADER_BYTES = 32_768
"""Of a request's line and headers."""

SEND_S = 30.0
"""How often it is looked whether an answer that does not fit into the line goes on being fetched."""

SEND_BYTES = 16_384
"""Fetched since the look before: less is hung up on."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which alone would wait for the rest of a request for ever, and take whoever comes."""

    places: ClassVar[Connections | None] = None
    """Of all connections of one server; None: without a bound."""

    _waiting: asyncio.TimerHandle | None = None
    _sending: asyncio.TimerHandle | None = None
    _place: str | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if self.places is not None:
            peer = transport.get_extra_info("peername")
            self._place = self.places.enter(str(peer[0]) if isinstance(peer, tuple) else "")
            self._is_refused = self._place is None
        if self._is_refused:
            transport.abort()  # an answer would be one more thing to wait for
            return
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
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

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._leave()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._is_refused:
            return
        self._leave()
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

    def _leave(self) -> None:
        if self.places is not None and self._place is not None:
            self.places.leave(self._place)
            self._place = None

    def _wait(self) -> None:
        if self._waiting is not None:
            return
        is_hurried = self.places is not None and self.places.are_many_waiting
        self._waiting = self.loop.call_later(HURRIED_S if is_hurried else REQUEST_S, self._give_up)
        self._count_waiting(1)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            self._count_waiting(-1)

    def _count_waiting(self, change: int) -> None:
        if self.places is not None:
            self.places.waiting += change

    def _give_up(self) -> None:
        self._waiting = None
        self._count_waiting(-1)
        if not self.transport.is_closing():
            self.transport.close()


def bounded(connections: Connections) -> type[PatientProtocol]:
    """The protocol of a server whose connections are counted by `connections`."""

    class Bounded(PatientProtocol):
        places = connections

    return Bounded
