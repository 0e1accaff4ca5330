"""All that is kept of one call as one JSON object, for the person who asks for it (GDPR, Art. 15 and 20)."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Final

import msgspec
from aiokafka import ConsumerRecord
from redis.exceptions import RedisError

from tonewatch.stream.archive.clip_store import ClipStore, open_clips
from tonewatch.stream.archive.store import connect as connect_database
from tonewatch.stream.board.call_events import events_of
from tonewatch.stream.board.redis_client import connect as connect_redis
from tonewatch.stream.board.view import call_key
from tonewatch.stream.erasure import kafka_erasure, sql_erasure
from tonewatch.stream.erasure.erasure import reading
from tonewatch.stream.errors import StoreError
from tonewatch.stream.settings import EraseSettings
from tonewatch.stream.topics import AUDIT, CALLERS, CALLS, DELIVERIES

WITHOUT: Final = (AUDIT.name,)
"""Tells of the people who looked, and not of the caller."""


async def export(settings: EraseSettings, call_id: str, *, audio: bool = False) -> dict[str, Any]:
    """`audio`: the chunks of the calls topic and the archive's files too, in base64.

    Raises:
        BrokerError, StoreError: a place does not answer: nothing may be missing of such a file.
    """
    return {
        "call_id": call_id,
        "kafka": await _kafka(settings, call_id, audio=audio),
        "redis": await _redis(settings, call_id),
        "archive": await _archive(settings, call_id, audio=audio),
    }


async def calls_of(settings: EraseSettings, caller: str) -> list[str]:
    """The calls that are known of a caller by the keyed hash of the caller's id.

    Raises:
        BrokerError: Kafka does not answer.
    """
    async with reading(settings) as (consumer, partitions_of):
        kept = await kafka_erasure.newest(consumer, await partitions_of([CALLERS.name]))
    keys = (key.decode(errors="replace").partition("/") for _, key in kept)
    return sorted(call_id for of_caller, _, call_id in keys if of_caller == caller and call_id)


async def _kafka(settings: EraseSettings, call_id: str, *, audio: bool) -> dict[str, list[dict[str, Any]]]:
    wanted = (*kafka_erasure.logs(settings.app_id), *kafka_erasure.compacted(settings.app_id))
    topics = [topic for topic in wanted if topic not in WITHOUT and (audio or topic != CALLS.name)]
    found: dict[str, list[dict[str, Any]]] = {}
    async with reading(settings) as (consumer, partitions_of):
        for partition in await partitions_of(topics):
            async for record in kafka_erasure.records(consumer, partition):
                if (value := _of_call(record, call_id)) is not None:
                    found.setdefault(partition.topic, []).append(_shown(record, value))
    return found


def _of_call(record: ConsumerRecord, call_id: str) -> bytes | None:
    """The record's value, of a delivery that part which is about the call; null where none of it is."""
    if record.value is None:
        return None
    if record.topic == DELIVERIES.name:
        return kafka_erasure.told_of(record.value, call_id)
    return record.value if kafka_erasure.is_key_of(record.topic, record.key or b"", call_id) else None


def _shown(record: ConsumerRecord, value: bytes) -> dict[str, Any]:
    at = {"partition": record.partition, "offset": record.offset, "at_ms": record.timestamp}
    return {**at, "value": _plain(value, packed=record.topic.startswith(CALLS.name))}


def _plain(value: bytes, *, packed: bool) -> Any:  # noqa: ANN401
    """As it reads; what is neither JSON nor msgpack, in base64."""
    try:
        return msgspec.to_builtins(msgspec.msgpack.decode(value) if packed else msgspec.json.decode(value))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {"base64": base64.b64encode(value).decode()}


async def _redis(settings: EraseSettings, call_id: str) -> dict[str, Any]:
    redis: Any = connect_redis(settings)
    try:
        view = await redis.get(call_key(call_id))
        events = await events_of(redis, call_id)
    except RedisError as error:
        raise StoreError(f"Redis does not answer ({type(error).__name__}): see TONEWATCH_REDIS.") from error
    finally:
        await redis.aclose()
    return {
        "view": None if view is None else _plain(view, packed=False),
        "events": [_plain(fields[b"json"], packed=False) for _, fields in events],
    }


async def _archive(settings: EraseSettings, call_id: str, *, audio: bool) -> dict[str, Any]:
    engine = connect_database(settings.database, settings.database_password_file)
    try:
        rows = await asyncio.to_thread(sql_erasure.rows_of, engine, call_id)
    finally:
        engine.dispose()
    store = open_clips(settings.store, settings.store_endpoint)
    shown = await asyncio.to_thread(_sound, store, call_id, audio=audio)
    return {"rows": rows, "audio": shown}


def _sound(store: ClipStore, call_id: str, *, audio: bool) -> dict[str, str | int]:
    """Bytes in base64, or their number, by the file's name."""
    read = {path.rpartition("/")[2]: store.read(path) for path in store.files_of(call_id)}
    return {name: base64.b64encode(data).decode() if audio else len(data) for name, data in read.items()}


def text(exported: Any) -> str:  # noqa: ANN401
    return json.dumps(exported, indent=2, ensure_ascii=False, default=str) + "\n"
