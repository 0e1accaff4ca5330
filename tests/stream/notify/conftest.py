"""Alerts small enough to read, a house with everything around a desk, and receivers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from tonewatch.stream.codec import decode_alert, decode_delivery, encode
from tonewatch.stream.messages import Alert, Delivery
from tonewatch.stream.notify.desk import Desk
from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Delivered, Outcome, Sending
from tonewatch.stream.notify.receivers.factory import make_receiver
from tonewatch.stream.notify.routes import AnyTarget, Routes
from tonewatch.stream.notify.routes_file import parse
from tonewatch.stream.service.metrics import Metrics

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
NOON_MS = 1_790_000_000_000
"""2026-09-21, 16:13:20 in Berlin."""


def make_alert(seq: int = 0, event: str = "fired", **changed: Any) -> Alert:
    """An alert of call c-1 that nobody has; `changed` over it."""
    golden = decode_alert((GOLDEN / "alert.json").read_bytes())
    states = {"resolved": "resolved", "withdrawn": "withdrawn", "pending": "pending", "confirmed": "confirmed"}
    fields: dict[str, Any] = {
        "seq": seq,
        "event": event,
        "state": states.get(event, "firing"),
        "severity": "act",
        "acknowledged_by": "Ada" if event == "acknowledged" else "",
        "assigned_to": "",
        "snoozed_until_ms": None,
        "acted": (),
        "emitted_at_ms": NOON_MS,
    }
    return msgspec.structs.replace(golden, **(fields | changed))


@pytest.fixture
def alert() -> Callable[..., Alert]:
    return make_alert


@dataclass
class FakeReceiver:
    """Answers with the next of `answers`, then takes everything."""

    answers: list[Outcome] = field(default_factory=list)
    told: list[Sending] = field(default_factory=list)
    address: str = "there"

    async def tell(self, sending: Sending) -> Outcome:
        self.told.append(sending)
        await asyncio.sleep(0)
        return self.answers.pop(0) if self.answers else Delivered(f"receipt {len(self.told)}")

    @property
    def said(self) -> list[tuple[str, ...]]:
        """Kind and call of each notice, a tuple a message."""
        return [tuple(f"{n.kind} {n.call_id}" for n in sending.delivery.notices) for sending in self.told]


@dataclass
class Kept:
    """A topic of deliveries: the bytes as they lie there, and what went to its dead letters."""

    records: list[bytes] = field(default_factory=list)
    letters: list[Delivery] = field(default_factory=list)
    fail_after: int | None = None
    erased: list[str] = field(default_factory=list)

    async def erase(self, delivery_id: str) -> None:
        self.erased.append(delivery_id)

    async def write(self, delivery: Delivery) -> None:
        if self.fail_after is not None and len(self.records) >= self.fail_after:
            raise ConnectionError("the process dies here")
        self.records.append(encode(delivery))

    async def bury(self, delivery: Delivery) -> None:
        self.letters.append(delivery)
        await self.write(delivery)

    def newest(self) -> list[Delivery]:
        found = {one.delivery_id: one for one in map(decode_delivery, self.records)}
        return list(found.values())


class House:
    """A desk on a clock that is moved by hand; `restart` makes another one of what was kept."""

    def __init__(self, routes: str, receivers: dict[str, FakeReceiver] | None = None, http: Http | None = None) -> None:
        self.routes: Routes = parse(routes)
        self.receivers = {name: FakeReceiver() for name in self.routes.file.targets} if receivers is None else receivers
        self.http = http
        self.kept = Kept()
        self.now_ms = NOON_MS
        self.metrics = Metrics()
        self.desk = self._desk()

    def _desk(self) -> Desk:
        def make(target: AnyTarget) -> Any:
            if self.http is not None:
                return make_receiver(target, self.http)
            return next(self.receivers[name] for name, one in self.routes.file.targets.items() if one is target)

        return Desk(
            self.kept,
            self.metrics,
            make=make,
            now_ms=lambda: self.now_ms,
            draw=lambda: 0.5,
            routes=lambda: self.routes,
        )

    def restart(self) -> None:
        """As after a kill: only what was written is known."""
        self.kept.fail_after = None
        self.desk = self._desk()
        self.desk.restore(self.kept.newest())

    async def take(self, *alerts: Alert) -> None:
        for alert in alerts:
            await self.desk.take(alert)

    async def after(self, seconds: float) -> None:
        """So much later, with everything sent that is due then."""
        self.now_ms += round(1000 * seconds)
        await self.desk.work_off()

    def states(self) -> list[tuple[str, str]]:
        return sorted((one.target, one.state) for one in self.kept.newest())


@pytest.fixture
def house() -> Callable[..., House]:
    return House


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A real HTTP server on loopback that answers with the next of `answers`, then 200."""

    url: str = ""
    answers: list[web.Response] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Request(request.path, headers, await request.read()))
        return self.answers.pop(0) if self.answers else web.Response(text='{"ok":true,"channel":"C1","ts":"1.5"}')


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    found = Http()
    yield found
    await found.aclose()
