"""A channel of Microsoft Teams, by a workflow that takes webhook requests, as an Adaptive Card.

The workflow's own template is "Post to a channel when a webhook request is received"; it takes a message with cards as
attachments and answers 202. A card cannot tell us who presses it there, so its link opens a page that asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tonewatch.stream.messages import Delivery, Notice
from tonewatch.stream.notify.http import Answer, Http, outcome
from tonewatch.stream.notify.outcome import Outcome, Sending
from tonewatch.stream.notify.routes import TeamsTarget
from tonewatch.stream.notify.wording import details, headline, title

CARD_VERSION: Final = "1.4"
"""The newest that Teams shows everywhere."""

_COLOURS: Final = {"raised": "attention", "updated": "warning", "acknowledged": "accent", "resolved": "good"}


@dataclass(frozen=True)
class TeamsReceiver:
    target: TeamsTarget
    http: Http

    @property
    def address(self) -> str:
        return self.target.webhook.read()

    async def tell(self, sending: Sending) -> Outcome:
        answer = await self.http.post(
            self.target.webhook.read(),
            msgspec.json.encode(message(sending)),
            {"Content-Type": "application/json"},
            private=self.target.private_addresses,
            timeout_s=self.target.timeout_s,
        )
        return outcome(answer) if isinstance(answer, Answer) else answer


def message(sending: Sending) -> dict[str, Any]:
    """A message with one card."""
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "body": _card(sending),
        "actions": _actions(sending),
        "msteams": {"width": "Full"},
    }
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "summary": title(sending.delivery), "attachments": [card]}


def _card(sending: Sending) -> list[dict[str, Any]]:
    delivery = sending.delivery
    head = _text(title(delivery), size="Medium", weight="Bolder", color=_COLOURS[delivery.notices[0].kind])
    return [head, *(part for notice in delivery.notices for part in _notice(notice, delivery, sending))]


def _notice(notice: Notice, delivery: Delivery, sending: Sending) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if len(delivery.notices) > 1:
        board = sending.links.to_board(notice)
        said = plain(headline(notice, step=delivery.step))
        parts.append(_text(f"[{said}]({board})" if board else said, weight="Bolder", separator=True))
    if notice.sentence:
        parts.append(_text(plain(notice.sentence)))
    facts = [{"title": name, "value": plain(value)} for name, value in details(notice)]
    return [*parts, {"type": "FactSet", "facts": facts}]


def _actions(sending: Sending) -> list[dict[str, Any]]:
    """Only where one alert is meant. Both open a page: nothing is done by a look at the link, as previews take one."""
    if len(sending.delivery.notices) > 1:
        return []
    (notice,) = sending.delivery.notices
    links = {"Open on the board": sending.links.to_board(notice)}
    if notice.kind in ("raised", "updated"):
        delivery = sending.delivery
        links["Acknowledge"] = sending.links.to_acknowledge(notice, delivery.delivery_id, delivery.planned_at_ms)
    return [{"type": "Action.OpenUrl", "title": name, "url": url} for name, url in links.items() if url]


def _text(text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "TextBlock", "text": text, "wrap": True, **more}


def plain(text: str) -> str:
    """A card takes some Markdown: a call's name must not make a link."""
    for sign in "\\[]*_`":
        text = text.replace(sign, f"\\{sign}")
    return text
