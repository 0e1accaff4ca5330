"""The monitor as a process of its own, on a real broker and a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from redis.asyncio import Redis

from tonewatch.stream import topics
from tonewatch.stream.board.view import CALLS_KEY, COUNTERS_KEY, EVENTS_KEY, CallView, call_key
from tonewatch.stream.caller_keys import CallerKeys
from tonewatch.stream.codec import decode_alert, encode
from tonewatch.stream.messages import Alert, AlertAction, CallClosed, SegmentMessage
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, CALLERS, MOMENTS, SEGMENTS

from ..brokers import EMBEDDED_ALONE, KAFKA_ALONE

pytestmark = pytest.mark.integration

SECRET = b"a secret of sixteen bytes or more"

EVENTS = 13
"""On the board for `angry_call` until its end: it is live, ten tones, one alert that fires and gets worse."""


@pytest.fixture
async def kafka(own_broker: str) -> str:
    await topics.apply(own_broker, partitions=2, replication=1)
    return own_broker


def environment(kafka: str, redis_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "TONEWATCH_KAFKA": kafka,
        "TONEWATCH_REDIS": redis_url,
        "TONEWATCH_KAFKA_PARTITIONS": "2",
        "TONEWATCH_KAFKA_SESSION_TIMEOUT_MS": "3000",
    }


@contextlib.asynccontextmanager
async def monitor(kafka: str, redis_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "tonewatch.stream.cli", "monitor", env=environment(kafka, redis_url)
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


async def write(
    kafka: str,
    messages: Sequence[SegmentMessage | AlertAction | bytes],
    topic: str = SEGMENTS.name,
    *,
    key: bytes = b"x",
) -> None:
    """`key` is that of bytes; a message's is its call."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for message in messages:
        value = message if isinstance(message, bytes) else encode(message)
        of_call = key if isinstance(message, bytes) else message.call_id.encode()
        await producer.send_and_wait(topic, value, key=of_call)
    await producer.stop()


async def read(kafka: str, topic: str, enough: Callable[[list[Any]], bool], seconds: float) -> list[Any]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Any] = []
    try:
        async with asyncio.timeout(seconds):
            async for record in consumer:
                found.append(record)
                if enough(found):
                    break
    finally:
        await consumer.stop()
    return found


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.1)


async def test_segments_become_alerts_moments_and_a_board(
    kafka: str, own_redis_url: str, timeout_factor: float, angry_call: Callable[[str], list[SegmentMessage]]
) -> None:
    await write(kafka, angry_call("one"))
    async with monitor(kafka, own_redis_url):
        await write(kafka, [b"not a message"])
        alerts = [
            decode_alert(r.value) for r in await read(kafka, ALERTS.name, lambda f: len(f) >= 1, 60 * timeout_factor)
        ]
        assert [(a.call_id, a.state, a.onset_ms) for a in alerts] == [("one", "firing", 24_000)]
        assert len(await read(kafka, MOMENTS.name, lambda f: len(f) >= 1, 20 * timeout_factor)) == 1
        letters = await read(kafka, SEGMENTS.dlq, lambda f: len(f) >= 1, 20 * timeout_factor)
        assert (letters[0].key, letters[0].value) == (None, b"")
        assert dict(letters[0].headers)["reason"] == b"undecodable"
        await _check_board(own_redis_url, timeout_factor)
        await _check_redis_is_filled_again(own_redis_url, timeout_factor)
        await _check_an_action_is_taken(kafka, alerts[0], timeout_factor)
        await write(kafka, [CallClosed(call_id="one", reason="ended", duration_ms=40_000)])
        found = await read(
            kafka, ALERTS.name, lambda f: decode_alert(f[-1].value).state == "resolved", 40 * timeout_factor
        )
        assert {decode_alert(r.value).alert_id for r in found} == {alerts[0].alert_id}


