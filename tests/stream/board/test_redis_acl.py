"""Each role works in a real Redis with the ACL line that is printed for it, and does nothing else there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError
from typer.testing import CliRunner

from tonewatch.dashboard.store import START, BoardStore, connect
from tonewatch.stream.board import redis_acl
from tonewatch.stream.board.sink import BoardSink
from tonewatch.stream.board.view import CALLS_KEY, EVENTS_KEY, MARKS_KEY
from tonewatch.stream.codec import encode
from tonewatch.stream.messages import CallState
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import RedisSettings

pytestmark = pytest.mark.integration

ONE = TopicPartition("tonewatch.tone.v1", 0)


@pytest.fixture
async def users(own_redis_url: str) -> AsyncIterator[dict[str, str]]:
    """URLs of the users that the printed lines make, by role."""
    admin: Any = Redis.from_url(own_redis_url)
    await admin.flushall()
    printed = CliRunner().invoke(redis_acl.redis, ["acl", "--passwords"]).output.splitlines()
    passwords = {}
    for line in printed:
        _, name, *rules = line.split()
        await admin.execute_command("ACL", "SETUSER", name, "reset", *rules)
        passwords[name] = next(rule for rule in rules if rule.startswith(">"))[1:]
    await admin.aclose()
    place = own_redis_url.removeprefix("redis://").removesuffix("/0")
    yield {role: f"redis://tonewatch-{role}:{passwords[f'tonewatch-{role}']}@{place}/1" for role in redis_acl.ROLES}


class Assigned:
    """A consumer with one partition of five records."""

    def assignment(self) -> set[TopicPartition]:
        return {ONE}

    def highwater(self, _partition: TopicPartition) -> int:
        return 5

    async def seek_to_beginning(self, *_partitions: TopicPartition) -> bool:
        return True


async def test_the_sink_fills_the_board_and_the_dashboard_reads_it(users: dict[str, str]) -> None:
    redis, consumer = connect(RedisSettings(redis=users["monitor"])), Assigned()
    given: Any = consumer
    sink = BoardSink(given, redis, given, Metrics(CollectorRegistry()), keep_events=10, ttl_s=10)
    record: Any = SimpleNamespace(
        value=encode(CallState(call_id="c", state="live")), key=b"c", offset=3, timestamp=1_000, headers=()
    )
    assert await sink._written({})  # marks where reading begins, which an emptied Redis lacks
    assert await sink._written({ONE: [record]}), sink._refusal
    await redis.aclose()
    store = BoardStore(connect(users["dashboard"]))
    await store.ping()
    assert await store.full() == ""
    assert await store.last_id() != START
    assert (await store.after(START, 10))[0]
    assert await store.wait(START, 10)
    assert len((await store.snapshot()).views) == 1
    assert await store.call("c") is not None
    await store.end_session("s", 60)
    assert await store.is_session_ended("s")
    assert await store.memory("first") == await store.memory("second") == "first"
    await store.aclose()


async def test_the_dashboard_writes_no_call_and_neither_reads_what_is_not_of_the_board(users: dict[str, str]) -> None:
    board, sink = (Redis.from_url(users[role]) for role in ("dashboard", "monitor"))
    tries: list[Any] = [
        board.set("tonewatch:board:call:c", "x"),
        board.xadd(EVENTS_KEY, {"kind": "alert"}),
        board.zadd(CALLS_KEY, {"c": 1}),
        board.hgetall(MARKS_KEY),
        board.get("other"),
        board.flushall(),
        sink.set("other", "x"),
        sink.config_get("*"),
        sink.keys("*"),
        sink.flushall(),
    ]
    for one in tries:
        with pytest.raises(NoPermissionError):
            await one
    await board.aclose()
    await sink.aclose()


def test_without_passwords_a_user_is_off_until_it_gets_one() -> None:
    printed = CliRunner().invoke(redis_acl.redis, ["acl", "--role", "dashboard", "--prefix", "board-"]).output
    assert printed.startswith("user board-dashboard off resetchannels ~tonewatch:board:ended_session:* %R~")
    assert printed.count("\n") == 1
