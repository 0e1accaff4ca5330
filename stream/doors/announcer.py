"""Announces a call as Asterisk would, over HTTP: for simulators, and as an example of a client."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from tonewatch.stream.doors.announced_calls import CallSaid, LegSaid
from tonewatch.stream.doors.refusal import refusal
from tonewatch.stream.doors.replay import Plan
from tonewatch.stream.errors import BrokerError

ANSWER_S = 20.0


@dataclass(frozen=True)
class Announcer:
    """`url` is that of the door's announcements, `http://host:port`. `token` is '' where none is needed; `tls` null
    where the system's CAs are to be trusted.
    """

    url: str
    token: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None

    async def announce(self, call: CallSaid) -> list[dict[str, Any]]:
        """The legs as the door answers them, in order.

        Raises:
            BrokerError: the door cannot be reached or refuses; the text says why.
        """
        answer = await self._ask("POST", "/calls", msgspec.json.encode(call))
        legs: list[dict[str, Any]] = answer["legs"]
        return legs

    async def end(self, call_id: str) -> None:
        """
        Raises:
            BrokerError: the door cannot be reached or refuses.
        """
        await self._ask("DELETE", f"/calls/{quote(call_id, safe='')}", b"")

    async def _ask(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as session,
                session.request(method, self.url + path, data=body, headers=headers, ssl=self.tls or True) as answer,
            ):
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BrokerError(
                f"{self.url}: the call cannot be announced: {refusal(_cause_of(error), ANSWER_S)}."
            ) from error
        if answer.status not in (201, 204):
            raise BrokerError(f"{self.url}: the door refuses the call ({answer.status}): {text[:200]}")
        return dict(msgspec.json.decode(text)) if text else {}


def said(call: Plan, legs: tuple[LegSaid, ...]) -> CallSaid:
    about = call.about
    return CallSaid(
        call_id=call.call_id,
        legs=legs,
        notice_given=call.notice_given,
        queue=about.queue,
        title=about.title,
        language=about.language,
        caller_id=about.caller_id,
        agent_id=about.agent_id,
    )


def _cause_of(error: BaseException) -> BaseException:
    """What aiohttp wraps: the system's own error where there is one."""
    return getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
