"""An address that is proof of itself: LiveKit's egress sends no header of one's own, so its address is signed.

    /livekit?call_id=...&role=customer&...&expires=UNIX_SECONDS&signature=HEX

The signature is the HMAC-SHA256, with the tenant's secret, of everything before `&signature=`. A secret in the address
would be good for every call for as long as it holds, and proxies log addresses; this one is good for one track of one
call, and for the minute in which LiveKit connects.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

MOST_VALID_S = 3_600
"""An address that would be good for longer is not taken: it lies in logs."""

_SIGNATURE = "&signature="


def signed(path: str, said: Mapping[str, str], secret: str, expires_at_s: int) -> str:
    """Path and parameters, with the proof at their end."""
    return proved(f"{path}?{urlencode({**said, 'expires': str(expires_at_s)})}", secret)


def proved(address: str, secret: str) -> str:
    return f"{address}{_SIGNATURE}{_signature(address, secret)}"


def is_proved(address: str, secret: str, now_s: float) -> bool:
    """Is the address signed with the secret, and good now? The comparison takes the same time always."""
    said, found, given = address.rpartition(_SIGNATURE)
    expires = dict(parse_qsl(said.partition("?")[2])).get("expires", "")
    if not (found and expires.isascii() and expires.isdigit() and len(expires) <= 12):
        return False
    is_ours = hmac.compare_digest(_signature(said, secret).encode(), given.encode(errors="replace"))
    return is_ours and now_s <= int(expires) <= now_s + MOST_VALID_S


def _signature(address: str, secret: str) -> str:
    return hmac.digest(secret.encode(), address.encode(errors="replace"), "sha256").hex()
