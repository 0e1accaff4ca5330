"""A gate with local users, over an application that says who is let in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tonewatch.dashboard.app import sign_in_routes
from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.gate import Gate
from tonewatch.dashboard.signin.hosts import Hosts
from tonewatch.dashboard.signin.passwords import Passwords
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_in import SignIn, person_of
from tonewatch.dashboard.signin.sign_outs import SignOuts
from tonewatch.dashboard.signin.users_file import User, Users, UsersFile, write_users
from tonewatch.dashboard.signin.watch import SessionWatch
from tonewatch.stream.errors import StoreError

PASSWORD = "correct horse battery"


class Shared:
    """What board servers share of sessions that were signed out, in memory; away while it is told to be."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.named = ""
        self.is_away = False

    def begin_empty(self) -> None:
        """Another Redis took its place, which knows nothing."""
        self.ended.clear()
        self.named = ""

    async def end_session(self, session_id: str, for_s: int) -> None:
        self._answer()
        self.ended.add(session_id)

    async def is_session_ended(self, session_id: str) -> bool:
        self._answer()
        return session_id in self.ended

    async def memory(self, proposed: str) -> str:
        self._answer()
        self.named = self.named or proposed
        return self.named

    def _answer(self) -> None:
        if self.is_away:
            raise StoreError("Redis does not answer (10.0.0.7:6379).")


class Board:
    """An application behind the gate. `now_s` is its clock, `told` what happened to sessions."""

    def __init__(self, path: Path, **ways: Any) -> None:
        self.now_s = 1_000_000.0
        self.told: list[tuple[str, str]] = []
        self.shared = Shared()
        # A cheap hash: what it costs is not what these tests are about.
        self.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.path = path
        self.save(ada=User(role="supervisor", queues=("billing",), password=self.passwords.hash(PASSWORD)))
        given = {"users": UsersFile(path), "passwords": self.passwords, "hosts": Hosts(["board.example"]), **ways}
        self.sign_in = SignIn(Sessions(b"s" * 32, lambda: self.now_s), Attempts(lambda: self.now_s), **given)
        sign_outs = SignOuts(self.sign_in.sessions, self.shared, lambda: self.now_s)
        watch = SessionWatch(self.sign_in, sign_outs, self.hear)
        self.sign_in.ended = sign_outs.is_ended
        self.app = Starlette(
            routes=[
                *sign_in_routes(self.sign_in, watch),
                Route("/", who),
                Route("/api/who", who, methods=["GET", "POST"]),
                Route("/healthz", lambda request: PlainTextResponse("alive")),
            ],
            middleware=[Middleware(Gate, sign_in=self.sign_in)],
        )

    def hear(self, what: str, who: Person | str) -> None:
        self.told.append((what, who if isinstance(who, str) else who.name))

    def save(self, **users: User) -> None:
        write_users(self.path, Users(users=users))

    def client(self, base: str = "http://127.0.0.1:8321", address: str = "127.0.0.1") -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, client=(address, 5)), base_url=base)


async def who(request: Request) -> Response:
    return PlainTextResponse(person_of(request).name)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "users.json")


@pytest.fixture
def make_board(tmp_path: Path) -> Callable[..., Board]:
    return lambda **ways: Board(tmp_path / "users.json", **ways)
