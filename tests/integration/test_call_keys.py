"""A call that goes all the way sealed, and of which nothing can be read any more once its keys are destroyed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from redis.asyncio import Redis

from tonewatch.stream import topics
from tonewatch.stream.access import TABLES
from tonewatch.stream.board.view import call_key
from tonewatch.stream.call_keys.coverage import coverage
from tonewatch.stream.call_keys.envelope import SHREDDED_RECORD, is_sealed
from tonewatch.stream.call_keys.key_index import KeyIndex
from tonewatch.stream.call_keys.key_ring import KeyRing
from tonewatch.stream.call_keys.key_topic import KeyTopic
from tonewatch.stream.call_keys.master_keys import new_master_key, read_master_keys
from tonewatch.stream.call_keys.rotation import rotate
from tonewatch.stream.call_keys.sealed_topics import SEALED_TOPICS, is_sealed_topic
from tonewatch.stream.call_keys.shredding import shred, shredded_at_ms
from tonewatch.stream.codec import decode_call, decode_segment, encode
from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.replay import About, plan, replay
from tonewatch.stream.erasure.erasure import erase
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import make_consumer, make_producer, start, stop
from tonewatch.stream.messages import AudioChunk, CallMessage, CallStarted, NoticeWithdrawn, Words
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import EraseSettings, load
from tonewatch.stream.topics import ALERTS, CALLS, KEYS, MOMENTS, RATIONALES, SEGMENTS, TONE, changelog_topics

from ..brokers import KAFKA_ALONE

pytestmark = pytest.mark.integration

SOUND = Path(__file__).parents[2] / "stream" / "demo" / "calls" / "delivery_recovers.flac"
GOLDEN = Path(__file__).parents[1] / "stream" / "golden"
GONE, KEPT, MARK = "call-to-be-shredded", "call-that-stays", "zebra finch"
SECONDS = 45
"""Of the call; it alerts at about 38 s."""

PARTITIONS = 2
ROLES = ("listen", "monitor", "archive")

Role = Callable[..., AbstractAsyncContextManager[None]]
Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class House:
    settings: EraseSettings
    environment: dict[str, str]
    database: Path
    redis: Any
    seconds: float

    def archived(self, call_id: str) -> int:
        """Alert states of the call in the archive."""
        if not self.database.exists():
            return 0
        with sqlite3.connect(self.database) as db:
            try:
                return int(
                    db.execute("select count(*) from alert_states where alert_id like ?", (f"{call_id}/%",)).fetchone()[
                        0
                    ]
                )
            except sqlite3.OperationalError:
                return 0

    async def shown(self, *calls: str) -> None:
        """Until the board has an alert of each."""
        async with asyncio.timeout(self.seconds):
            for call in calls:
                while b'"alert_id"' not in (await self.redis.get(call_key(call)) or b""):
                    await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def master(own_broker: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all that is written to the broker."""
    file = tmp_path_factory.mktemp("keys") / "master"
    file.write_text(new_master_key() + "\n")
    return file


