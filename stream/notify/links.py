"""Links in messages: to an alert on the board, and to a page that acknowledges it, signed and good for a while."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec

from tonewatch.stream.messages import Notice

LONGEST_TOKEN = 4_000
LEAST_SECRET_BYTES = 16


class TokenRefused(Exception):
    """It was not made here, or its time is over; the text is for the person who followed the link."""


class Token(msgspec.Struct, frozen=True, array_like=True):
    """What a link acknowledges, until when (wall clock, s), and in which message it stood."""

    alert_id: str
    call_id: str
    expires_at_s: int
    delivery_id: str


@dataclass(frozen=True)
class Links:
    """`board`: its address; `url` and `secret` of the pages that acknowledge. Empty: there are none.

    `has_buttons`: requests that Slack sends for its buttons can be verified.
    """

    board: str = ""
    url: str = ""
    secret: str = ""
    valid_s: int = 86_400
    has_buttons: bool = False

    def to_board(self, notice: Notice) -> str:
        """The call with the alert open, as the board's own addresses say it."""
        if not self.board:
            return ""
        asked = urlencode({"call": notice.call_id, "alert": notice.alert_id}, quote_via=quote)
        return f"{self.board}{'&' if '?' in self.board else '?'}{asked}"

    def to_acknowledge(self, notice: Notice, delivery_id: str, planned_at_ms: int) -> str:
        """The same for every try of a delivery, so that the message is the same too."""
        if not self.url:
            return ""
        token = Token(notice.alert_id, notice.call_id, planned_at_ms // 1000 + self.valid_s, delivery_id)
        return f"{self.url.rstrip('/')}/acknowledge?token={sign(token, self.secret)}"


def sign(token: Token, secret: str) -> str:
    """Body and HMAC-SHA256, both base64url without padding."""
    body = _text(msgspec.json.encode(token))
    return f"{body}.{_text(_mac(body, secret))}"


def verify(text: str, secret: str, now_s: float) -> Token:
    """
    Raises:
        TokenRefused: it is not whole, or not of this secret, or its time is over.
    """
    body, _, mac = text.partition(".")
    try:
        is_ours = len(text) <= LONGEST_TOKEN and hmac.compare_digest(_bytes(mac), _mac(body, secret))
        token = msgspec.json.decode(_bytes(body), type=Token) if is_ours else None
    except (binascii.Error, ValueError, msgspec.DecodeError):
        token = None
    if token is None:
        raise TokenRefused("This link is not whole. Take it from the message again, or open the board.")
    if now_s >= token.expires_at_s:
        raise TokenRefused("This link is too old. Open the board.")
    return token


def _mac(body: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), f"tonewatch acknowledge v1.{body}".encode(), hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
