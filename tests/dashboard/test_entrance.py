from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.websockets import WebSocket

from tonewatch.dashboard import sockets
from tonewatch.dashboard.entrance import Entrance, Room
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.proxies import peer
from tonewatch.dashboard.signin.sign_in import VISIT, Visit
from tonewatch.dashboard.sockets import BoardSocket

ROOM = Room(clients=3, of_one=2, opening=6, opening_of_address=4)


def held(entrance: Entrance, stack: ExitStack, address: str, names: str) -> list[bool]:
    return [stack.enter_context(entrance.at_the_door(address, name)) for name in names]


def test_places_at_the_door_are_few_of_one_person_of_one_address_and_in_all() -> None:
    entrance = Entrance(ROOM)
    with ExitStack() as stack:
        assert held(entrance, stack, "10.0.0.1", "aaabcd") == [True, True, False, True, True, False]
        assert held(entrance, stack, "2001:db8::1", "ef") == [True, True]
        assert held(entrance, stack, "2001:db8:1::1", "g") == [False]
        assert not entrance.is_full
    with ExitStack() as stack:
        assert held(entrance, stack, "10.0.0.1", "aabc") == [True] * 4


def test_seats_are_counted_of_all_and_of_each() -> None:
    entrance = Entrance(ROOM)
    for name in "aab":
        entrance.seat(name)
    was_full = entrance.is_full
    assert (entrance.has_too_many("a"), entrance.has_too_many("b")) == (True, False)
    entrance.leave("a")
    assert (was_full, entrance.is_full) == (True, False)
    assert not entrance.has_too_many("a")


class Client:
    """A websocket of which the other side reads nothing: a close frame waits for ever. `says`: its first message."""

    def __init__(self, name: str, says: str | None = None) -> None:
        visit = Visit(Person(name, "supervisor"), "form token")
        self.says = says
        self.sent: list[str] = []
        extensions: dict[str, Any] = {"websocket.http.response": {}}
        scope = {"type": "websocket", "path": "/ws", "headers": [], "client": (name, 1), "extensions": extensions}
        self.socket = WebSocket({**scope, VISIT: visit}, self.receive, self.send)
        self.is_greeted = False

    async def receive(self) -> dict[str, Any]:
        if not self.is_greeted:
            self.is_greeted = True
            return {"type": "websocket.connect"}
        if self.says is None:
            await asyncio.Event().wait()
        return {"type": "websocket.receive", "text": self.says}

    async def send(self, message: Any) -> None:
        self.sent.append(message["type"])
        if message["type"] == "websocket.close":
            await asyncio.Event().wait()


class Seated(BoardSocket):
    """What comes after a client was let in is none of this."""

    async def _run_session(self, *_: Any) -> None:
        await asyncio.Event().wait()


class Nothing:
    def tell(self, *_: Any) -> None: ...

    def subscribe(self) -> Any:
        return ExitStack()


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize("says", [None, "no hello", '{"resume": null}'])
async def test_whoever_is_refused_or_says_nothing_has_no_seat_and_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch, says: str | None
) -> None:
    monkeypatch.setattr(sockets, "CLOSE_S", 3600.0)
    entrance = Entrance(Room(clients=5, of_one=2))
    nothing: Any = Nothing()
    board = Seated(nothing, nothing, nothing, nothing, nothing, nothing, nothing, lambda: 0, entrance, peer)
    eve = [Client("eve", says) for _ in range(20)]
    ada = Client("ada", '{"resume": null}')
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(board.serve(one.socket)) for one in eve]
        await settled()
        assert not entrance.is_full
        tasks.append(group.create_task(board.serve(ada.socket)))
        await settled()
        assert ada.sent == ["websocket.accept"]
        assert sum("websocket.accept" in one.sent for one in eve) <= 4
        for task in tasks:
            task.cancel()
