"""Which sessions were signed out before their time, by whichever board server: shared by way of Redis.

While Redis is away nobody knows who was signed out elsewhere. A short while is borne, because a Redis that is replaced
must not stop a floor of supervisors; after it nobody is let in until Redis answers, and nobody is signed out by it.

A Redis may also come back empty between two questions, or without its last writes, and answer as if nothing had been.
So it bears a name, and each server tells all it knows to one whose name it has not told before; what was signed out
a short while ago is told again and again. What only one server knew that stopped while Redis was away is lost: the
browser has thrown its cookie away, but a copy of the cookie is good until its session ends by age or idleness.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.stream.errors import StoreError, TonewatchError

_log = logging.getLogger(__name__)

BORNE_S = 30.0
"""How long Redis may be away before nobody is let in: a failover of a Redis that is looked after takes less."""

ASK_AGAIN_S = 1.0
"""A Redis that did not answer is not asked for so long: each question may take seconds to fail."""

LAST_TRY_S = 2.0
"""A server that stops has no longer to tell what Redis does not know yet."""

TELL_AGAIN_S = 2.0
"""How often it is tried to tell the others what Redis does not know yet."""

YOUNG_S = 60.0
"""A sign-out is told again for so long: a replica that takes over may lack it, and has the name of the one before."""

PROBE = "probe"
"""No session has this id: asked for to see whether Redis answers."""


class CannotTell(TonewatchError):
    """Whether a session was signed out elsewhere is not known, and has not been for too long."""


class SharedEndings(Protocol):
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

    async def memory(self, proposed: str) -> str:
        """A name that goes with all that is remembered; `proposed` becomes it where there is none.

        Raises:
            StoreError: it cannot be read.
        """


class SignOuts:
    """What is known here counts at once, and is told to the others until they know. `clock`: monotonic, in seconds."""

    def __init__(
        self,
        sessions: Sessions,
        shared: SharedEndings,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sessions = sessions
        self._shared = shared
        self._clock = clock
        self._sleep = sleep
        self._away_since: float | None = None
        self._asked_at = 0.0
        self._told = ""
        self._young: dict[str, float] = {}

    async def end(self, session_id: str) -> None:
        """Here at once; at the others with Redis, as soon as it takes it (`run`)."""
        for_s = self._sessions.end(session_id)
        self._young[session_id] = self._clock()
        try:
            await self._shared.end_session(session_id, for_s)
        except StoreError as error:
            _log.warning("Other board servers do not know of a sign-out yet.", extra={"error": str(error)})
            self._is_away()

    async def is_ended(self, session_id: str) -> bool:
        """
        Raises:
            CannotTell: Redis has been away for longer than BORNE_S.
        """
        if self._away_since is not None and self._clock() - self._asked_at < ASK_AGAIN_S:
            return self._unknown()
        try:
            is_ended = await self._shared.is_session_ended(session_id)
            named = await self._shared.memory(secrets.token_urlsafe(12))
        except StoreError:
            self._is_away()
            return self._unknown()
        if is_ended:
            self._sessions.end(session_id)  # known here from now on, whatever becomes of Redis
        if self._away_since is not None or named != self._told:
            await self._tell_all(named)
        return is_ended

    async def run(self) -> None:
        """Tell again what Redis may have missed, or lost; until cancelled, and once more then."""
        try:
            while True:
                await self._sleep(TELL_AGAIN_S)
                with contextlib.suppress(CannotTell):
                    await self.is_ended(PROBE)
                await self._tell_young()
        finally:
            if self._away_since is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._tell(self._sessions.ended()), LAST_TRY_S)

    async def _tell_young(self) -> None:
        oldest = self._clock() - YOUNG_S
        self._young = {one: at for one, at in self._young.items() if at >= oldest}
        if self._away_since is None and self._young:
            await self._tell([(one, for_s) for one, for_s in self._sessions.ended() if one in self._young])

    async def _tell_all(self, named: str) -> None:
        """Redis answers again, or is another: it is told all that is known here, and only then believed."""
        if await self._tell(self._sessions.ended()):
            self._away_since, self._told = None, named

    async def _tell(self, ended: Iterable[tuple[str, int]]) -> bool:
        try:
            for session_id, for_s in ended:
                await self._shared.end_session(session_id, for_s)
        except StoreError:
            self._is_away()
            return False
        return True

    def _is_away(self) -> None:
        self._asked_at = self._clock()
        if self._away_since is None:
            self._away_since = self._asked_at

    def _unknown(self) -> bool:
        assert self._away_since is not None
        if self._clock() - self._away_since >= BORNE_S:
            raise CannotTell(
                "It cannot be told whether this session was signed out elsewhere: the board's Redis does not answer. "
                "You stay signed in; nothing is shown or done until it answers."
            )
        return False
