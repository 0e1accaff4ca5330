"""The TCP port of AudioSocket."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tonewatch.stream.doors.announced_calls import AnnouncedCalls
from tonewatch.stream.doors.audiosocket.connection import DOOR, READ_BYTES, AudioSocketConnection, monotonic_ms
from tonewatch.stream.doors.audiosocket.unknown import Unknown
from tonewatch.stream.doors.limits import Admission
from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.websocket_listener import BACKLOG, Address
from tonewatch.stream.errors import SettingsError

log = logging.getLogger(__name__)

MOST_UNKNOWN: Final = 2_000
"""Connections of all addresses that have not said their UUID. Of one address as many as it may have connections:
after a restart all its legs come at once, and each says its UUID only when it is read."""

_QUIET_ENDS: Final = ("ended", "broken")


@dataclass(eq=False)
class AudioSocketListener:
    """`tls`: null for plain TCP, which is taken from `networks` alone."""

    address: Address
    calls: AnnouncedCalls
    tools: DoorTools
    admission: Admission
    networks: MediaNetworks
    tls: ssl.SSLContext | None = None
    now_ms: Callable[[], float] = monotonic_ms
    _server: asyncio.Server | None = None
    _carried: dict[UUID, asyncio.Future[None]] = field(default_factory=dict)
    _open: dict[asyncio.Task[None], AudioSocketConnection] = field(default_factory=dict)
    _unknown: Unknown[AudioSocketConnection] = field(init=False)

    def __post_init__(self) -> None:
        self._unknown = Unknown(self.tools.limits.address_calls, MOST_UNKNOWN)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def __len__(self) -> int:
        return sum(one.stream is not None for one in self._open.values())

    async def start(self) -> None:
        """
        Raises:
            SettingsError: the address cannot be listened on.
        """
        host, port = self.address.host, self.address.port
        try:
            self._server = await asyncio.start_server(
                self._connected, host, port, ssl=self.tls, limit=READ_BYTES, backlog=BACKLOG
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise SettingsError(f"AudioSocket cannot listen on {self.address} ({why}): name a free port.") from error

    async def drain(self) -> None:
        """New legs are refused; those that are there go on."""
        self.admission.closed = True

    async def stop(self) -> None:
        """Close all connections; what they sent has been taken when this returns."""
        if self._server is not None:
            self._server.close()
        for one in list(self._open.values()):
            one.close()
        if self._open:
            await asyncio.wait(list(self._open))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        source = str(writer.get_extra_info("peername")[0])

        # Nothing is ever sent, so nothing is lost; what was received before is still taken.
        close = writer.transport.abort
        connection = AudioSocketConnection(
            reader, source, self.calls, self.tools, self.admission, close, self._carried, self.now_ms
        )
        try:
            self._open[task] = connection
            reason = await self._run(connection)
        finally:
            del self._open[task]
            close()
        if reason not in _QUIET_ENDS:
            self.tools.metrics.door_refused.labels(door=DOOR, reason=reason).inc()
            log.warning("A door closes a connection", extra={"door": DOOR, "reason": reason, "from": source})

    async def _run(self, connection: AudioSocketConnection) -> str:
        source = connection.address
        if self.tls is None and not self.networks.allows(source):
            return "network"
        # Whoever says nothing shuts nobody out.
        if (oldest := self._unknown.add(source, connection)) is not None:
            oldest.put_out()
        connection.known = lambda: self._unknown.discard(source, connection)
        try:
            return await connection.run()
        finally:
            self._unknown.discard(source, connection)
