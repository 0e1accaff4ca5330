"""Sign-outs that reach every board server, and what holds while Redis is away."""

from __future__ import annotations

import time

import pytest

from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.sessions import Sessions
from tonewatch.dashboard.signin.sign_outs import ASK_AGAIN_S, BORNE_S, YOUNG_S, CannotTell, SignOuts

from .conftest import PASSWORD, Board, Shared


class Enough(Exception):
    """The background work is cut off here."""


class Server:
    """One of several board servers. `now_s` is its clock."""

    def __init__(self, shared: Shared) -> None:
        self.now_s = 0.0
        self.sessions = Sessions(b"s" * 32, time.time)
        self.sign_outs = SignOuts(self.sessions, shared, lambda: self.now_s, self.sleep)
        self.steps = 0

    async def sleep(self, _seconds: float) -> None:
        if self.steps == 0:
            raise Enough
        self.steps -= 1

    async def go_on(self, steps: int = 1) -> None:
        """Its background work, so many times."""
        self.steps = steps
        with pytest.raises(Enough):
            await self.sign_outs.run()


async def test_a_sign_out_while_redis_is_away_reaches_the_others_when_it_is_back() -> None:
    shared = Shared()
    here, there = Server(shared), Server(shared)
    session = here.sessions.begin(Person("Ada", "supervisor"), "demo")
    shared.is_away = True
    await here.sign_outs.end(session.id)
    await here.go_on()
    shared.is_away = False
    assert not await there.sign_outs.is_ended(session.id)
    here.now_s += ASK_AGAIN_S
    await here.go_on()
    assert await there.sign_outs.is_ended(session.id)


async def test_what_redis_lost_is_told_again_by_whoever_knows_it() -> None:
    shared = Shared()
    here, there = Server(shared), Server(shared)
    await here.sign_outs.end("a")
    assert await there.sign_outs.is_ended("a")
    shared.is_away = True
    assert not await there.sign_outs.is_ended("b")
    shared.ended.clear()  # an empty one took its place
    shared.is_away = False
    there.now_s += ASK_AGAIN_S
    await there.sign_outs.is_ended("b")
    assert shared.ended == {"a"}


async def test_a_redis_that_comes_back_empty_between_two_questions_is_told_again_by_whoever_knows() -> None:
    shared = Shared()
    here, there = Server(shared), Server(shared)
    await here.sign_outs.end("a")
    assert not await there.sign_outs.is_ended("other")
    shared.begin_empty()
    assert not await there.sign_outs.is_ended("other")  # the first to ask names it, and knows of none
    await here.go_on()
    assert await there.sign_outs.is_ended("a")


async def test_a_replica_that_lacks_the_last_sign_outs_is_told_of_them_for_a_while() -> None:
    shared = Shared()
    here = Server(shared)
    await here.sign_outs.end("a")
    await here.go_on()
    for ages_s, is_told in ((30.0, {"a"}), (YOUNG_S, set())):
        here.now_s += ages_s
        shared.ended.clear()
        await here.go_on()
        assert shared.ended == is_told


async def test_a_server_that_stops_tries_once_more_to_tell_what_redis_does_not_know() -> None:
    shared = Shared()
    here = Server(shared)
    shared.is_away = True
    await here.sign_outs.end("a")
    shared.is_away = False
    await here.go_on(0)  # stopped before it had another turn
    assert shared.ended == {"a"}


async def test_an_absent_redis_is_borne_for_a_while_and_then_nobody_is_let_in_until_it_answers() -> None:
    shared = Shared()
    server = Server(shared)
    shared.is_away = True
    assert not await server.sign_outs.is_ended("a")
    server.now_s = BORNE_S - 0.1
    await server.go_on(3)  # its background work does not take an absent Redis for one that is back
    assert not await server.sign_outs.is_ended("a")
    server.now_s = BORNE_S + 5
    with pytest.raises(CannotTell, match="You stay signed in"):
        await server.sign_outs.is_ended("a")
    shared.is_away = False
    server.now_s += ASK_AGAIN_S
    assert not await server.sign_outs.is_ended("a")


async def test_an_absent_redis_is_asked_once_a_second_whoever_comes() -> None:
    asked = 0

    class Counting(Shared):
        async def is_session_ended(self, session_id: str) -> bool:
            nonlocal asked
            asked += 1
            return await super().is_session_ended(session_id)

    shared = Counting()
    shared.is_away = True
    server = Server(shared)
    for _ in range(50):
        await server.sign_outs.is_ended("a")
    assert asked == 1


async def test_every_route_refuses_while_it_cannot_tell_says_so_and_still_signs_out(board: Board) -> None:
    async with board.client() as http:
        form = await http.get("/sign-in")
        token = form.text.partition('name="token" value="')[2].partition('"')[0]
        origin = {"origin": "http://127.0.0.1:8321"}
        await http.post("/sign-in", data={"name": "ada", "password": PASSWORD, "token": token}, headers=origin)
        session = (await http.get("/api/session")).json()
        board.shared.is_away = True
        assert (await http.get("/api/who")).text == "ada"
        board.now_s += BORNE_S + 1
        for path in ("/api/who", "/", "/api/session"):
            answer = await http.get(path)
            assert answer.status_code == 503
            assert "does not answer" in answer.json()["error"]
            assert "10.0.0.7" not in answer.text
        assert (await http.get("/sign-in")).status_code == 200
        out = await http.post("/sign-out", data={"token": session["csrf"]}, headers=origin)
        assert out.headers["location"] == "/sign-in?out"
        board.shared.is_away = False
        board.now_s += ASK_AGAIN_S
        assert (await http.get("/api/who")).status_code == 401
