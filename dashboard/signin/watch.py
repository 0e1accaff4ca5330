"""What happens to sessions: told to the audit, and to all board servers where one is signed out before its time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection

from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sign_in import SignIn, Visit
from tonewatch.dashboard.signin.sign_outs import SignOuts
from tonewatch.stream.messages import AccessKind

LOOK_S = 2.0
"""How often an open websocket asks whether its visit goes on: a sign-out in another tab reaches it within that."""

EVERYWHERE_LOOKS = 5
"""Every so many looks Redis is asked too: a sign-out at another board server reaches it within ten seconds."""


class SessionWatch:
    """Ends sessions and follows them; `tell` gets what happened, and who it was, for the audit."""

    def __init__(
        self,
        sign_in: SignIn,
        sign_outs: SignOuts,
        tell: Callable[[AccessKind, Person | str], None] = lambda what, who: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sign_in = sign_in
        self._sign_outs = sign_outs
        self._tell = tell
        self._sleep = sleep

    def began(self, person: Person) -> None:
        self._tell("signed_in", person)

    def failed(self, name: str) -> None:
        """`name` is that of a user; what else was typed may be a password in the wrong field, and goes nowhere."""
        self._tell("sign_in_failed", name)

    async def end(self, visit: Visit) -> None:
        """Here at once, at the other board servers by way of Redis."""
        if visit.session is None:
            return
        self._tell("signed_out", visit.person)
        await self._sign_outs.end(visit.session.id)

    async def until_over(self, visit: Visit, connection: HTTPConnection) -> None:
        """Returns once the visit is over: signed out, too old, idle, or its user changed.

        Raises:
            CannotTell: whether it was signed out elsewhere is not known any more.
        """
        for look in itertools.count():
            if not await self._sign_in.still(visit, connection, everywhere=look % EVERYWHERE_LOOKS == 0):
                return
            await self._sleep(LOOK_S)
