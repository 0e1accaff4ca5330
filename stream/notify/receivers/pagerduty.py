"""A service of PagerDuty, by its Events API v2: an incident an alert, whatever is sent twice.

`dedup_key` is the alert's id, so a trigger that comes again changes nothing, and an acknowledgement or an end finds its
incident. https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tonewatch.stream.messages import Notice
from tonewatch.stream.notify.http import Answer, Http, outcome
from tonewatch.stream.notify.outcome import Delivered, Outcome, Sending
from tonewatch.stream.notify.routes import PagerDutyTarget
from tonewatch.stream.notify.wording import details, headline

LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1_024

_VERBS: Final = {"raised": "trigger", "updated": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}


@dataclass(frozen=True)
class PagerDutyReceiver:
    target: PagerDutyTarget
    http: Http

    @property
    def address(self) -> str:
        return f"{self.target.url} {self.target.routing_key.file or self.target.routing_key.env}"

    async def tell(self, sending: Sending) -> Outcome:
        """Events of one delivery one after the other; one that is sent again changes nothing."""
        key = self.target.routing_key.read()
        for notice in sending.delivery.notices:
            sent = msgspec.json.encode({"routing_key": key, **event(notice, sending, self.target)})
            answer = await self.http.post(
                self.target.url,
                sent,
                {"Content-Type": "application/json"},
                private=self.target.private_addresses,
                timeout_s=self.target.timeout_s,
            )
            found = outcome(answer) if isinstance(answer, Answer) else answer
            if not isinstance(found, Delivered):
                return found
        return Delivered(dedup_key(sending.delivery.notices[0].alert_id)[:LONGEST_KEY])


def dedup_key(alert_id: str) -> str:
    """The alert's id, or a hash of one that is too long for PagerDuty."""
    if len(alert_id) <= LONGEST_KEY:
        return alert_id
    return f"tonewatch {hashlib.sha256(alert_id.encode()).hexdigest()}"


def event(notice: Notice, sending: Sending, target: PagerDutyTarget) -> dict[str, Any]:
    """All of it but the key that says whose it is."""
    verb = _VERBS[notice.kind]
    found: dict[str, Any] = {"event_action": verb, "dedup_key": dedup_key(notice.alert_id)}
    if verb != "trigger":
        return found
    board = sending.links.to_board(notice)
    if board:
        found |= {"links": [{"href": board, "text": "The call on the board"}], "client_url": board}
    return {**found, "client": "Tonewatch", "payload": _payload(notice, sending, target)}


def _payload(notice: Notice, sending: Sending, target: PagerDutyTarget) -> dict[str, Any]:
    said = f"{headline(notice, step=sending.delivery.step)}. {notice.sentence}".strip()
    at_ms = notice.emitted_at_ms or sending.delivery.planned_at_ms
    return {
        "summary": said[:LONGEST_SUMMARY],
        "source": notice.queue or "tonewatch",
        "severity": target.severities.get(notice.severity, "error"),
        "timestamp": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "component": notice.queue or "calls",
        "group": notice.call_id,
        "class": notice.rule,
        "custom_details": dict(details(notice)),
    }
