"""Any system, by the Standard Webhooks specification (standardwebhooks.com, version 1).

The body is signed with HMAC-SHA256 over `id.timestamp.body`; each secret gives a signature of its own, so that a
receiver takes the message by the old or the new one while a secret is replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Notice
from tonewatch.stream.notify.http import Answer, Http, outcome
from tonewatch.stream.notify.outcome import Outcome, Sending
from tonewatch.stream.notify.routes import WebhookTarget

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
"""Of a secret, as the specification says."""


@dataclass(frozen=True)
class WebhookReceiver:
    target: WebhookTarget
    http: Http

    @property
    def address(self) -> str:
        return self.target.url

    async def tell(self, sending: Sending) -> Outcome:
        """410 disables the receiver, any other status outside 200 to 299 is tried again where that may help."""
        sent = body(sending)
        headers = sign(
            sending.delivery.delivery_id, sending.now_ms // 1000, sent, [one.read() for one in self.target.secrets]
        )
        answer = await self.http.post(
            self.target.url,
            sent,
            headers,
            private=self.target.private_addresses,
            timeout_s=self.target.timeout_s,
        )
        return outcome(answer) if isinstance(answer, Answer) else answer


def body(sending: Sending) -> bytes:
    """`type`, `timestamp` and `data`, as the specification recommends; the same at every try."""
    delivery = sending.delivery
    return msgspec.json.encode(
        {
            "type": f"tonewatch.alert.{delivery.notices[0].kind}",
            "timestamp": _rfc3339(delivery.planned_at_ms),
            "data": {
                "alerts": [_alert(notice, sending) for notice in delivery.notices],
                "escalation_step": delivery.step,
            },
        }
    )


def sign(message_id: str, at_s: int, sent: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of a message that is tried at `at_s` (Unix time).

    Raises:
        SettingsError: a secret is not of the form `whsec_` and base64 of 24 to 64 bytes.
    """
    signed = b".".join((message_id.encode(), str(at_s).encode(), sent))
    macs = [hmac.new(key(secret), signed, hashlib.sha256).digest() for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }


def key(secret: str) -> bytes:
    """
    Raises:
        SettingsError: it is none.
    """
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except binascii.Error:
        found = b""
    if not LEAST_BYTES <= len(found) <= MOST_BYTES:
        raise SettingsError(
            f"A webhook's secret is `{PREFIX}` and the base64 of {LEAST_BYTES} to {MOST_BYTES} bytes: "
            "`echo whsec_$(openssl rand -base64 32)` makes one."
        )
    return found


def _alert(notice: Notice, sending: Sending) -> dict[str, Any]:
    """Without empty fields; `url` leads to the board."""
    said = {name: value for name, value in msgspec.structs.asdict(notice).items() if value not in ("", None)}
    url = sending.links.to_board(notice)
    return {**said, "url": url} if url else said


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