async def _check_an_action_is_taken(kafka: str, alert: Alert, timeout_factor: float) -> None:
    """Written twice, counted once."""
    action = AlertAction(
        call_id=alert.call_id, action_id="1", alert_id=alert.alert_id, action="acknowledge", by="Ada", acted_at_ms=7
    )
    await write(kafka, [action, action], ALERT_ACTIONS.name)
    found = await read(
        kafka, ALERTS.name, lambda f: decode_alert(f[-1].value).acknowledged_by != "", 40 * timeout_factor
    )
    after = decode_alert(found[-1].value)
    assert (after.event, after.alert_id, [(a.by, a.acted_at_ms) for a in after.acted]) == (
        "acknowledged",
        alert.alert_id,
        [("Ada", 7)],
    )


async def _check_board(redis_url: str, timeout_factor: float) -> None:
    redis = Redis.from_url(redis_url)
    await eventually(lambda: _is_whole(redis, "one"), 20 * timeout_factor)
    await eventually(lambda: _counted(redis, b"dead_letters", 1), 20 * timeout_factor)
    assert await redis.zscore(CALLS_KEY, "one") is not None
    await redis.aclose()


async def _check_redis_is_filled_again(redis_url: str, timeout_factor: float) -> None:
    """An emptied Redis gets the same snapshot again, from Kafka."""
    redis = Redis.from_url(redis_url)
    await eventually(lambda: _has_events(redis, EVENTS), 20 * timeout_factor)
    before, events = await redis.get(call_key("one")), await redis.xlen(EVENTS_KEY)
    await redis.flushall()
    await eventually(lambda: _same(redis, before, events), 20 * timeout_factor)
    await redis.aclose()


async def _has_events(redis: Redis, count: int) -> bool:
    return int(await redis.xlen(EVENTS_KEY)) == count


async def _same(redis: Redis, snapshot: bytes | str | None, events: int) -> bool:
    return await redis.get(call_key("one")) == snapshot and await redis.xlen(EVENTS_KEY) == events


async def _is_whole(redis: Redis, call_id: str) -> bool:
    stored = await redis.get(call_key(call_id))
    if stored is None:
        return False
    view = msgspec.json.decode(stored, type=CallView)
    return len(view.points) == 10 and [alert.event for alert in view.alerts.values()] == ["deepened"]


async def _counted(redis: Redis, name: bytes, amount: int) -> bool:
    return int(await redis.hget(COUNTERS_KEY, name) or 0) == amount


async def test_a_killed_monitor_goes_on_from_its_table_without_a_second_alert(
    kafka: str, own_redis_url: str, timeout_factor: float, angry_call: Callable[[str], list[SegmentMessage]]
) -> None:
    messages = angry_call("two")
    async with monitor(kafka, own_redis_url) as process:
        await write(kafka, messages[:-1])
        await read(kafka, ALERTS.name, lambda f: any(r.key == b"two" for r in f), 40 * timeout_factor)
        process.kill()
        await process.wait()
    async with monitor(kafka, own_redis_url):
        await write(kafka, [messages[-1], CallClosed(call_id="two", reason="ended", duration_ms=40_000)])
        found = await read(
            kafka, ALERTS.name, lambda f: any(_state(r, "two") == "resolved" for r in f), 60 * timeout_factor
        )
    alerts = [decode_alert(r.value) for r in found if r.key == b"two"]
    assert {a.alert_id for a in alerts} == {"two/anger/24000"}
    assert list(dict.fromkeys(a.state for a in alerts)) == ["firing", "resolved"]
    events: dict[int, set[str]] = {}
    for alert in alerts:
        events.setdefault(alert.seq, set()).add(alert.event)
    assert all(len(those) == 1 for those in events.values())


def _state(record: Any, call_id: str) -> str:
    return decode_alert(record.value).state if record.key == call_id.encode() else ""


