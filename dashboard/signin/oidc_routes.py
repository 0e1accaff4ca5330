"""The way to the identity provider and back."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tonewatch.dashboard.signin.claims import SignInRefused
from tonewatch.dashboard.signin.cookies import set_trip
from tonewatch.dashboard.signin.forms import own_path
from tonewatch.dashboard.signin.oidc import Provider
from tonewatch.dashboard.signin.page import Offer
from tonewatch.dashboard.signin.routes import SignInRoutes
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import is_plain, trip_cookie_name
from tonewatch.dashboard.signin.texts import NOT_PROVED, SIGNED_NOBODY_IN

TRIP_S = 600

CALLBACK = "/sign-in/oidc/callback"


class Trip(msgspec.Struct, frozen=True):
    """What the board must know again when the browser comes back; signed, in a cookie of that browser alone."""

    state: str
    nonce: str
    verifier: str
    back: str
    began_at_s: int


class OidcRoutes:
    """Serves `/sign-in/oidc/start` and `/sign-in/oidc/callback`. `public_url` is the board's own, without a path."""

    def __init__(
        self, routes: SignInRoutes, sessions: Sessions, provider: Provider, public_url: str, now_s: Callable[[], float]
    ) -> None:
        self._routes = routes
        self._sessions = sessions
        self._provider = provider
        self._public_url = public_url.rstrip("/")
        self._now_s = now_s

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/sign-in/oidc/start", self.start, methods=["GET"]),
            Route(CALLBACK, self.callback, methods=["GET"]),
        ]

    async def start(self, request: Request) -> Response:
        """To the identity provider."""
        back = own_path(request.query_params.get("next", "/"))
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        trip = Trip(state, nonce, verifier, back, int(self._now_s()))
        try:
            url = await self._provider.authorization_url(
                redirect_uri=self._redirect_uri(request), state=trip.state, nonce=trip.nonce, verifier=trip.verifier
            )
        except SignInRefused as error:
            return self._routes.form(request, Offer(back, "", error=str(error)), 502)
        answer = RedirectResponse(url, 303, {"cache-control": "no-store"})
        self._keep(answer.headers, request, trip)
        return answer

    async def callback(self, request: Request) -> Response:
        """Back from there, with a code or with an error."""
        trip = self._trip(request)
        said = request.query_params
        back = trip.back if trip else "/"
        issuer = said.get("iss", self._provider.client.issuer)
        if trip is None or not hmac.compare_digest(said.get("state", "").encode(), trip.state.encode()):
            return self._refused(request, back, NOT_PROVED)
        if "code" not in said or issuer != self._provider.client.issuer:
            return self._refused(request, back, SIGNED_NOBODY_IN)
        try:
            person = await self._provider.person(
                code=said["code"],
                redirect_uri=self._redirect_uri(request),
                nonce=trip.nonce,
                verifier=trip.verifier,
            )
            answer = await self._routes.let_in(request, person, "oidc", back)
        except SignInRefused as error:
            return self._refused(request, back, str(error))
        set_trip(answer.headers, request, "", 0)
        return answer

    def _refused(self, request: Request, back: str, error: str) -> Response:
        self._routes.failed("")
        answer = self._routes.form(request, Offer(back, "", error=error), 403)
        set_trip(answer.headers, request, "", 0)
        return answer

    def _redirect_uri(self, request: Request) -> str:
        base = f"http://{request.headers['host']}" if is_plain(request) else self._public_url
        return base + CALLBACK

    def _keep(self, headers: MutableHeaders, request: Request, trip: Trip) -> None:
        body = msgspec.json.encode(trip).hex()
        set_trip(headers, request, f"{body}.{self._sessions.signature('trip', body)}", TRIP_S)

    def _trip(self, request: Request) -> Trip | None:
        body, _, signature = request.cookies.get(trip_cookie_name(request), "").partition(".")
        if not hmac.compare_digest(self._sessions.signature("trip", body).encode(), signature.encode()):
            return None
        try:
            trip = msgspec.json.decode(bytes.fromhex(body), type=Trip)
        except (ValueError, msgspec.DecodeError):
            return None
        return trip if self._now_s() - trip.began_at_s < TRIP_S else None
