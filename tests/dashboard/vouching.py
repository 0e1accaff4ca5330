"""Stands where the gate stands: somebody is signed in, whoever `person` is."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from tonewatch.dashboard.audit import Audit
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sign_in import VISIT, Visit
from tonewatch.stream.messages.access import Access
from tonewatch.stream.service.metrics import Metrics


@dataclass
class Vouched:
    """`app`, as `person` sees it."""

    app: ASGIApp
    person: Person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, VISIT: Visit(self.person, "token")}, receive, send)


@dataclass
class Told:
    """Takes what is told of people."""

    written: list[Access] = field(default_factory=list)

    async def write(self, access: Access) -> None:
        self.written.append(access)

    def lose(self) -> None:
        return

    async def aclose(self) -> None:
        return


def audit_to(told: Told) -> Audit:
    return Audit(told, Metrics(), lambda: 0)
