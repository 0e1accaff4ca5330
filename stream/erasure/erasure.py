"""Everything that is kept of a call, taken away place by place. One that does not answer holds up no other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from tonewatch.stream.archive.clip_store import open_clips
from tonewatch.stream.archive.store import connect as connect_database
from tonewatch.stream.board.redis_client import connect as connect_redis
from tonewatch.stream.call_hash import is_erased_id
from tonewatch.stream.call_keys.shredding import Shredding, shred, told
from tonewatch.stream.erasure import kafka_erasure, notice, redis_erasure, sql_erasure
from tonewatch.stream.erasure.notice import PATIENCE_S
from tonewatch.stream.erasure.receipt import Receipt, Remains, Removed
from tonewatch.stream.errors import BrokerError, SettingsError, StoreError, TonewatchError
from tonewatch.stream.kafka.clients import make_admin, make_consumer, make_producer, start
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.messages import NoticeWithdrawn
from tonewatch.stream.settings import EraseSettings
from tonewatch.stream.topics import CLOCKS, DELIVERIES
from tonewatch.stream.topics import MARKS as MARKS_TOPIC

BACKUPS = Remains(
    where="backups",
    why="copies of the database, of Kafka's disks and of Redis that others made are not known here",
    until_at_ms=None,
)

MARKS = Remains(
    where="marks",
    why=f"a hash of the call's id, in the archive for good, in {MARKS_TOPIC.name} as long as anything of a call lies "
    f"in Kafka, and in {CLOCKS.name} and {DELIVERIES.name} as long as those lie: by it records of the call that come "
    "late are refused. Of a call whose notice was withdrawn the monitor keeps counters, queue and team as long as its "
    "changelog lies",
    until_at_ms=None,
)


@dataclass
class _Found:
    patience_s: float
    removed: list[Removed] = field(default_factory=list)
    shredding: Shredding | None = None
    remains: list[Remains] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


async def erase(
    settings: EraseSettings, call_id: str, now_ms: Callable[[], int], *, patience_s: float = PATIENCE_S
) -> Receipt:
    """Once more changes nothing: what is gone is gone, and the receipt counts 0.

    What failed stands in `failed`, and the erasure is to be run again then. `patience_s`: so long a monitor that may
    hold the call in its memory is waited for.

    Raises:
        SettingsError: the id is no call's, but the mark of one that was erased.
    """
    if is_erased_id(call_id):
        raise SettingsError("This is the mark of a call that was erased, and no call: give the call's own id.")
    found = _Found(patience_s=patience_s)
    # What runs first, before the call's key is gone. Then Kafka: what is written again from there, by a role that is
    # behind, would come back elsewhere.
    for place in (_notice, _call_keys, _kafka, _redis, _archive):
        try:
            await place(settings, call_id, found, now_ms)
        except TonewatchError as error:
            found.failed.append(str(error))
    return Receipt(
        call_id=call_id,
        erased_at_ms=now_ms(),
        removed=tuple(found.removed),
        remains=(*told(found.remains, found.shredding), MARKS, BACKUPS),
        failed=tuple(found.failed),
    )


Place = Callable[[EraseSettings, str, _Found, Callable[[], int]], Awaitable[None]]


async def _notice(settings: EraseSettings, call_id: str, found: _Found, now_ms: Callable[[], int]) -> None:
    settings = settings.model_copy(update={"call_keys": "off"})
    message = NoticeWithdrawn(call_id=call_id, withdrawn_at_ms=now_ms())
    async with reading(settings) as (consumer, partitions_of):
        partitions = await partitions_of(notice.places(settings.app_id))
        if not await notice.withdraw(settings, consumer, partitions, message, found.patience_s):
            found.remains.append(notice.unanswered(found.patience_s))


async def _call_keys(settings: EraseSettings, call_id: str, found: _Found, now_ms: Callable[[], int]) -> None:
    found.shredding = await shred(settings, call_id, now_ms)
    if found.shredding is not None:
        found.removed.append(found.shredding.removed())


async def _kafka(settings: EraseSettings, call_id: str, found: _Found, now_ms: Callable[[], int]) -> None:
    there: set[str] = set()
    # Tombstones are laid over what is sealed too: nothing of it need be opened.
    settings = settings.model_copy(update={"call_keys": "off"})
    async with reading(settings) as (consumer, partitions_of):
        compacted = await partitions_of(kafka_erasure.compacted(settings.app_id))
        there |= {one.topic for one in await partitions_of(kafka_erasure.logs(settings.app_id))}
        there |= {one.topic for one in compacted}
        marks = await partitions_of([MARKS_TOPIC.name])
        kept = await kafka_erasure.newest(consumer, compacted)
        made = kafka_erasure.tombstones(kept, call_id)
        made += kafka_erasure.missing_mark(kept, made, [one for one in compacted if one.topic == CLOCKS.name], call_id)
        deliveries = [one for one in compacted if one.topic == DELIVERIES.name]
        # First: whoever hears of a tombstone may be asked to send the same back a moment later.
        lasting = kafka_erasure.long_mark(marks, call_id)
        made = [*lasting, *kafka_erasure.delivery_mark(deliveries, call_id, now_ms()), *made]
    producer = make_producer(settings)
    await start(producer, settings)
    try:
        found.removed += await kafka_erasure.write(producer, made, call_id)
    finally:
        await stop_clients(producer)
    admin = make_admin(settings)
    await start(admin, settings)
    try:
        found.remains += kafka_erasure.remains(await kafka_erasure.configs(admin, sorted(there)), now_ms())
    finally:
        await admin.close()


PartitionsOf = Callable[[Sequence[str]], Awaitable[list[TopicPartition]]]


@contextlib.asynccontextmanager
async def reading(settings: EraseSettings) -> AsyncIterator[tuple[AIOKafkaConsumer, PartitionsOf]]:
    """A consumer in no group, and what tells the partitions of those topics that are there.

    Raises:
        BrokerError: Kafka does not answer.
    """
    consumer, admin = make_consumer(settings, [], None), make_admin(settings)

    async def partitions_of(topics: Sequence[str]) -> list[TopicPartition]:
        there = set(await admin.list_topics())
        told = await admin.describe_topics([topic for topic in topics if topic in there])
        return [TopicPartition(one["topic"], part["partition"]) for one in told for part in one["partitions"]]

    try:
        await start(admin, settings)
        await start(consumer, settings)
        yield consumer, partitions_of
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.kafka} does not answer ({type(error).__name__}).") from error
    finally:
        await consumer.stop()
        await admin.close()


async def _redis(settings: EraseSettings, call_id: str, found: _Found, _now_ms: Callable[[], int]) -> None:
    redis = connect_redis(settings)
    try:
        found.removed += await redis_erasure.erase(redis, call_id)
    except RedisError as error:
        raise StoreError(f"Redis does not answer ({type(error).__name__}): see TONEWATCH_REDIS.") from error
    finally:
        await redis.aclose()


async def _archive(settings: EraseSettings, call_id: str, found: _Found, _now_ms: Callable[[], int]) -> None:
    engine = connect_database(settings.database, settings.database_password_file)
    try:
        # Files first: a row that names a file is how one that is left would be found.
        store = open_clips(settings.store, settings.store_endpoint)
        found.removed += await asyncio.to_thread(sql_erasure.erase_files, store, call_id)
        found.removed += await asyncio.to_thread(sql_erasure.erase_rows, engine, call_id)
    finally:
        engine.dispose()
