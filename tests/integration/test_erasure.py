"""One call erased on a real broker, Redis and database: all of it is searched for its id and a marked word."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from redis.asyncio import Redis

from tonewatch.stream import topics
from tonewatch.stream.access import TABLES
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.store import Archive, Kept, connect
from tonewatch.stream.board.sink import BoardSink
from tonewatch.stream.board.view import call_key
from tonewatch.stream.call_hash import hash_of
from tonewatch.stream.codec import decode_alert, decode_moment, decode_rationale, decode_segment, encode_call
from tonewatch.stream.erasure import person_export
from tonewatch.stream.erasure.erasure import erase
from tonewatch.stream.erasure.kafka_erasure import compacted
from tonewatch.stream.erasure.receipt import Receipt, sign, text, verify
from tonewatch.stream.kafka.clients import make_admin, make_consumer, make_producer, start
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.kafka.erased_marks import gone_calls
from tonewatch.stream.messages import CallStarted
from tonewatch.stream.retention.retention_command import check
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel
from tonewatch.stream.settings import EraseSettings, RetentionSettings, load
from tonewatch.stream.topics import (
    ALERTS,
    CALLERS,
    CALLS,
    CLOCKS,
    DELIVERIES,
    MOMENTS,
    RATIONALES,
    SEGMENTS,
    TONE,
    changelog_topics,
)

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).resolve().parents[1] / "stream" / "golden"
GONE, KEPT, MARK = "call-of-the-zebra-finch", "call-that-stays", "zebra-finch"
CALLER = "5f0c" * 8
KEY = b"k" * 32
PARTITIONS = 2
DAY_MS = 24 * 3_600_000
(CHANGELOG,) = changelog_topics("tonewatch-monitor", TABLES)


def golden(name: str, call_id: str, word: str = "") -> bytes:
    """A message of a call, with a word in the place of what was said."""
    found = (GOLDEN / f"{name}.json").read_text().strip()
    for former in ('"c-1"', '"c-0"'):
        found = found.replace(former, json.dumps(call_id))
    found = found.replace('"c-1/', f'"{call_id}/')
    for said in ("this is the third time", "Louder by 7.5 dB than this caller's usual."):
        found = found.replace(said, f"{word} {said}")
    return found.encode()


@dataclass
class House:
    settings: EraseSettings
    redis: Any
    database: Path
    store: Path


@pytest.fixture
async def house(
    own_broker: str, own_redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    database = tmp_path / "archive.db"
    monkeypatch.setenv("TONEWATCH_DATABASE", f"sqlite:///{database}")
    monkeypatch.setenv("TONEWATCH_STORE", str(tmp_path / "audio"))
    settings = load(EraseSettings, kafka=own_broker, redis=own_redis_url)
    await topics.apply(settings, partitions=PARTITIONS, replication=1, extra=(CHANGELOG,))
    redis: Any = Redis.from_url(own_redis_url)
    await redis.flushall()
    yield House(settings, redis, database, tmp_path / "audio")
    await redis.aclose()


async def fill(house: House, call_id: str, word: str) -> None:
    """As a whole deployment leaves it: every topic, the board, rows and audio."""
    await write_topics(house.settings.kafka, call_id, word)
    await show(house, call_id)
    archive = Archive(connect(house.settings.database))
    for name, decode in (
        ("call_opened", decode_segment),
        ("words", decode_segment),
        ("moment", decode_moment),
        ("alert", decode_alert),
        ("rationale", decode_rationale),
    ):
        body = golden(name, call_id, word)
        archive.write(cast(Kept, decode(body)), body.decode(), 1)
    archive.close()
    Folder(house.store).write(call_id, f"{call_id}/0/24000", ".wav", word.encode())


async def write_topics(kafka: str, call_id: str, word: str) -> None:
    key = call_id.encode()
    started = CallStarted(call_id=call_id, roles=("customer",), notice_given=True, started_at_ms=1, title=word)
    said = [
        (CALLS.name, key, encode_call(started)),
        (CLOCKS.name, key, golden("call_clock", call_id)),
        (SEGMENTS.name, key, golden("words", call_id, word)),
        (TONE.name, key, golden("call_state", call_id)),
        (TONE.name, key, golden("tone", call_id)),
        (ALERTS.name, key, golden("alert", call_id, word)),
        (MOMENTS.name, key, golden("moment", call_id, word)),
        (RATIONALES.name, key, golden("rationale", call_id, word)),
        (CALLERS.name, f"{CALLER}/{call_id}".encode(), golden("past_call", call_id)),
        (DELIVERIES.name, f"delivery of {len(call_id)}".encode(), golden("delivery", call_id, word)),
        (CHANGELOG.name, json.dumps(call_id).encode(), json.dumps({"state": word}).encode()),
    ]
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for topic, of, value in said:
            await producer.send_and_wait(topic, value, key=of)


async def show(house: House, call_id: str) -> None:
    """The real sink, until the board has the call's tone and alert."""
    metrics = Metrics()
    consumer = make_consumer(house.settings, [TONE.name, ALERTS.name, RATIONALES.name], f"sink-{call_id}")
    producer = make_producer(house.settings)
    await producer.start()
    await consumer.start()
    letters = DeadLetters(producer, metrics)
    sink = BoardSink(consumer, house.redis, letters, metrics, keep_events=1000, ttl_s=10_000, retry_s=0.05)
    running = asyncio.create_task(sink.run())
    try:
        async with asyncio.timeout(120):
            while MARK.encode() not in (await house.redis.get(call_key(call_id)) or b"") or not await stream(house):
                assert not running.done()
                await asyncio.sleep(0.05)
                if call_id == KEPT and await house.redis.exists(call_key(call_id)):
                    break
    finally:
        await cancel([running])
        await consumer.stop()
        await producer.stop()


