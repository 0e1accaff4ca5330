"""Sessions as signed cookies: the server keeps nothing of them but those that were signed out before their time.

A session outlives a restart of the server and the loss of Redis, and any board server with the same secret knows it.
It ends by idleness, by age, by signing out, and when anything of its user changes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from tonewatch.dashboard.signin.person import Person, Role, Scope

Source = Literal["local", "oidc", "demo"]

LONGEST_TOKEN = 3_800
"""Characters: browsers keep a cookie of 4,096 bytes."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the cookie says. `stamp` is of the local user whose session it is; times are wall clock, in seconds."""

    id: str
    name: str
    source: Source
    role: Role
    queues: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    stamp: str = ""
    began_at_s: int
    seen_at_s: int

    @property
    def person(self) -> Person:
        return Person(self.name, self.role, Scope(frozenset(self.queues), frozenset(self.teams)))


@dataclass(frozen=True)
class Lifetime:
    """`idle_s`: without a request of its browser; `longest_s`: whatever happens."""

    idle_s: int = 3_600
    longest_s: int = 12 * 3_600


class Sessions:
    """Makes, reads and ends sessions. `secret` has 32 bytes or more; `now_s` is the wall clock."""

    def __init__(self, secret: bytes, now_s: Callable[[], float], lifetime: Lifetime = Lifetime()) -> None:
        self._secret = secret
        self._now_s = now_s
        self._lifetime = lifetime
        self._ended: dict[str, float] = {}

    def begin(self, person: Person, source: Source, stamp: str = "") -> Session:
        """A session of its own id, so that one that was known before signing in is worth nothing after it."""
        now = int(self._now_s())
        return Session(
            id=secrets.token_urlsafe(18),
            name=person.name,
            source=source,
            role=person.role,
            queues=tuple(sorted(person.scope.queues)),
            teams=tuple(sorted(person.scope.teams)),
            stamp=stamp,
            began_at_s=now,
            seen_at_s=now,
        )

    def token(self, session: Session) -> str:
        """
        Raises:
            ValueError: so many queues and teams do not fit into a cookie.
        """
        body = base64.urlsafe_b64encode(msgspec.json.encode(session)).decode().rstrip("=")
        token = f"{body}.{self.signature('session', body)}"
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"The session of {session.name} has more queues and teams than a cookie holds.")
        return token

    def read(self, token: str) -> Session | None:
        """The session, where it is ours and not over."""
        body, _, signature = token.partition(".")
        if len(token) > LONGEST_TOKEN or not hmac.compare_digest(
            self.signature("session", body).encode(), signature.encode()
        ):
            return None
        try:
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            session = msgspec.json.decode(raw, type=Session)
        except (binascii.Error, msgspec.DecodeError, ValueError):
            return None  # signed by an earlier release
        return session if self.is_open(session) else None

    def is_open(self, session: Session) -> bool:
        return self._now_s() < self.ends_at_s(session) and session.id not in self._ended

    def ends_at_s(self, session: Session) -> float:
        """When it is over unless its browser asks for something before."""
        life = self._lifetime
        return min(session.began_at_s + life.longest_s, session.seen_at_s + life.idle_s)

    def seen(self, session: Session) -> Session | None:
        """The same as of now, once a minute; None while the one before is young enough."""
        now = int(self._now_s())
        if now - session.seen_at_s < min(60, self._lifetime.idle_s // 4):
            return None
        return msgspec.structs.replace(session, seen_at_s=now)

    def end(self, session_id: str) -> int:
        """Nobody is let in by it any more; seconds for which that must be remembered."""
        now = self._now_s()
        self._ended = {other: until for other, until in self._ended.items() if until > now}
        self._ended[session_id] = now + self._lifetime.longest_s
        return self._lifetime.longest_s

    def ended(self) -> list[tuple[str, int]]:
        """Sessions that were signed out here, and for how many seconds that must still be remembered."""
        now = self._now_s()
        return [(session_id, math.ceil(until - now)) for session_id, until in self._ended.items() if until > now]

    def form_token(self, of: str) -> str:
        """What a form must bring back: known only to pages that were made for `of`, a session or a browser."""
        return self.signature("form", of)

    def signature(self, use: str, text: str) -> str:
        """Hex digits; of one use they prove nothing in another."""
        return hmac.new(self._secret, f"{use}\0{text}".encode(), hashlib.sha256).hexdigest()
