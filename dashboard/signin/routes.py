"""Signing in and out, and who is signed in."""

from __future__ import annotations

import hmac
import math
import re
import secrets
from dataclasses import replace

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tonewatch.dashboard.signin import texts
from tonewatch.dashboard.signin.cookies import drop_session, form_cookie_name, set_form, set_session
from tonewatch.dashboard.signin.forms import own_path, read_form
from tonewatch.dashboard.signin.page import Offer, render
from tonewatch.dashboard.signin.person import Person, is_name
from tonewatch.dashboard.signin.sessions import Source
from tonewatch.dashboard.signin.sign_in import VISIT, SignIn, Visit, is_plain
from tonewatch.dashboard.signin.watch import SessionWatch

_BROWSER = re.compile(r"[A-Za-z0-9_-]{24}")


class SignInRoutes:
    """Serves `/sign-in`, `/sign-in/demo`, `/sign-out` and `/api/session`."""

    def __init__(self, sign_in: SignIn, watch: SessionWatch) -> None:
        self._sign_in = sign_in
        self._watch = watch

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/sign-in", self.page, methods=["GET"]),
            Route("/sign-in", self.local, methods=["POST"]),
            Route("/sign-in/demo", self.demo, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/api/session", self.session, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """The form; who is signed in already goes on."""
        back = own_path(request.query_params.get("next", "/"))
        if isinstance(request.scope.get(VISIT), Visit):
            return RedirectResponse(back, 303)
        note = texts.SIGNED_OUT if "out" in request.query_params else ""
        answer = self.form(request, Offer(back, "", note=note))
        if "language" in request.query_params:
            answer.headers.append("set-cookie", texts.language_cookie(texts.language_of(request)))
        return answer

    async def local(self, request: Request) -> Response:
        """A local user's name and password. Answers and their times do not tell whether there is such a user."""
        form = await read_form(request)
        name, password = form.get("name", "").strip(), form.get("password", "")
        offer = Offer(own_path(form.get("next", "/")), "", name=name if is_name(name) else "")
        if refusal := self._unfit(request, form, offer):
            return refusal
        address = self._sign_in.proxies.client(request)
        if wait_s := self._sign_in.attempts.wait_s(address, name):
            minutes = math.ceil(wait_s / 60)
            said = texts.LATER_ONE if minutes == 1 else texts.LATER
            late = replace(offer, error=texts.say(texts.language_of(request), said, minutes=str(minutes)))
            return self.form(request, late, 429, {"retry-after": str(math.ceil(wait_s))})
        # Counted before the hash is computed: of many tries at once each would see what was counted before all of them.
        self._sign_in.attempts.failed(address, name)
        users, passwords = self._sign_in.users, self._sign_in.passwords
        user = users.user(name) if users is not None else None
        if passwords is None or not await passwords.fits(password, user.password if user and user.password else None):
            self.failed(name if user is not None else "")
            return self.form(request, replace(offer, error=texts.WRONG), 401)
        assert user is not None
        self._sign_in.attempts.succeeded(address, name)
        return await self.let_in(request, user.person(name), "local", offer.back, user.stamp)

    async def demo(self, request: Request) -> Response:
        """The demo's supervisor, for a browser on this machine alone."""
        form = await read_form(request)
        offer = Offer(own_path(form.get("next", "/")), "")
        if not self._sign_in.is_demo_for(request):
            return self.form(request, replace(offer, error=texts.NOT_HERE), 403)
        assert self._sign_in.demo is not None
        return await self.let_in(request, self._sign_in.demo, "demo", offer.back)

    async def sign_out(self, request: Request) -> Response:
        """Ends the session here and in every tab; needs the session's own token."""
        form = await read_form(request)
        visit = request.scope[VISIT]
        if not hmac.compare_digest(form.get("token", "").encode(), visit.form_token.encode()):
            return RedirectResponse("/", 303)
        await self._watch.end(visit)
        answer = RedirectResponse("/sign-in?out", 303)
        drop_session(answer.headers, request)
        return answer

    async def session(self, request: Request) -> Response:
        """Who is signed in, for the page; asking keeps the session from being idle."""
        visit: Visit = request.scope[VISIT]
        scope = visit.person.scope
        ends_at_s = self._sign_in.sessions.ends_at_s(visit.session) if visit.session else 0
        told = {
            "name": visit.person.name,
            "role": visit.person.role,
            "queues": sorted(scope.queues),
            "teams": sorted(scope.teams),
            "may": [right for right in ("look", "act", "review") if visit.person.may(right)],
            "csrf": visit.form_token,
            "ends_at_ms": int(1000 * ends_at_s),
            "signs_out": visit.session is not None,
        }
        headers = {"cache-control": "no-store"}
        return Response(msgspec.json.encode(told), headers=headers, media_type="application/json")

    async def let_in(self, request: Request, person: Person, source: Source, back: str, stamp: str = "") -> Response:
        """With a session of its own id; the one before it, if any, is over."""
        if isinstance(visit := request.scope.get(VISIT), Visit):
            await self._watch.end(visit)
        session = self._sign_in.sessions.begin(person, source, stamp)
        token = self._sign_in.sessions.token(session)
        self._watch.began(person)
        answer = RedirectResponse(back, 303, {"cache-control": "no-store"})
        set_session(answer.headers, request, token)
        return answer

    def failed(self, name: str) -> None:
        self._watch.failed(name)

    def _unfit(self, request: Request, form: dict[str, str], offer: Offer) -> Response | None:
        """A form that is not ours, or a connection on which a cookie would be lost."""
        if not is_plain(request) and request.headers.get("origin", "").startswith("http://"):
            return self.form(request, replace(offer, error=texts.NO_TLS), 400)
        browser = request.cookies.get(form_cookie_name(request), "")
        expected = self._sign_in.sessions.form_token(f"sign in {browser}")
        if not browser or not hmac.compare_digest(form.get("token", "").encode(), expected.encode()):
            return self.form(request, replace(offer, error=texts.STALE), 403)
        return None

    def form(
        self, request: Request, offer: Offer, status: int = 200, headers: dict[str, str] | None = None
    ) -> Response:
        """The sign-in page with what is offered here."""
        browser = request.cookies.get(form_cookie_name(request), "")
        if not _BROWSER.fullmatch(browser):  # what goes back into a header is what was made here
            browser = secrets.token_urlsafe(18)
        sign_in = self._sign_in
        nobody = sign_in.users is not None and not len(sign_in.users) and not offer.error
        offered = replace(
            offer,
            form_token=sign_in.sessions.form_token(f"sign in {browser}"),
            local=sign_in.users is not None and sign_in.proxy is None,
            demo_name=sign_in.demo.name if sign_in.demo and sign_in.is_demo_for(request) else "",
            provider=sign_in.provider_name if sign_in.provider else "",
            note=texts.NOBODY_YET if nobody and sign_in.proxy is None else offer.note,
            error=offer.error or (texts.PROXY_SILENT if sign_in.proxy else ""),
        )
        answer = HTMLResponse(
            render(offered, texts.language_of(request)), status, {"cache-control": "no-store", **(headers or {})}
        )
        set_form(answer.headers, request, browser)
        return answer
