"""A channel of Slack, in Block Kit: by a bot (`chat.postMessage`, `chat.update`) or by an incoming webhook.

What an alert does later changes the first message and, at its end, answers in its thread; a webhook can only post, so
there each is a message of its own. https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tonewatch.stream.messages import Delivery, Notice
from tonewatch.stream.notify.http import Answer, Http, outcome
from tonewatch.stream.notify.outcome import Delivered, Outcome, Refused, Sending, TryAgain
from tonewatch.stream.notify.routes import SlackTarget
from tonewatch.stream.notify.wording import details, headline, title

ACTION_ID: Final = "tonewatch_acknowledge"
LONGEST_SECTION: Final = 3_000
LONGEST_HEADER: Final = 150

_AGAIN: Final = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"})
"""Of the errors that Slack says with status 200, those that another try may mend."""

_GONE: Final = frozenset({"account_inactive", "token_revoked", "is_archived", "channel_not_found"})

_LOST: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
"""The first message cannot be changed any more: a new one is written."""


class Value(msgspec.Struct, frozen=True, array_like=True):
    """What the button carries; Slack signs it with the request in which it comes back."""

    alert_id: str
    call_id: str


@dataclass(frozen=True)
class SlackReceiver:
    target: SlackTarget
    http: Http

    @property
    def address(self) -> str:
        return f"{self.target.url} {self.target.channel}" if self.target.webhook is None else self.target.webhook.read()

    async def tell(self, sending: Sending) -> Outcome:
        if self.target.webhook is not None:
            return await self._post(self.target.webhook.read(), message(sending), {})
        first = sending.opened
        if sending.delivery.notices[0].kind == "raised" or first is None:
            return await self._say(sending)
        channel, _, at = first.receipt.partition(" ")
        if len(first.notices) == 1 and len(sending.delivery.notices) == 1:
            changed = await self._call("chat.update", {**message(sending), "channel": channel, "ts": at})
            if isinstance(changed, Refused) and changed.reason in _LOST:
                return await self._say(sending)
            if not isinstance(changed, Delivered) or sending.delivery.notices[0].kind != "resolved":
                return changed
        return await self._call("chat.postMessage", {**answer(sending), "channel": channel, "thread_ts": at})

    async def _say(self, sending: Sending) -> Outcome:
        return await self._call("chat.postMessage", {**message(sending), "channel": self.target.channel})

    async def _call(self, method: str, said: dict[str, Any]) -> Outcome:
        assert self.target.token is not None
        headers = {"Authorization": f"Bearer {self.target.token.read()}"}
        return await self._post(f"{self.target.url.rstrip('/')}/{method}", said, headers)

    async def _post(self, url: str, said: dict[str, Any], headers: dict[str, str]) -> Outcome:
        found = await self.http.post(
            url,
            msgspec.json.encode(said),
            {"Content-Type": "application/json; charset=utf-8", **headers},
            private=self.target.private_addresses,
            timeout_s=self.target.timeout_s,
        )
        if not isinstance(found, Answer):
            return found
        return outcome(found) if self.target.webhook is not None else _understood(found)


def _understood(found: Answer) -> Outcome:
    """Slack's methods answer 200 to nearly everything, and say in `ok` what they did."""
    if found.status != 200:
        return outcome(found)
    try:
        said = msgspec.json.decode(found.text, type=_Said)
    except msgspec.DecodeError:
        return TryAgain("not_slack")
    if said.ok:
        return Delivered(f"{said.channel} {said.ts}")
    reason = said.error[:80] or "refused"
    return TryAgain(reason, found.wait_ms) if said.error in _AGAIN else Refused(reason, is_gone=said.error in _GONE)


class _Said(msgspec.Struct):
    ok: bool
    error: str = ""
    channel: str = ""
    ts: str = ""


def message(sending: Sending) -> dict[str, Any]:
    """A message of its own, with a text for notifications and for readers without a picture."""
    delivery = sending.delivery
    blocks = [_header(title(delivery)), *(part for one in delivery.notices for part in _notice(one, sending))]
    return {"text": escaped(title(delivery)), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def answer(sending: Sending) -> dict[str, Any]:
    """In the thread of the message that told of the alert first."""
    lines = [_headline(notice, sending) for notice in sending.delivery.notices]
    return {"text": "\n".join(lines)[:LONGEST_SECTION], "unfurl_links": False}


def _headline(notice: Notice, sending: Sending) -> str:
    by = notice.assigned_to or notice.acknowledged_by or notice.resolved_by.replace("_", " ")
    board = sending.links.to_board(notice)
    said = escaped(headline(notice, step=sending.delivery.step) + (f" ({by})" if by else ""))
    return f"<{board}|{said}>" if board else said


def _notice(notice: Notice, sending: Sending) -> list[dict[str, Any]]:
    delivery = sending.delivery
    blocks: list[dict[str, Any]] = []
    if len(delivery.notices) > 1:
        blocks.append(_section(f"*{_headline(notice, sending)}*\n{_about(notice)}"))
    if notice.sentence:
        blocks.append(_section(escaped(notice.sentence)))
    if len(delivery.notices) == 1:
        fields = [_mrkdwn(f"*{name}*\n{escaped(value)}"[:2_000]) for name, value in details(notice)]
        blocks.append({"type": "section", "fields": fields[:10]})
        blocks += _actions(notice, delivery, sending)
    return blocks


def _about(notice: Notice) -> str:
    """Details of one of several in a line, and when it happened, in the reader's time: it may have been held."""
    said = [escaped(f"{name}: {value}") for name, value in details(notice)]
    if at_s := notice.emitted_at_ms // 1000:
        at = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
        said.append(f"<!date^{at_s}^{{date_short_pretty}} {{time}}|{at}>")
    return " · ".join(said)


def _actions(notice: Notice, delivery: Delivery, sending: Sending) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    if board := sending.links.to_board(notice):
        elements.append({"type": "button", "text": _plain("Open on the board"), "url": board, "action_id": "open"})
    if notice.kind in ("raised", "updated") and sending.links.has_buttons:
        value = msgspec.json.encode(Value(notice.alert_id, notice.call_id)).decode()
        elements.append(
            {
                "type": "button",
                "text": _plain("Acknowledge"),
                "action_id": ACTION_ID,
                "value": value,
                "style": "primary",
            }
        )
    return [{"type": "actions", "block_id": delivery.delivery_id, "elements": elements}] if elements else []


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": _plain(text[:LONGEST_HEADER])}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text[:LONGEST_SECTION])}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def escaped(text: str) -> str:
    """Slack's three signs: a call's name must call nobody (`<!channel>`), and make no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