async def stream(house: House) -> int:
    return int(await house.redis.xlen("tonewatch:board:events"))


async def all_of_redis(redis: Any) -> bytes:
    """Every key with all that lies in it."""
    found = []
    for key in await redis.keys():
        kind = (await redis.type(key)).decode()
        read: Any = {
            "string": lambda k: redis.get(k),
            "hash": lambda k: redis.hgetall(k),
            "zset": lambda k: redis.zrange(k, 0, -1),
            "stream": lambda k: redis.xrange(k),
        }[kind]
        found.append(key + repr(await read(key)).encode())
    return b"\n".join(found)


async def topics_with(house: House, *words: bytes) -> tuple[set[str], set[str]]:
    """Topics in which a word stands in any record; and those in which it stands in the newest of a key."""
    consumer = AIOKafkaConsumer(bootstrap_servers=house.settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    anywhere: set[str] = set()
    newest: dict[tuple[str, bytes], bytes] = {}
    try:
        for topic in sorted(name for name in await consumer.topics() if name.startswith("tonewatch")):
            for number in range(PARTITIONS):
                partition = TopicPartition(topic, number)
                consumer.assign([partition])
                await consumer.seek_to_beginning(partition)
                end = (await consumer.end_offsets([partition]))[partition]
                while await consumer.position(partition) < end:
                    for record in (await consumer.getmany(partition, timeout_ms=500)).get(partition, []):
                        whole = (record.value or b"") if record.value is not None else b""
                        newest[topic, record.key or b""] = whole
                        if any(word in whole for word in words):
                            anywhere.add(topic)
    finally:
        await consumer.stop()
    return anywhere, {topic for (topic, _), value in newest.items() if any(word in value for word in words)}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_nothing_of_an_erased_call_is_left_but_what_its_receipt_names(house: House) -> None:
    await fill(house, KEPT, "wren")
    await fill(house, GONE, MARK)
    words = (GONE.encode(), MARK.encode())
    shown = await all_of_redis(house.redis)
    assert all(word in shown for word in words)
    assert any(word in house.database.read_bytes() for word in words)
    exported = json.dumps(await person_export.export(house.settings, GONE, audio=True))
    assert MARK in exported
    assert "wren" not in exported

    receipt = sign(await erase(house.settings, GONE, now_ms, patience_s=0.1), KEY)
    assert receipt.failed == ()
    assert "a monitor that runs" in [one.where for one in receipt.remains]  # and none does
    assert verify(text(receipt).encode(), KEY) == receipt

    redis = await all_of_redis(house.redis)
    assert [word for word in words if word in redis] == []
    assert KEPT.encode() in redis
    files = [path for path in house.database.parent.rglob("*") if path.is_file()]
    assert [path for path in files for word in words if word in path.read_bytes() or word.decode() in str(path)] == []
    assert any(b"wren" in path.read_bytes() for path in files)
    await check_kafka(house, receipt, words)
    # By which `tonewatch dlq replay` sends back nothing of the call.
    assert await gone_calls(house.settings) == {hash_of(GONE)}

    again = await erase(house.settings, GONE, now_ms, patience_s=0.1)
    assert again.failed == ()
    assert "a monitor that runs" not in [one.where for one in again.remains]
    assert [one for one in again.removed if one.count] == []
    left = await person_export.export(house.settings, GONE, audio=True)
    assert (left["redis"], left["archive"]) == ({"view": None, "events": []}, {"rows": {}, "audio": {}})


async def check_kafka(house: House, receipt: Receipt, words: tuple[bytes, ...]) -> None:
    """In compacted topics the newest of no key tells of the call; what else holds it is named, with its time."""
    anywhere, newest = await topics_with(house, *words)
    assert newest & set(compacted("tonewatch-monitor")) == set()
    assert {CALLS.name, SEGMENTS.name, ALERTS.name} <= anywhere
    named = {one.where: one for one in receipt.remains}
    assert anywhere <= named.keys()
    told = [topic for topic in anywhere if named[topic].until_at_ms is not None]
    assert all((named[topic].until_at_ms or 0) <= receipt.erased_at_ms + 40 * DAY_MS for topic in told)
    if named[CALLS.name].until_at_ms is not None:
        assert abs((named[CALLS.name].until_at_ms or 0) - receipt.erased_at_ms - 25 * 3_600_000) < 60_000
    removed = {one.where: one.count for one in receipt.removed if one.what.startswith("keys")}
    assert removed == {CLOCKS.name: 1, CALLERS.name: 1, DELIVERIES.name: 1, CHANGELOG.name: 1}


async def test_a_place_that_is_away_is_named_and_the_others_are_emptied(house: House) -> None:
    await fill(house, GONE, MARK)
    away = house.settings.model_copy(update={"redis": "redis://127.0.0.1:1/0"})
    receipt = await erase(away, GONE, now_ms, patience_s=0.1)
    assert len(receipt.failed) == 1
    assert "Redis" in receipt.failed[0]
    assert MARK.encode() not in house.database.read_bytes()
    assert (await erase(house.settings, GONE, now_ms, patience_s=0.1)).failed == ()


async def test_the_job_that_checks_retention_is_content_until_somebody_keeps_longer(house: House) -> None:
    settings = load(RetentionSettings, kafka=house.settings.kafka, redis=house.settings.redis)
    await fill(house, KEPT, "wren")
    assert not any((await check(settings, now_ms())).values())

    await house.redis.persist(call_key(KEPT))
    is_apache = settings.kafka_idempotent  # The embedded broker lets nobody alter a topic.
    if is_apache:
        await keep_for_ever(settings, CALLS.name)
    away = settings.model_copy(update={"database": "sqlite:////nowhere/a.db", "archive_days": 1})
    later = await check(away, now_ms() + 40 * DAY_MS)
    assert "1 views of calls are kept for ever" in later["Redis"]
    assert "not looked at" in later["the archive"][0]
    assert any("oldest record is 9" in wrong for wrong in later[SEGMENTS.name])
    assert not is_apache or "retention.ms is -1, and at most 86400000 was meant" in later[CALLS.name]


async def keep_for_ever(settings: RetentionSettings, topic: str) -> None:
    admin = make_admin(settings)
    await start(admin, settings)
    try:
        config = {**CALLS.kafka_config(), "retention.ms": "-1"}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=config)])
    finally:
        await admin.close()
