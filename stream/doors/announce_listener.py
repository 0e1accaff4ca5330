"""The small HTTP interface by which calls are announced: POST /calls, DELETE /calls/ID.

aiohttp, because it is a dependency already and its server is started and stopped inside a loop of ours.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import web

from tonewatch.stream.doors.announced_calls import AnnouncedCall, AnnouncedCalls, Leg
from tonewatch.stream.doors.credentials import Credentials, Refused, bearer, tenants
from tonewatch.stream.doors.limits import Admission
from tonewatch.stream.doors.rtp.listener import RtpListener
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.doors.websocket_listener import Address, is_loopback
from tonewatch.stream.errors import BadRecord, SettingsError, Unprocessable

log = logging.getLogger(__name__)

NAME: Final = "announce"
"""As which lines of the secrets name this interface."""

BODY_BYTES: Final = 16 * 1024

_STATUS: Final = {"known_call": 409, "known_uuid": 409, "no_port": 503}
"""Of refusals of what was said, where it is not the body that is wrong."""

_TEXTS: Final = {
    "credentials": "Authorization is not `Bearer TOKEN` of a line `announce TENANT TOKEN` of the secrets.",
    "not_announced": "No call of this id is announced: it is over, was forgotten, or never was.",
    "no_credentials": "The door cannot read its secrets: its /ready says why.",
    "calls": "The tenant has as many calls, or legs of RTP, as it may (TONEWATCH_DOOR_CALLS): end those that are over.",
    "origin": "A page in a browser announces no calls.",
}
"""What is said of refusals that are no fault of the request's body, by their reason."""


@dataclass(eq=False)
class AnnounceListener:
    """`rtp` is null where no ports were given; `has_audiosocket`: whether that door is open."""

    address: Address
    credentials: Credentials
    calls: AnnouncedCalls
    tools: DoorTools
    admission: Admission
    rtp: RtpListener | None = None
    has_audiosocket: bool = False
    tls: ssl.SSLContext | None = None
    _runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        assert self._runner is not None
        return int(self._runner.addresses[0][1])

    @property
    def is_private(self) -> bool:
        return is_loopback(self.address.host)

    def __len__(self) -> int:
        """Calls are counted by the doors that carry them."""
        return 0

    async def start(self) -> None:
        """
        Raises:
            SettingsError: the address cannot be listened on.
        """
        app = web.Application(client_max_size=BODY_BYTES)
        app.add_routes([web.post("/calls", self._announced), web.delete("/calls/{call_id}", self._ended)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.address.host, self.address.port, ssl_context=self.tls).start()
        except OSError as error:
            why = error.strerror or str(error)
            raise SettingsError(f"Calls cannot be announced on {self.address} ({why}): name a free port.") from error

    async def drain(self) -> None:
        self.admission.closed = True

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _announced(self, request: web.Request) -> web.Response:
        try:
            tenant, named = self._admit(request)
            self.admission.check(tenant, request.remote or "")
            call = self.calls.announce(tenant, await request.read(), named)
            return _json(201, {"call_id": call.facts.call_id, "legs": await self._opened(call)})
        except Refused as refused:
            return self._refused(request, refused.status, refused.reason)
        except BadRecord as error:
            return self._refused(request, _STATUS.get(error.reason, 400), error.reason, str(error))

    async def _ended(self, request: web.Request) -> web.Response:
        try:
            tenant, _ = self._admit(request)
        except Refused as refused:
            return self._refused(request, refused.status, refused.reason)
        call = self.calls.named(tenant, request.match_info["call_id"])
        if call is None:
            return self._refused(request, 404, "not_announced")
        self._end(call)
        return web.Response(status=204)

    def _end(self, call: AnnouncedCall) -> None:
        """AudioSocket's connections end by themselves; RTP says nothing at its end."""
        if self.rtp is not None:
            self.rtp.end(call)
        self.calls.forget(call)

    async def _opened(self, call: AnnouncedCall) -> list[dict[str, str | int]]:
        try:
            return [await self._open(call, leg) for leg in call.legs]
        except (Refused, Unprocessable):
            self._end(call)
            raise

    async def _open(self, call: AnnouncedCall, leg: Leg) -> dict[str, str | int]:
        if leg.uuid is not None and self.has_audiosocket:
            return {"role": leg.role, "audiosocket": str(leg.uuid)}
        if leg.format is not None and self.rtp is not None:
            port = await self.rtp.open(call, leg)
            return {"role": leg.role, "rtp": leg.format.name, "host": self.rtp.ports.host, "port": port}
        raise Unprocessable("The door that the leg needs is not open here.", reason="no_door")

    def _admit(self, request: web.Request) -> tuple[str, frozenset[str]]:
        """Who asks, and the names of all tenants that there are."""
        try:
            known = self.credentials.all()
        except SettingsError as error:
            self.tools.metrics.health.warn("credentials", str(error))
            raise Refused(503, "no_credentials") from error
        if "Origin" in request.headers:
            raise Refused(403, "origin")
        secrets = [one for one in known if one.door == NAME]
        if not secrets and self.is_private:
            return "", tenants(known)
        return bearer(request.headers.get("Authorization", ""), secrets), tenants(known)

    def _refused(self, request: web.Request, status: int, reason: str, text: str = "") -> web.Response:
        self.tools.metrics.door_refused.labels(door=NAME, reason=reason).inc()
        log.warning("An announcement is refused", extra={"door": NAME, "reason": reason, "from": request.remote})
        return _json(status, {"reason": reason, "text": text or _TEXTS.get(reason, "")})


def _json(status: int, body: object) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")
