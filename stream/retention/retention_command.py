"""`tonewatch retention`: how long each class of data is kept, and a job that reports what is kept for longer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import typer
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import make_url

from tonewatch.stream.archive.clip_store import is_bucket
from tonewatch.stream.archive.store import connect as connect_database
from tonewatch.stream.board.redis_client import connect as connect_redis
from tonewatch.stream.erasure.erasure import reading
from tonewatch.stream.erasure.kafka_erasure import configs
from tonewatch.stream.errors import StoreError, TonewatchError
from tonewatch.stream.kafka.clients import make_admin, start
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.retention import archive_check, redis_check, topic_check
from tonewatch.stream.retention.data_classes import kept, topics_kept
from tonewatch.stream.settings import RetentionSettings, load

retention = typer.Typer(help="How long data is kept.", no_args_is_help=True)
_out = Console(highlight=False)

Findings = dict[str, list[str]]
"""By place what is wrong there; a place of which all is right has none."""


@retention.command("list")
def retention_list(kafka: KafkaOption = None) -> None:
    """Show each class of data, where it lies and for how long."""
    settings = load(RetentionSettings, kafka=kafka)
    table = Table("data", "where", "kept for", "by")
    for one in kept(settings.app_id):
        time_told = one.setting if one.longest_ms is None else f"{one.longest_ms // 3_600_000} h"
        table.add_row(one.what, one.where, time_told, one.by)
    _out.print(table)


@retention.command("check")
def retention_check(kafka: KafkaOption = None) -> None:
    """Ask Kafka, Redis and the archive for their settings and oldest records; status 1 where one is against it."""
    settings = load(RetentionSettings, kafka=kafka)
    found = asyncio.run(telling_refusals(settings, check(settings, time.time_ns() // 1_000_000)))
    for where, wrong in sorted(found.items()):
        for what in wrong:
            _out.print(Text(f"{where}: {what}."), soft_wrap=True)
    if any(found.values()):
        raise typer.Exit(1)
    _out.print("Nothing is kept for longer than was meant.")


async def check(settings: RetentionSettings, now_ms: int) -> Findings:
    """A place that does not answer is a finding of its own: what was not looked at is not known to be right."""
    found: Findings = {}
    places: tuple[tuple[str, Callable[[], Awaitable[Findings]]], ...] = (
        ("Kafka", lambda: _kafka(settings, now_ms)),
        ("Redis", lambda: _redis(settings, now_ms)),
        ("the archive", lambda: asyncio.to_thread(_archive, settings, now_ms)),
    )
    for where, look in places:
        try:
            found |= await look()
        except TonewatchError as error:
            found[where] = [f"it was not looked at: {error}".removesuffix(".")]
    return found


async def _kafka(settings: RetentionSettings, now_ms: int) -> Findings:
    wanted = {topic.name: topic for topic in topics_kept(settings.app_id)}
    async with reading(settings) as (consumer, partitions_of):
        partitions = await partitions_of(sorted(wanted))
        oldest = await topic_check.oldest(consumer, partitions)
    there = sorted({partition.topic for partition in partitions})
    admin = make_admin(settings)
    await start(admin, settings)
    try:
        said = await configs(admin, there)
    finally:
        await admin.close()
    return {name: topic_check.wrong(wanted[name], said[name], oldest.get(name), now_ms) for name in there}


async def _redis(settings: RetentionSettings, now_ms: int) -> Findings:
    redis = connect_redis(settings)
    try:
        return {"Redis": await redis_check.wrong(redis, settings.board_ttl_s, now_ms)}
    except RedisError as error:
        raise StoreError(f"Redis does not answer ({type(error).__name__}): see TONEWATCH_REDIS.") from error
    finally:
        await redis.aclose()


def _archive(settings: RetentionSettings, now_ms: int) -> Findings:
    engine = connect_database(settings.database, settings.database_password_file)
    address = make_url(settings.database)
    try:
        rows = archive_check.wrong_rows(engine, settings.archive_days, now_ms)
    finally:
        engine.dispose()
    # What lies in a bucket has the bucket's own rights and life cycle.
    paths = [] if is_bucket(settings.store) else archive_check.audio_files(Path(settings.store))
    files = archive_check.wrong_files(paths, settings.archive_days, now_ms)
    file = Path(address.database or "")
    is_file = address.get_backend_name() == "sqlite" and file.is_file()
    database = archive_check.wrong_files([file], 0, now_ms) if is_file else []
    return {"SQL": [*rows, *database], "the audio files": files}