@pytest.fixture
async def house(
    own_broker: str,
    own_redis_url: str,
    master: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    timeout_factor: float,
) -> AsyncIterator[House]:
    environment = {
        "TONEWATCH_KAFKA": own_broker,
        "TONEWATCH_REDIS": own_redis_url,
        "TONEWATCH_KAFKA_PARTITIONS": str(PARTITIONS),
        "TONEWATCH_KAFKA_IDEMPOTENT": os.environ.get("TONEWATCH_KAFKA_IDEMPOTENT", "true"),
        "TONEWATCH_DATABASE": f"sqlite:///{tmp_path / 'archive.db'}",
        "TONEWATCH_STORE": str(tmp_path / "audio"),
        "TONEWATCH_ASR": "false",
        "TONEWATCH_CALL_KEYS": "on",
        "TONEWATCH_MASTER_KEY_FILE": str(master),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load(EraseSettings)
    await topics.apply(
        settings, partitions=PARTITIONS, replication=1, extra=changelog_topics("tonewatch-monitor", TABLES)
    )
    redis: Any = Redis.from_url(own_redis_url)
    await redis.flushall()
    yield House(settings, environment, tmp_path / "archive.db", redis, 60 * timeout_factor)
    await redis.aclose()


async def messages(call_id: str) -> list[CallMessage]:
    """All of a call that alerts, with the mark as its title."""
    found: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        found.append(message)

    about = About(file=SOUND.name, title=MARK)
    await replay(plan(SOUND, roles=None, about=about, notice_given=True, suffix="x"), keep, speed=0)
    chunks = [one for one in found if not isinstance(one, AudioChunk) or one.start_ms < 1000 * SECONDS]
    ended = msgspec.structs.replace(found[-1], duration_ms=1000 * SECONDS)
    return [msgspec.structs.replace(one, call_id=call_id) for one in (*chunks[:-1], ended)]


def words_of(call_id: str, text: str) -> Words:
    words = decode_segment((GOLDEN / "words.json").read_bytes().strip())
    assert isinstance(words, Words)
    return msgspec.structs.replace(words, call_id=call_id, segment_id=f"{call_id}/0/24000", text=text)


async def say(house: House, call_id: str) -> None:
    """Words of the call, which a listener without speech-to-text does not hear."""
    words = words_of(call_id, f"it is a {MARK}")
    producer = make_producer(house.settings)
    await start(producer, house.settings)
    try:
        await producer.send_and_wait(SEGMENTS.name, encode(words), key=call_id.encode())
    finally:
        await stop(producer)


async def records(house: House, *, opened: bool, names: tuple[str, ...] = ()) -> list[ConsumerRecord]:
    """All that lies in the topics: as it lies there, or as a reader with keys gets it."""
    settings = house.settings if opened else house.settings.model_copy(update={"call_keys": "off"})
    consumer: AIOKafkaConsumer = make_consumer(settings, [], None)
    await start(consumer, settings)
    found: list[ConsumerRecord] = []
    try:
        there = names or tuple(sorted(name for name in await consumer.topics() if name.startswith("tonewatch")))
        for partition in (TopicPartition(name, number) for name in there for number in range(PARTITIONS)):
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            end = (await consumer.end_offsets([partition]))[partition]
            while await consumer.position(partition) < end:
                found += (await consumer.getmany(partition, timeout_ms=500)).get(partition, [])
    finally:
        await stop(consumer)
    return found


async def write_of(house: House, call_id: str) -> None:
    """What all roles read of a call, besides its audio."""
    said = {"words": SEGMENTS, "tone": TONE, "moment": MOMENTS, "alert": ALERTS, "rationale": RATIONALES}
    producer = make_producer(house.settings)
    await start(producer, house.settings)
    try:
        for name, topic in said.items():
            golden = (GOLDEN / f"{name}.json").read_text().strip().replace('"c-1', f'"{call_id}')
            await producer.send_and_wait(topic.name, golden.encode(), key=call_id.encode())
    finally:
        await stop(producer)


@KAFKA_ALONE
async def test_a_call_goes_all_the_way_sealed_and_nothing_of_it_can_be_read_once_it_is_shredded(
    house: House, role: Role, eventually: Eventually
) -> None:
    async with CallWriter(house.settings) as writer, AsyncExitStack() as roles:
        for name in ROLES:
            await roles.enter_async_context(role(name, **house.environment))
        for call in (GONE, KEPT):
            await writer.deliver(await messages(call))
        await house.shown(GONE, KEPT)
        await say(house, GONE)
        await eventually(lambda: house.archived(GONE) > 0 and house.archived(KEPT) > 0, house.seconds)
    await all_is_sealed(house)

    # What the roles have not read yet, when the keys are destroyed; and what comes after.
    async with CallWriter(house.settings) as writer:
        await writer.deliver(await messages(GONE))
    await write_of(house, GONE)
    receipt = await erase(house.settings, GONE, now_ms)
    assert receipt.failed == ()
    assert next(one.count for one in receipt.removed if one.where == KEYS.name) == 1
    for topic in SEALED_TOPICS:
        assert "cannot be read since" in next(one.why for one in receipt.remains if one.where == topic.name)
    await write_of(house, GONE)
    await nothing_is_left(house)

    await house.redis.flushall()
    async with CallWriter(house.settings) as writer, AsyncExitStack() as roles:
        for name in ROLES:
            await roles.enter_async_context(role(name, **house.environment))
        await writer.deliver(await messages("call-after"))
        await house.shown(KEPT, "call-after")
        await eventually(lambda: house.archived("call-after") > 0, house.seconds)
    assert not await house.redis.exists(call_key(GONE))
    assert (house.archived(GONE), house.archived(KEPT) > 0) == (0, True)
    await nothing_is_left(house)


async def all_is_sealed(house: House) -> None:
    """What tells of the call; and it can be read by who has the keys."""
    raw = await records(house, opened=False)
    of_call = [one for one in raw if GONE.encode() in (one.key or b"") and is_sealed_topic(one.topic) and one.value]
    assert {one.topic for one in of_call} >= {CALLS.name, SEGMENTS.name, TONE.name, ALERTS.name, MOMENTS.name}
    assert all(is_sealed(one.value) for one in of_call)
    assert not any(MARK.encode() in (one.value or b"") for one in raw)
    opened = [one for one in await records(house, opened=True) if GONE.encode() in (one.key or b"")]
    assert MARK in " ".join(str(one.value) for one in opened)
    assert len([one for one in opened if is_sealed_topic(one.topic)]) >= len(of_call)


async def nothing_is_left(house: House) -> None:
    """Of the shredded call; the other is there, and nobody put a sealed record aside."""
    read = await records(house, opened=True)
    opened = [one for one in read if is_sealed_topic(one.topic) and one.value is not None]
    left = [one for one in opened if one.key == GONE.encode()]
    # The withdrawal that an erasure begins with says nothing of the call but that, and is not sealed.
    assert [type(decode_call(one.value)) for one in left] in ([], [NoticeWithdrawn])
    assert {one.topic for one in opened if one.key == KEPT.encode()} >= {CALLS.name, SEGMENTS.name, ALERTS.name}
    assert not any(is_sealed(one.value) for one in opened)
    assert not [one for one in opened if one.topic.endswith(".dlq")]
    found = await coverage(house.settings, GONE)
    assert found.shredded_at_ms is not None
    assert sum(one.clear + one.readable for one in found.topics.values()) == len(left)
    assert min(one.unreadable for one in found.topics.values()) > 0


async def test_a_key_that_is_made_while_its_call_is_erased_is_never_used(house: House) -> None:
    call = "call-in-a-race"
    index = KeyIndex(masters := read_master_keys(house.settings.master_key_file))
    ring = KeyRing(KeyTopic(house.settings, index), index, masters)
    await ring.start()
    try:
        sealed, _ = await asyncio.gather(
            ring.seal(SEGMENTS.name, call.encode(), b"said"), shred(house.settings, call, now_ms)
        )
        assert await ring.seal(SEGMENTS.name, call.encode(), b"said") == SHREDDED_RECORD
        assert await ring.open(SEGMENTS.name, call.encode(), sealed) is None
        assert await shredded_at_ms(house.settings, call) is not None
        assert await shredded_at_ms(house.settings, "call-that-nobody-erased") is None
        kept = [one for one in await records(house, opened=False, names=(KEYS.name,)) if call.encode() in one.key]
        newest = {one.key: one.value for one in kept}
        assert [key for key, value in newest.items() if value] == [f"{call}/shredded".encode()]
    finally:
        await ring.stop()


def write(file: str, content: str) -> None:
    Path(file).write_text(content)


async def test_a_master_key_is_replaced_while_the_roles_go_on(house: House) -> None:
    file = house.settings.master_key_file
    former = read_secret_file(file, "the master key") + "\n"
    started = CallStarted(
        call_id="call-of-two-masters", roles=("customer",), notice_given=True, started_at_ms=1, title=MARK
    )
    async with CallWriter(house.settings) as writer:
        await writer.deliver([started])
        now = new_master_key()
        write(file, f"{now}\n{former}")
        done = await rotate(house.settings, read_master_keys(file))
        assert done.rewrapped >= 1 and done.left == {}
        write(file, now + "\n")
        opened = await records(house, opened=True, names=(CALLS.name,))
        assert any(MARK.encode() in one.value for one in opened)
        await writer.deliver([msgspec.structs.replace(started, call_id="call-of-the-second")])
    write(file, former)
    with pytest.raises(SettingsError, match="add that one as a further line"):
        await records(house, opened=True, names=(CALLS.name,))
    write(file, f"{now}\n{former}")


async def test_a_clear_record_and_a_sealed_one_lie_in_one_topic_and_both_are_read(house: House) -> None:
    call = "call-of-a-rollout"
    words = words_of(call, "said")
    for mode in ("off", "on", "read"):
        settings = house.settings.model_copy(update={"call_keys": mode})
        producer = make_producer(settings)
        await start(producer, settings)
        await producer.send_and_wait(SEGMENTS.name, encode(words), key=call.encode())
        await stop(producer)
    raw, opened = [
        [
            one.value
            for one in await records(house, opened=is_opened, names=(SEGMENTS.name,))
            if one.key == call.encode()
        ]
        for is_opened in (False, True)
    ]
    assert [is_sealed(value) for value in raw] == [False, True, False]
    assert [decode_segment(value) for value in opened] == [words] * 3
