"""One address on which websockets come in, for any number of doors: the path says which.

websockets and not Starlette: its server lets a handshake be refused before anything is upgraded, stops reading from a
socket whose messages nobody takes, and has no second server under it.
"""

from __future__ import annotations

import asyncio
import http
import logging
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit
from weakref import WeakKeyDictionary

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tonewatch.stream.doors.credentials import Credentials, Refused, tenants
from tonewatch.stream.doors.limits import Admission, ByteRate
from tonewatch.stream.doors.session import Knock, WebSocketProtocol
from tonewatch.stream.doors.socket_call import GOING_AWAY, TRY_LATER, DoorTools, SocketCall
from tonewatch.stream.errors import SettingsError

log = logging.getLogger(__name__)

QUEUED_MESSAGES = 32
"""Messages of one socket that were received and not taken: more than that and the socket is not read."""

PING_S = 20.0
OPEN_S = 30.0
"""A handshake may take so long: after a restart all calls come at once."""

BACKLOG = 1_024
"""Connections that may wait to be accepted; more than the kernel's own bound are not."""

SUBPROTOCOLS = ("audio.jambonz.org", "audio.drachtio.org")
"""Names that jambonz and mod_audio_fork ask for, and expect to be given."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(eq=False)
class WebSocketListener:
    """`public_url`: the address that telephony systems were told, without a path; '' to take it from the handshake.

    `behind_proxy`: TLS ends before us, and what the proxy says of the address and of the caller's is believed.
    """

    address: Address
    protocols: Sequence[WebSocketProtocol]
    credentials: Credentials
    tools: DoorTools
    admission: Admission
    tls: ssl.SSLContext | None = None
    public_url: str = ""
    behind_proxy: bool = False
    _server: Server | None = None
    _calls: dict[ServerConnection, SocketCall] = field(default_factory=dict)
    _tenants: WeakKeyDictionary[ServerConnection, tuple[str, frozenset[str]]] = field(default_factory=WeakKeyDictionary)

    @property
    def port(self) -> int:
        """The port that is listened on, also where any was asked for."""
        assert self._server is not None
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def is_private(self) -> bool:
        """Can only this machine reach it?"""
        return is_loopback(self.address.host) and not self.behind_proxy

    async def start(self) -> None:
        """
        Raises:
            SettingsError: the address cannot be listened on.
        """
        try:
            self._server = await serve(
                self._handle,
                self.address.host,
                self.address.port,
                ssl=self.tls,
                process_request=self._knocked,
                select_subprotocol=_subprotocol,
                # A telephone's audio does not shrink, and a bomb that unpacks cannot come in.
                compression=None,
                max_size=self.tools.limits.message_bytes,
                max_queue=QUEUED_MESSAGES,
                # Pings keep proxies awake. No answer is waited for: it lies behind audio that is not read while Kafka
                # is away, and LiveKit's answers are none. Whoever says nothing is closed by its silence.
                ping_interval=PING_S,
                ping_timeout=None,
                open_timeout=OPEN_S,
                backlog=BACKLOG,
                server_header=None,
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise SettingsError(f"A door cannot listen on {self.address} ({why}): name a free port.") from error
        for protocol in self.protocols:
            asks = "a secret" if self.credentials.of(protocol.name) else "nothing"
            where = f"{self.address.host}:{self.port}{protocol.path}"
            log.info("A door is open", extra={"door": protocol.name, "at": where, "asks_for": asks})

    async def drain(self) -> None:
        """No new call comes in; those that are there are told."""
        self.admission.closed = True
        await asyncio.gather(*(call.drain() for call in self._calls.values()), return_exceptions=True)

    def __len__(self) -> int:
        """Connections that are open."""
        return len(self._calls)

    async def stop(self) -> None:
        """Close all connections; what they sent has been taken when this returns."""
        if self._server is not None:
            self._server.close(code=GOING_AWAY, reason="the door stops")
            await self._server.wait_closed()

    def _knocked(self, connection: ServerConnection, request: Request) -> Response | None:
        door = "none"
        try:
            protocol = self._protocol(request.path)
            door = protocol.name
            tenant, named = self._admit(protocol, request)
            self.admission.check(tenant, self._source(connection, request))
        except Refused as refused:
            self.tools.metrics.door_refused.labels(door=door, reason=refused.reason).inc()
            source = self._source(connection, request)
            log.warning("A door refuses a connection", extra={"door": door, "reason": refused.reason, "from": source})
            return _answer(refused.status)
        self._tenants[connection] = tenant, named
        return None

    def _protocol(self, path: str) -> WebSocketProtocol:
        # Two slashes begin a host: what stands behind it is the path of another server.
        wanted = "" if path.startswith("//") else _parts(path, 404, "path").path.rstrip("/")
        for protocol in self.protocols:
            if wanted == protocol.path:
                return protocol
        raise Refused(404, "path")

    def _admit(self, protocol: WebSocketProtocol, request: Request) -> tuple[str, frozenset[str]]:
        """The connection's tenant, and the names of all that there are."""
        knock = self._knock(request)
        try:
            known = self.credentials.all()
        except SettingsError as error:
            self.tools.metrics.health.warn("credentials", str(error))
            raise Refused(503, "no_credentials") from error
        secrets = [one for one in known if one.door == protocol.name]
        if not secrets and self.is_private:
            # A page in a browser of this machine can reach a door here too, and says where it is from.
            if "Origin" in request.headers:
                raise Refused(403, "origin")
            return "", tenants(known)
        return protocol.admit(knock, secrets), tenants(known)

    def _knock(self, request: Request) -> Knock:
        """
        Raises:
            Refused: the address that the other side names, by its Host, is none.
        """
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        url = self._origin(headers) + request.path
        _parts(url, 400, "host")
        return Knock(url, request.path, headers)

    def _origin(self, headers: Mapping[str, str]) -> str:
        if self.public_url:
            return self.public_url.rstrip("/")
        secure = self.tls is not None
        host = headers.get("host", "")
        if self.behind_proxy:
            secure = headers.get("x-forwarded-proto", "https") in ("https", "wss")
            host = headers.get("x-forwarded-host", host)
        return f"{'wss' if secure else 'ws'}://{host}"

    def _source(self, connection: ServerConnection, request: Request) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "") if self.behind_proxy else ""
        # The proxy appends the address that it saw: only the last one is its own word.
        return forwarded.rpartition(",")[2].strip() or str(connection.remote_address[0])

    async def _handle(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        protocol = self._protocol(request.path)
        tenant, named = self._tenants[connection]
        call = SocketCall(
            protocol.name,
            tenant,
            connection,
            protocol.session(self._knock(request)),
            self.tools,
            ByteRate(self.tools.limits.bytes_s),
            named,
        )
        try:
            with self.admission.entered(tenant, self._source(connection, request)):
                self._calls[connection] = call
                await call.run()
        except Refused as refused:
            await connection.close(TRY_LATER, refused.reason)
        finally:
            self._calls.pop(connection, None)


def _parts(url: str, status: int, reason: str) -> SplitResult:
    """
    Raises:
        Refused: it is no address, as with a bracket that is not closed.
    """
    try:
        return urlsplit(url)
    except ValueError as error:
        raise Refused(status, reason) from error


def _subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Whoever asks for none, or for another, is let in without."""
    return next((one for one in offered if one in SUBPROTOCOLS), None)


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _answer(status: int) -> Response:
    phrase = http.HTTPStatus(status).phrase
    body = f"{phrase}\n".encode()
    headers = Headers([("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")])
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(status, phrase, headers, body)
