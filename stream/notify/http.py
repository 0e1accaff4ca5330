"""One request to a receiver: no redirects, a bounded answer, a bounded time, addresses that are allowed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

from tonewatch.stream.notify.addresses import AddressRefused, PublicResolver, why_not_an_address
from tonewatch.stream.notify.outcome import Delivered, Outcome, Refused, TryAgain

LONGEST_ANSWER = 65_536
LONGEST_WAIT_MS = 6 * 3_600_000
"""However long a receiver asks us to wait."""

_AGAIN = frozenset({408, 409, 421, 425, 429})
"""Of 400 to 499, those that say that another try may work."""


@dataclass(frozen=True)
class Answer:
    """`text` ends at LONGEST_ANSWER bytes. `wait_ms`: from Retry-After."""

    status: int
    text: str
    wait_ms: int = 0


class Http:
    """Connections to receivers: one pool for public addresses, one for those of the own network."""

    def __init__(self) -> None:
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private: bool, timeout_s: float
    ) -> Answer | TryAgain | Refused:
        """The answer, whatever its status; or why there is none."""
        if why_not_an_address(url, private=private):
            return Refused("address_refused")
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session(private).post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                text = (await _bounded(response)).decode(errors="replace")
                return Answer(response.status, text, _wait_ms(response.headers.get("Retry-After", "")))
        except AddressRefused:
            return Refused("address_refused")
        except TimeoutError:
            return TryAgain("timeout")
        except aiohttp.ClientConnectorCertificateError:
            return TryAgain("certificate")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # aiohttp wraps what the resolver raises.
            refused = isinstance(error.__cause__, AddressRefused) or isinstance(error.__context__, AddressRefused)
            return Refused("address_refused") if refused else TryAgain("no_answer")

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, private: bool) -> aiohttp.ClientSession:
        if private not in self._sessions:
            connector = aiohttp.TCPConnector(limit_per_host=4, resolver=None if private else PublicResolver())
            self._sessions[private] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                headers={"User-Agent": "Tonewatch"},
            )
        return self._sessions[private]


def outcome(answer: Answer, receipt: str = "") -> Outcome:
    """What a status says where the receiver has no words of its own: 2xx is taken, 410 is gone."""
    if 200 <= answer.status < 300:
        return Delivered(receipt)
    reason = f"http_{answer.status}"
    if answer.status == 410:
        return Refused(reason, is_gone=True)
    if answer.status >= 500 or answer.status in _AGAIN:
        return TryAgain(reason, answer.wait_ms)
    return Refused(reason)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    found = b""
    async for chunk in response.content.iter_chunked(4096):
        found += chunk
        if len(found) >= LONGEST_ANSWER:
            # What is left unread must not keep the connection for the next request.
            response.close()
            break
    return found[:LONGEST_ANSWER]


def _wait_ms(header: str) -> int:
    """Seconds, or a date (RFC 9110, 10.2.3); 0 for none, or for what cannot be read."""
    seconds = 0.0
    if header.isascii() and header.isdigit():
        seconds = float(header[:9])
    elif header:
        with contextlib.suppress(ValueError, TypeError):
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
    return min(max(0, round(1000 * seconds)), LONGEST_WAIT_MS)
