"""Which sessions were signed out before their time, by whichever board server: shared by way of Redis.

While Redis is away nobody knows who was signed out elsewhere. A short while is borne, because a Redis that is replaced
must not stop a floor of supervisors; after it nobody is let in until Redis answers, and nobody is signed out by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.stream.errors import StoreError, TonewatchError

_log = logging.getLogger(__name__)

BORNE_S = 30.0
"""How long Redis may be away before nobody is let in: a failover of a Redis that is looked after takes less."""

ASK_AGAIN_S = 1.0
"""A Redis that did not answer is not asked for so long: each question may take seconds to fail."""

TELL_AGAIN_S = 2.0
"""How often it is tried to tell the others what Redis does not know yet."""


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

    async def end(self, session_id: str) -> None:
        """Here at once; at the others with Redis, as soon as it takes it (`run`)."""
        for_s = self._sessions.end(session_id)
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
        except StoreError:
            self._is_away()
            return self._unknown()
        if is_ended:
            self._sessions.end(session_id)  # known here from now on, whatever becomes of Redis
        if self._away_since is not None:
            await self._back()
        return is_ended

    async def run(self) -> None:
        """Tell again what Redis may have missed, or lost, while it was away; until cancelled."""
        while True:
            await self._sleep(TELL_AGAIN_S)
            if self._away_since is not None:
                with contextlib.suppress(CannotTell):
                    await self.is_ended(PROBE)

    async def _back(self) -> None:
        """Redis answers again: it is told all that is known here, and only then believed."""
        try:
            for session_id, for_s in self._sessions.ended():
                await self._shared.end_session(session_id, for_s)
        except StoreError:
            self._is_away()
        else:
            self._away_since = None

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
