"""What happens to sessions: told to the audit, and to all board servers where one is signed out before its time."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import HTTPConnection

from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sign_in import SignIn, Visit
from tonewatch.stream.errors import StoreError
from tonewatch.stream.messages import AccessKind

_log = logging.getLogger(__name__)

LOOK_S = 2.0
"""How often an open websocket asks whether its visit goes on: a sign-out in another tab reaches it within that."""

EVERYWHERE_LOOKS = 5
"""Every so many looks Redis is asked too: a sign-out at another board server reaches it within ten seconds."""


class EndedSessions(Protocol):
    """What the board servers share of sessions that were signed out."""

    async def end_session(self, session_id: str, for_s: int) -> None:
        """
        Raises:
            StoreError: it cannot be written.
        """

    async def is_session_ended(self, session_id: str) -> bool:
        """
        Raises:
            StoreError: it cannot be read.
        """


class SessionWatch:
    """Ends sessions and follows them; `tell` gets what happened, and who it was, for the audit."""

    def __init__(
        self,
        sign_in: SignIn,
        shared: EndedSessions,
        tell: Callable[[AccessKind, Person | str], None] = lambda what, who: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sign_in = sign_in
        self._shared = shared
        self._tell = tell
        self._sleep = sleep

    def began(self, person: Person) -> None:
        self._tell("signed_in", person)

    def failed(self, name: str) -> None:
        """`name` is that of a user; what else was typed may be a password in the wrong field, and goes nowhere."""
        self._tell("sign_in_failed", name)

    async def end(self, visit: Visit) -> None:
        """Here at once, at the other board servers by way of Redis; where that is away, at this server alone."""
        if visit.session is None:
            return
        self._tell("signed_out", visit.person)
        for_s = self._sign_in.sessions.end(visit.session.id)
        try:
            await self._shared.end_session(visit.session.id, for_s)
        except StoreError as error:
            _log.warning("Other board servers do not know of a sign-out.", extra={"error": str(error)})

    async def is_ended(self, session_id: str) -> bool:
        """Where Redis cannot say, only this server's own sign-outs count: the board has no calls to show then, the
        review desk has."""
        try:
            return await self._shared.is_session_ended(session_id)
        except StoreError:
            return False

    async def until_over(self, visit: Visit, connection: HTTPConnection) -> None:
        """Returns once the visit is over: signed out, too old, idle, or its user changed."""
        for look in itertools.count():
            if not await self._sign_in.still(visit, connection, everywhere=look % EVERYWHERE_LOOKS == 0):
                return
            await self._sleep(LOOK_S)
