"""Everything that signing in is made of, and the one question that all of the board asks: who is this?"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.hosts import Hosts, host_name, is_loopback
from tonewatch.dashboard.signin.oidc import Provider
from tonewatch.dashboard.signin.passwords import Passwords
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.proxies import Proxies, ProxySignIn, peer
from tonewatch.dashboard.signin.sessions import Session, Sessions
from tonewatch.dashboard.signin.users_file import UsersFile

VISIT = "tonewatch.visit"
"""Key in an ASGI scope of the Visit, where somebody is signed in."""

DEMO_NAME = "Demo supervisor"

Ended = Callable[[str], Awaitable[bool]]
"""Was the session of this id signed out, by whichever board server? Raises CannotTell (`sign_outs.py`)."""


@dataclass(frozen=True)
class Visit:
    """A person at the board, and what forms of this one carry; without a session a proxy vouches for each request."""

    person: Person
    form_token: str
    session: Session | None = None


async def _never(_session_id: str) -> bool:
    return False


@dataclass
class SignIn:
    """How people sign in here. `ended` asks what all board servers share of sessions that were signed out."""

    sessions: Sessions
    attempts: Attempts
    hosts: Hosts = field(default_factory=Hosts)
    proxies: Proxies = field(default_factory=Proxies)
    proxy: ProxySignIn | None = None
    users: UsersFile | None = None
    passwords: Passwords | None = None
    demo: Person | None = None
    provider: Provider | None = None
    provider_name: str = ""
    public_url: str = ""
    ended: Ended = _never

    async def visit(self, connection: HTTPConnection, *, everywhere: bool = True) -> Visit | None:
        """Who asks, if anybody. `everywhere`: as far as the other board servers know, too.

        Raises:
            CannotTell: whether the session was signed out elsewhere is not known.
        """
        if self.proxy is not None:
            person = self.proxy.person(connection)
            return Visit(person, self.sessions.form_token(f"proxy {person.name}")) if person else None
        token = connection.cookies.get(cookie_name(connection), "")
        session = self.sessions.read(token) if token else None
        if session is None or not self._stands(session, connection):
            return None
        if everywhere and await self.ended(session.id):
            return None
        return Visit(session.person, self.sessions.form_token(session.id), session)

    async def still(self, visit: Visit, connection: HTTPConnection, *, everywhere: bool = True) -> bool:
        """Does a visit that began earlier go on? `everywhere`: as far as the other board servers know, too."""
        if visit.session is None:
            # What the file of users says of a proxy's user may have changed; the connection's headers did not.
            return self.proxy is not None and self.proxy.person(connection) == visit.person
        session = visit.session
        if not self.sessions.is_open(session) or not self._stands(session, connection):
            return False
        return not (everywhere and await self.ended(session.id))

    def _stands(self, session: Session, connection: HTTPConnection) -> bool:
        """Is what the session rests on still there?"""
        match session.source:
            case "local":
                user = self.users.user(session.name) if self.users is not None else None
                return user is not None and user.stamp == session.stamp
            case "demo":
                return self.demo is not None and is_at_this_machine(connection)
            case "oidc":
                return self.provider is not None

    def is_demo_for(self, connection: HTTPConnection) -> bool:
        return self.demo is not None and is_at_this_machine(connection)


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit of a request that the gate let through."""
    found = connection.scope[VISIT]
    assert isinstance(found, Visit)
    return found


def person_of(connection: HTTPConnection) -> Person:
    """Who is signed in, in any handler behind the gate."""
    return visit_of(connection).person


def is_at_this_machine(connection: HTTPConnection) -> bool:
    """Does the browser run here, and no proxy between? Both the connection and the name that was asked for say so."""
    forwarded = any(name in connection.headers for name in ("x-forwarded-for", "x-forwarded-host", "forwarded", "via"))
    asked = host_name(connection.headers.get("host", ""))
    return not forwarded and is_loopback(peer(connection)) and is_loopback(asked)


def is_plain(connection: HTTPConnection) -> bool:
    """May cookies go without TLS? Only to this machine, where browsers and programs speak plain HTTP to the board."""
    return is_loopback(host_name(connection.headers.get("host", "")))


def cookie_name(connection: HTTPConnection) -> str:
    """`__Host-` binds a cookie to its host and to TLS; on loopback ports share cookies, so the port is in the name."""
    if not is_plain(connection):
        return "__Host-tonewatch"
    port = re.sub(r"\D", "", connection.headers.get("host", "").rpartition(":")[2]) or "80"
    return f"tonewatch-{port}"


def trip_cookie_name(connection: HTTPConnection) -> str:
    return f"{cookie_name(connection)}-oidc"
