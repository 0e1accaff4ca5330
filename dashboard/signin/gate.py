"""The gate before every route: which host was asked, from which page, by whom. What it does not know is closed."""

from __future__ import annotations

import contextlib
import hmac
from urllib.parse import quote

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from tonewatch.dashboard.signin.cookies import set_session
from tonewatch.dashboard.signin.hosts import is_from_here, is_same_host
from tonewatch.dashboard.signin.sign_in import VISIT, SignIn, Visit, is_plain
from tonewatch.dashboard.signin.sign_outs import CannotTell

PROBES = ("/healthz", "/readyz")
"""Asked by who starts and watches processes, by an address, without a user."""

OPEN = ("/sign-in", "/sign-in/demo", "/sign-in.css", "/theme.js", "/favicon.svg", "/third-party.txt")
"""Paths that need nobody signed in: what the sign-in page is made of."""

OPEN_BELOW = ("/assets/", "/sign-in/oidc/")
"""The program of the page is no secret; no call is in it."""

TOKEN_HEADER = "x-csrf-token"

SAFE = ("GET", "HEAD", "OPTIONS")


class Gate:
    """Middleware. A handler behind it finds the person by `person_of`."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self._app = app
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] not in PROBES:
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)
        visit = None
        if self._sign_in.hosts.admits(asked.headers) and _is_page_of_ours(asked.headers):
            with contextlib.suppress(CannotTell):  # the page asks /api/session why, which says so
                visit = await self._sign_in.visit(asked)
        if visit is None or (visit.session is not None and _came_without_tls(asked)):
            await WebSocketClose()(scope, receive, send)  # before accepting: the handshake is answered with 403
            return
        scope[VISIT] = visit
        await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)
        if not self._sign_in.hosts.admits(asked.headers):
            await _refuse(421, "This board is not served under that name: see TONEWATCH_DASHBOARD_HOSTS.")(
                scope, receive, send
            )
            return
        try:
            # Signing out asks nobody: it must be possible whatever is away.
            visit = await self._sign_in.visit(asked, everywhere=asked.scope["path"] != "/sign-out")
        except CannotTell as error:
            if not is_open(asked.scope["path"]):
                await _refuse(503, str(error))(scope, receive, send)
                return
            visit = None
        if (refusal := self._refusal(asked, visit)) is not None:
            await refusal(scope, receive, send)
            return
        if visit is not None:
            scope[VISIT] = visit
        await self._app(scope, receive, self._renewing(asked, visit, send))

    def _refusal(self, asked: HTTPConnection, visit: Visit | None) -> Response | None:
        path, method = asked.scope["path"], asked.scope["method"]
        writes = method not in SAFE
        if writes and not is_from_here(asked.headers):
            return _refuse(403, "What is written here comes from pages of this board alone.")
        if visit is None and not is_open(path):
            return _sign_in_first(asked, is_page=not writes and "text/html" in asked.headers.get("accept", ""))
        if visit is not None and writes and path.startswith("/api/"):
            given = asked.headers.get(TOKEN_HEADER, "")
            if not hmac.compare_digest(given.encode(), visit.form_token.encode()):
                return _refuse(403, f"The header {TOKEN_HEADER} is missing or old: /api/session tells it.")
        return None

    def _renewing(self, asked: HTTPConnection, visit: Visit | None, send: Send) -> Send:
        """Who does something here is not idle: the answer carries the session as of now."""
        session = visit.session if visit else None
        newer = self._sign_in.sessions.seen(session) if session else None
        if newer is None:
            return send
        token = self._sign_in.sessions.token(newer)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "set-cookie" not in headers:  # signing out takes it away
                    set_session(headers, asked, token)
            await send(message)

        return send_with_cookie


def is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_BELOW)


def _is_page_of_ours(headers: Headers) -> bool:
    return len(headers.getlist("origin")) < 2 and is_same_host(headers.get("origin"), headers.get("host"))


def _came_without_tls(asked: HTTPConnection) -> bool:
    """Is it of a page that came over plain HTTP? Whoever stands between may have written that, and reads what it gets.

    No session begins on such a page, so it is none of ours; behind a proxy that signs people in it may be one.
    """
    return asked.headers.get("origin", "").startswith("http://") and not is_plain(asked)


def _sign_in_first(asked: HTTPConnection, *, is_page: bool) -> Response:
    if asked.scope["path"] == "/sign-out":  # the session ended before its page was left
        return RedirectResponse("/sign-in?out", 303)
    if not is_page:
        return _refuse(401, "Sign in first.")
    query = asked.scope["query_string"].decode("latin-1")
    back = asked.scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse("/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='/')}", 303)


def _refuse(status: int, text: str) -> Response:
    if status == 421:
        return PlainTextResponse(text + "\n", status)
    body = msgspec.json.encode({"error": text})
    return Response(body, status, {"cache-control": "no-store"}, media_type="application/json")
