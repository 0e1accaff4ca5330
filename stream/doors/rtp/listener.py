"""RTP's ports: one a leg, opened when its call is announced and closed when it is over."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tonewatch.stream.doors.announced_calls import UNUSED_S, AnnouncedCall, AnnouncedCalls, Leg
from tonewatch.stream.doors.audiosocket.connection import monotonic_ms
from tonewatch.stream.doors.credentials import Refused
from tonewatch.stream.doors.limits import Admission
from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.doors.rtp.leg import DOOR, RtpLeg
from tonewatch.stream.doors.rtp.ports import PortPool, PortRange
from tonewatch.stream.doors.rtp.source import Source
from tonewatch.stream.doors.socket_call import DoorTools
from tonewatch.stream.errors import Unprocessable

log = logging.getLogger(__name__)

_QUIET_ENDS: Final = ("ended", "idle", "unused")


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, arrived: Callable[[bytes, str, int], None]) -> None:
        self._arrived = arrived

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._arrived(data, addr[0], addr[1])


@dataclass(eq=False)
class RtpListener:
    """`open` gives a leg its port. Nothing listens where nothing was announced."""

    ports: PortRange
    calls: AnnouncedCalls
    tools: DoorTools
    admission: Admission
    networks: MediaNetworks
    now_ms: Callable[[], float] = monotonic_ms
    _pool: PortPool = field(init=False)
    _legs: dict[asyncio.Task[None], RtpLeg] = field(default_factory=dict)
    _of_tenant: Counter[str] = field(default_factory=Counter)
    """Legs that have a port."""

    def __post_init__(self) -> None:
        self._pool = PortPool(self.ports)

    def __len__(self) -> int:
        return sum(leg.source.bound is not None for leg in self._legs.values())

    async def start(self) -> None:
        """Ports are opened by announcements."""

    async def drain(self) -> None:
        self.admission.closed = True

    async def stop(self) -> None:
        """End all legs; what they received has been taken when this returns."""
        for leg in self._legs.values():
            leg.stop()
        if self._legs:
            await asyncio.wait(list(self._legs))

    async def open(self, call: AnnouncedCall, leg: Leg) -> int:
        """
        Raises:
            Refused: the tenant has as many legs as it may have connections (429), those that say nothing too.
            Unprocessable: `no_port`.
        """
        if self._of_tenant[call.tenant] >= self.tools.limits.calls:
            raise Refused(429, "calls")
        self._of_tenant[call.tenant] += 1
        try:
            return await self._opened(call, leg)
        except BaseException:
            self._of_tenant[call.tenant] -= 1
            raise

    async def _opened(self, call: AnnouncedCall, leg: Leg) -> int:
        source = Source(self.networks, leg.source)
        carried = RtpLeg(call, leg, self.calls, self.tools, self.admission, source, self.now_ms)
        port, transport = await self._bound(carried)
        task = asyncio.create_task(self._run(carried, port, transport))
        self._legs[task] = carried
        return port

    def end(self, call: AnnouncedCall) -> None:
        """The call is over: its legs end when they have taken what arrived."""
        for leg in self._legs.values():
            if leg.call is call:
                leg.stop()

    async def _bound(self, leg: RtpLeg) -> tuple[int, asyncio.DatagramTransport]:
        loop = asyncio.get_running_loop()
        for _ in range(len(self._pool)):
            port = self._pool.take()
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(leg.arrived), local_addr=(self.ports.host, port)
                )
            except OSError:
                # Somebody else has it; it may be free later.
                self._pool.give(port)
                continue
            return port, transport
        raise Unprocessable("All ports of RTP are in use: widen TONEWATCH_DOOR_RTP.", reason="no_port")

    async def _run(self, leg: RtpLeg, port: int, transport: asyncio.DatagramTransport) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            reason = await leg.run(UNUSED_S)
        except Refused as refused:
            reason = refused.reason
        finally:
            transport.close()
            self._pool.give(port)
            self._legs.pop(task, None)
            self._of_tenant[leg.call.tenant] -= 1
            if not self._of_tenant[leg.call.tenant]:
                del self._of_tenant[leg.call.tenant]
        if reason not in _QUIET_ENDS:
            self.tools.metrics.door_refused.labels(door=DOOR, reason=reason).inc()
            log.warning("A door ends a leg", extra={"door": DOOR, "reason": reason})