@KAFKA_ALONE
async def test_a_caller_who_calls_again_is_known_until_somebody_asks_that_they_be_forgotten(
    kafka: str, own_redis_url: str, timeout_factor: float, angry_call: Callable[[str], list[SegmentMessage]]
) -> None:
    """The second call is judged by another process; the first is heard once and told twice."""
    caller = CallerKeys(SECRET)("+48 123 456")
    messages = angry_call("calm")[:7]
    first = [_of(caller, messages[0], 1_000_000), *messages[1:]]
    over = CallClosed(call_id="calm", reason="ended", duration_ms=40_000)
    async with monitor(kafka, own_redis_url) as process:
        await write(kafka, [*first, over])
        await read(kafka, CALLERS.name, lambda f: bool(f), 60 * timeout_factor)
        process.kill()
        await process.wait()
    async with monitor(kafka, own_redis_url):
        await write(kafka, [*first, over])
        angry = angry_call("again")
        await write(kafka, [_of(caller, angry[0], 2_000_000), *angry[7:]])
        assert await _earlier_calls(kafka, "again", timeout_factor) == 1
        assert await _forget(kafka, "+48 123 456") == "1 calls are forgotten."
        angry = angry_call("anew")
        await write(kafka, [_of(caller, angry[0], 3_000_000), *angry[7:]])
        assert await _earlier_calls(kafka, "anew", timeout_factor) == 0


def _of(caller: str, opened: SegmentMessage, started_at_ms: int) -> SegmentMessage:
    return msgspec.structs.replace(opened, caller=caller, started_at_ms=started_at_ms)


async def _earlier_calls(kafka: str, call_id: str, timeout_factor: float) -> int:
    key = call_id.encode()
    found = await read(kafka, ALERTS.name, lambda f: f[-1].key == key, 60 * timeout_factor)
    return decode_alert(found[-1].value).facts.earlier_calls


async def _forget(kafka: str, caller_id: str) -> str:
    run = "from tonewatch.stream.monitor.callers_command import callers; callers()"
    command = [sys.executable, "-P", "-c", run, "forget", "-"]
    secret = {"TONEWATCH_KAFKA": kafka, "TONEWATCH_CALLER_SECRET": SECRET.decode()}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, **secret}
    )
    out, _ = await process.communicate(caller_id.encode())
    assert process.returncode == 0
    return out.decode().partition(" Kafka")[0]


@EMBEDDED_ALONE
async def test_old_present_and_future_messages_lie_side_by_side_in_one_topic(
    kafka: str, own_redis_url: str, timeout_factor: float, angry_call: Callable[[str], list[SegmentMessage]]
) -> None:
    """Older ones lack what has a default, newer ones say more; one of an unknown version is a dead letter."""
    values = []
    for number, message in enumerate(angry_call("mixed")):
        fields = msgspec.json.decode(encode(message), type=dict[str, Any])
        older = {name: value for name, value in fields.items() if name not in _absent_before(message)}
        values.append(msgspec.json.encode([older, fields, {**fields, "added_later": [1, None]}][number % 3]))
    unknown = msgspec.json.encode({"type": "segment", "v": 2, "call_id": "mixed", "said_otherwise": True})
    async with monitor(kafka, own_redis_url):
        await write(kafka, [*values, unknown], key=b"mixed")
        found = await read(kafka, ALERTS.name, lambda f: _state(f[-1], "mixed") == "firing", 60 * timeout_factor)
        # The broker is shared: letters of other tests lie there too, in no order between partitions.
        size = ("left_out_bytes", str(len(unknown)).encode())
        letters = await read(kafka, SEGMENTS.dlq, lambda f: size in f[-1].headers, 40 * timeout_factor)
    assert decode_alert(found[-1].value).onset_ms == 24_000
    assert dict(letters[-1].headers)["reason"] == b"unknown_version"


def _absent_before(message: SegmentMessage) -> set[str]:
    """Optional fields that hold no more than their default: an earlier release did not write them."""
    fields = [field for field in msgspec.structs.fields(type(message)) if not field.required]
    return {field.encode_name for field in fields if getattr(message, field.name) == field.default}
