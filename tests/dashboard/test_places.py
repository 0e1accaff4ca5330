"""Where a call belongs, as Redis and its events say."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from tonewatch.dashboard.feed import Feed, Reset
from tonewatch.dashboard.places import Places
from tonewatch.dashboard.signin.person import Person, Scope
from tonewatch.dashboard.store import BoardStore, Entry
from tonewatch.stream.board.view import CallView
from tonewatch.stream.messages import CallAttributes
from tonewatch.stream.service.process import cancel

ADA = Person("Ada", "supervisor", Scope(frozenset({"billing"})))


class Board:
    """A store with one call, in a queue, and a stream that may be replaced."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.stream_id = "1-0"

    async def views_of(self, call_ids: list[str]) -> list[CallView]:
        return [CallView(call_id=one, call=CallAttributes(queue=self.queue)) for one in call_ids]

    async def since(self, _at_ms: int) -> list[CallView]:
        return []

    async def ping(self) -> None:
        return

    async def last_id(self) -> str:
        return self.stream_id

    async def holds(self, stream_id: str) -> bool:
        return stream_id == self.stream_id

    async def counters(self) -> dict[str, int]:
        return {}

    async def wait(self, stream_id: str, block_ms: int) -> tuple[str, list[Entry]]:
        await asyncio.sleep(0)
        return stream_id, []


def entry(number: int, call_id: str, queue: str | None = None) -> Entry:
    """An event of a call; with a queue the one that says so."""
    return Entry(f"{number}-0", b"{}", call_id, call=None if queue is None else CallAttributes(queue=queue))


async def test_what_is_read_ahead_of_the_feed_is_seen_by_nobody_whose_the_call_is_no_more() -> None:
    places = Places(cast(BoardStore, cast(Any, Board("billing"))))
    await places.learn(["goes", "stays", "comes"])
    places.take(entry(1, "comes", "sales"))
    read = [
        *(entry(2, "goes"), entry(3, "goes", "sales"), entry(4, "goes"), entry(5, "stays", ""), entry(6, "stays")),
        *(entry(7, "comes", "billing"), entry(8, "comes")),  # the feed will tell of it as a move
    ]
    said: dict[str, CallAttributes] = {}
    assert [one.id for one in places.visible(ADA, read, said)] == ["2-0", "5-0", "6-0"]
    assert places.visible(ADA, [entry(9, "goes")], said) == []


async def test_a_call_that_moved_in_a_stream_that_was_replaced_is_looked_up_again() -> None:
    board = Board("billing")
    store = cast(BoardStore, cast(Any, board))
    places = Places(store)
    feed = Feed(store, lambda: 1.0, places=places)
    await places.learn(["c"])
    assert places.sees(ADA, "c")
    with feed.subscribe() as subscriber:
        running = asyncio.create_task(feed.run())
        async with asyncio.timeout(20):
            while Reset() not in await subscriber.take():
                board.queue, board.stream_id = "sales", "1-1"
    await cancel([running])
    await places.learn(["c"])
    assert not places.sees(ADA, "c")
    assert places.moves == 1  # no snapshot of before is handed out any more
