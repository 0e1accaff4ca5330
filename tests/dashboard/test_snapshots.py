"""Clients that come together get one snapshot, read and encoded once, and none that is no longer true."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tonewatch.dashboard.snapshots import FRESH_S, Snapshots
from tonewatch.dashboard.store import BoardStore, Snapshot, connect
from tonewatch.stream.messages import CallState
from tonewatch.stream.service.process import cancel

pytestmark = pytest.mark.integration


class CountedStore(BoardStore):
    """Counts the snapshots that it reads."""

    snapshots = 0

    async def snapshot(self) -> Snapshot:
        self.snapshots += 1
        return await super().snapshot()


@pytest.fixture
async def store(stoppable_redis: Any) -> AsyncIterator[CountedStore]:
    made = CountedStore(connect(stoppable_redis.url))
    yield made
    await made.aclose()


def begins(call_id: str) -> CallState:
    return CallState(call_id=call_id, state="live")


async def test_many_clients_at_once_cost_one_snapshot(store: CountedStore, writer: Any) -> None:
    writer.write(begins("a"))
    snapshots = Snapshots(store, lambda: 0.0, lambda: 1)
    got = await asyncio.gather(*(snapshots.newest() for _ in range(50)))
    assert (store.snapshots, len({id(one) for one in got})) == (1, 1)


async def test_a_snapshot_is_read_again_once_it_is_no_longer_fresh(store: CountedStore, writer: Any) -> None:
    writer.write(begins("a"))
    now = [0.0]
    snapshots = Snapshots(store, lambda: now[0], lambda: 1)
    await snapshots.newest()
    writer.write(begins("b"))
    now[0] = FRESH_S
    assert len((await snapshots.newest()).board.views) == 2


async def test_the_snapshot_of_a_stream_that_was_replaced_is_never_handed_out(store: CountedStore, writer: Any) -> None:
    snapshots = Snapshots(store, lambda: 0.0, lambda: 1)
    assert (await snapshots.newest()).board.views == []
    writer.write(begins("old"))
    await snapshots.newest()
    writer.redis.flushall()
    writer.write(begins("new"))
    (view,) = (await snapshots.newest()).board.views
    assert b"new" in view


async def test_a_client_that_leaves_while_it_reads_leaves_the_others_a_snapshot(store: CountedStore) -> None:
    snapshots = Snapshots(store, lambda: 0.0, lambda: 1)
    reading, waiting = (asyncio.create_task(snapshots.newest()) for _ in range(2))
    await asyncio.sleep(0)
    await cancel([reading])
    assert (await waiting).board.views == []


async def test_a_frame_is_made_once_in_each_form(store: CountedStore, writer: Any) -> None:
    writer.write(begins("a"))
    shared = await Snapshots(store, lambda: 0.0, lambda: 7).newest()
    packed = await asyncio.gather(*(shared.frame(packed=True) for _ in range(5)))
    text = await shared.frame(packed=False)
    assert len({id(one) for one in packed}) == 1
    assert gzip.decompress(packed[0]).decode() == text  # type: ignore[arg-type]
    assert json.loads(text)["at_ms"] == 7


async def test_a_snapshot_that_took_long_to_read_is_handed_out_for_longer(store: CountedStore, writer: Any) -> None:
    writer.write(begins("a"))
    # Begun, read; asked within its time; asked after it: begun, read.
    times = iter([0.0, 3.0, 3.0 + 3.5 * 3.0, 3.0 + 4.5 * 3.0, 100.0, 100.0])
    snapshots = Snapshots(store, lambda: next(times), lambda: 1)
    for _ in range(3):
        await snapshots.newest()
    assert store.snapshots == 2
