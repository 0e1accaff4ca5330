"""How an acknowledgement comes back from a message: Slack's buttons, and signed links to a page that asks.

A look at a link does nothing: previews and scanners of mail follow links, and only the page's form is an action.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Protocol
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from tonewatch.stream.errors import BrokerError, SettingsError
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.notify.links import LONGEST_TOKEN, Token, TokenRefused, verify
from tonewatch.stream.notify.receivers.slack import ACTION_ID, Value
from tonewatch.stream.notify.routes import RoutesFile

log = logging.getLogger(__name__)

SLACK_AGE_S = 300
"""Slack's own bound: a request that is older was recorded by somebody."""

LONGEST_BODY = 65_536
LONGEST_NAME = 70
"""Of who acknowledges, with where it was pressed before it: a message's name has 80 characters."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Actions(Protocol):
    """Where actions are written."""

    async def write(self, action: AlertAction) -> None:
        """Returns once the action is durable.

        Raises:
            BrokerError: it is not.
        """


class SlackRefused(Exception):
    """A request that Slack did not send, or not now."""


class _User(msgspec.Struct):
    id: str
    username: str = ""
    name: str = ""


class _Pressed(msgspec.Struct):
    action_id: str = ""
    value: str = ""
    action_ts: str = ""


class _Payload(msgspec.Struct):
    type: str
    user: _User
    actions: list[_Pressed] = []


def check_slack(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
    """Is the request Slack's? Its version 0 of signatures: HMAC-SHA256 over `v0:timestamp:body`.

    https://docs.slack.dev/authentication/verifying-requests-from-slack

    Raises:
        SlackRefused: no.
    """
    at = headers.get("X-Slack-Request-Timestamp", "")
    if not (at.isascii() and at.isdigit() and len(at) < 12) or abs(now_s - int(at)) > SLACK_AGE_S:
        raise SlackRefused("too old")
    wanted = "v0=" + hmac.new(secret.encode(), b":".join((b"v0", at.encode(), body)), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), headers.get("X-Slack-Signature", "").encode()):
        raise SlackRefused("not signed by Slack")


def slack_actions(body: bytes, now_ms: int) -> list[AlertAction]:
    """The acknowledgements of a request that was checked; other buttons ask for nothing.

    Raises:
        SlackRefused: it is not of the form that Slack writes.
    """
    try:
        payload = msgspec.json.decode(parse_qs(body.decode())["payload"][0], type=_Payload)
        pressed = [one for one in payload.actions if one.action_id == ACTION_ID and payload.type == "block_actions"]
        return [_slack_action(payload.user, one, now_ms) for one in pressed]
    except (KeyError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise SlackRefused("not a request of a button") from error


def _slack_action(user: _User, pressed: _Pressed, now_ms: int) -> AlertAction:
    value = msgspec.json.decode(pressed.value, type=Value)
    pressed_once = f"{user.id} {pressed.action_ts} {value.alert_id}"
    return _action(
        value.alert_id, value.call_id, f"slack {pressed_once}", user.username or user.name or user.id, now_ms
    )


def _action(alert_id: str, call_id: str, once: str, by: str, now_ms: int) -> AlertAction:
    return AlertAction(
        call_id=call_id,
        action_id=hashlib.blake2b(once.encode(), digest_size=16).hexdigest(),
        alert_id=alert_id,
        action="acknowledge",
        by=by[:LONGEST_NAME],
        acted_at_ms=now_ms,
    )


@dataclass(frozen=True)
class Pages:
    """`file` gives the routes that hold now, `clock` the wall clock in seconds."""

    actions: Actions
    file: Callable[[], RoutesFile]
    clock: Callable[[], float] = time.time

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LONGEST_BODY)
        app.add_routes(
            [
                web.get("/acknowledge", self.ask),
                web.post("/acknowledge", self.acknowledge),
                web.post("/slack/actions", self.slack),
            ]
        )
        return app

    async def slack(self, request: web.Request) -> web.Response:
        """A button was pressed; Slack waits 3 s for the answer, and shows its user whether it was good."""
        secret = self.file().acknowledge.slack_signing_secret
        if secret is None:
            return web.Response(status=404)
        body = await request.read()
        try:
            check_slack(secret.read(), request.headers, body, self.clock())
            for action in slack_actions(body, self._now_ms()):
                await self.actions.write(action)
        except SlackRefused as error:
            log.warning("A request that says it is Slack's is refused", extra={"why": str(error)})
            return web.Response(status=401)
        except (BrokerError, SettingsError) as error:
            log.warning("An acknowledgement could not be kept", extra={"error": type(error).__name__})
            return web.Response(status=503)
        return web.Response()

    async def ask(self, request: web.Request) -> web.Response:
        """The page with the form. It changes nothing, however often it is looked at."""
        text = request.query.get("token", "")[: LONGEST_TOKEN + 1]
        token = self._token(text)
        if isinstance(token, web.Response):
            return token
        return _page(
            "Acknowledge an alert",
            f"<p>Alert {escape(token.alert_id)}</p><form method='post' action='acknowledge'>"
            f"<input type='hidden' name='token' value='{escape(text, quote=True)}'>"
            f"<label>Your name <input name='by' required maxlength='{LONGEST_NAME}' autofocus></label> "
            "<button>I look after it</button></form>",
        )

    async def acknowledge(self, request: web.Request) -> web.Response:
        """The form was sent: the same link a second time changes nothing more."""
        form = await request.post()
        token = self._token(str(form.get("token", "")))
        if isinstance(token, web.Response):
            return token
        by = " ".join(str(form.get("by", "")).split())
        if not by:
            return _page("A name is missing", "<p>Go back and say who you are.</p>", status=400)
        once = f"link {token.delivery_id} {token.alert_id}"
        try:
            await self.actions.write(_action(token.alert_id, token.call_id, once, by, self._now_ms()))
        except BrokerError:
            return _page("Not acknowledged", "<p>It could not be kept. Try again, or open the board.</p>", status=503)
        return _page("Acknowledged", f"<p>{escape(by)} looks after it.</p>")

    def _token(self, text: str) -> Token | web.Response:
        secret = self.file().acknowledge.secret
        if secret is None:
            return web.Response(status=404)
        try:
            return verify(text, secret.read(), self.clock())
        except TokenRefused as error:
            return _page("Not acknowledged", f"<p>{escape(str(error))}</p>", status=403)
        except SettingsError:
            return web.Response(status=503)

    def _now_ms(self) -> int:
        return round(self.clock() * 1000)


def _page(head: str, body: str, *, status: int = 200) -> web.Response:
    style = "body{font:16px system-ui;margin:3rem auto;max-width:34rem;padding:0 1rem}"
    text = (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{escape(head)}</title><style>{style}</style><h1>{escape(head)}</h1>{body}</html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=_HEADERS)
