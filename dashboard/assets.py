"""The built front end, and the headers of every HTTP response."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).with_name("static")

HOW_TO_BUILD = "The board's front end is not built: run `npm ci && npm run build` in dashboard/web, then start again."

SECURITY = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            # No inline script or style: what a call's title or a reason holds can never run.
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            # Signing in and out work without scripts.
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    # Not no-referrer: a form's Origin would be null then, and no proof of where it comes from.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",  # what frame-ancestors says, for browsers that do not know it
}

FOREVER = "public, max-age=31536000, immutable"
"""Caching of /assets/, where a file's name changes with its content."""


def is_built(static: Path = STATIC) -> bool:
    """Is there a page to serve? A checkout has none until the front end was built."""
    return (static / "index.html").is_file()


def page_routes(static: Path = STATIC) -> list[BaseRoute]:
    """Routes of the page; they must come last. Without a built front end `/` says how to build it, with status 503."""
    if not is_built(static):
        return [Route("/", _not_built)]
    return [Mount("/", StaticFiles(directory=static, html=True))]


async def _not_built(request: Request) -> Response:
    return PlainTextResponse(HOW_TO_BUILD + "\n", 503)


class Headers:
    """Middleware: the security headers, and how long an answer may be cached, on every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY)
                # A missing asset must be asked for again: during an upgrade it may only not be there yet.
                found = message["status"] in (200, 304)
                headers.setdefault(
                    "cache-control", FOREVER if found and scope["path"].startswith("/assets/") else "no-cache"
                )
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
