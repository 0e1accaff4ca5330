"""`tonewatch archive`: the worker that keeps for quality assurance what Kafka will forget."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from aiokafka import AIOKafkaConsumer

from tonewatch.stream import access, topics
from tonewatch.stream.archive.alert_audio import AlertAudio
from tonewatch.stream.archive.archivist import GROUP, READS, Archivist, Keeping
from tonewatch.stream.archive.call_audio import CallAudio
from tonewatch.stream.archive.clip_store import is_bucket, open_clips
from tonewatch.stream.archive.context_audio import WideSpans
from tonewatch.stream.archive.reader import SpanReader, make_span_consumer
from tonewatch.stream.archive.retention import DAY_MS, Retention
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.errors import SettingsError, StoreError
from tonewatch.stream.kafka.clients import (
    make_consumer,
    make_producer,
    start,
)
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.service.disk import tell_disk
from tonewatch.stream.service.health import why_not_reading
from tonewatch.stream.service.logs import configure
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import stop_on_signals
from tonewatch.stream.service.traces import traces
from tonewatch.stream.settings import ArchiveSettings, load
from tonewatch.stream.topics import AUDIT

log = logging.getLogger(__name__)

HOUR_S = 3600.0

FETCH_WAIT_MS = 500
FETCH_BYTES = 1_048_576
"""A fetch waits for so much, or so long: nobody waits for the archive, and each lot costs a commit."""


def wall_clock_ms() -> int:
    """Unix time."""
    return time.time_ns() // 1_000_000


archive = typer.Typer(
    help="Keep alerts, their reasons and the audio they rest on, for when Kafka has forgotten them.",
    invoke_without_command=True,
)

Database = Annotated[str | None, typer.Option(help="SQLite or PostgreSQL, as a URL. [env: TONEWATCH_DATABASE]")]
Store = Annotated[
    str | None,
    typer.Option(help="Folder of the audio files, or a bucket as s3://bucket/folder. [env: TONEWATCH_STORE]"),
]


@archive.callback()
def keep(
    context: typer.Context,
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    database: Database = None,
    store: Store = None,
) -> None:
    """Keep alerts, their reasons and the audio they rest on, for when Kafka has forgotten them."""
    if context.invoked_subcommand is not None:
        return
    settings = load(ArchiveSettings, kafka=kafka, database=database, store=store)
    configure("archive", settings.log_level)
    uvloop.run(telling_refusals(settings, run(settings)))


@archive.command("prune")
def prune(
    days: Annotated[
        int | None,
        typer.Option(min=1, help="Calls that ended longer ago are taken away. [env: TONEWATCH_ARCHIVE_DAYS]"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many there are.")] = False,
    database: Database = None,
    store: Store = None,
) -> None:
    """Take calls that ended long ago out of the archive: rows, sound, verdicts and measurements."""
    settings = load(ArchiveSettings, database=database, store=store, archive_days=days)
    if not settings.archive_days:
        raise SettingsError("Say how many days are kept: --days, or TONEWATCH_ARCHIVE_DAYS.")
    kept, retention = opened(settings)
    before_at_ms = wall_clock_ms() - settings.archive_days * DAY_MS
    try:
        if dry_run:
            typer.echo(f"{retention.due(before_at_ms)} calls ended more than {settings.archive_days} days ago.")
            return
        removed = retention.prune(before_at_ms)
        typer.echo(f"{removed.calls} calls and {removed.files} files of sound were taken away.")
    finally:
        kept.close()


def opened(settings: ArchiveSettings) -> tuple[Archive, Retention]:
    """The archive as it is set, and what takes calls out of it.

    Raises:
        SettingsError, DependencyError: the database or the sound's place is none, or its driver is missing.
    """
    kept = Archive(connect(settings.database, settings.database_password_file), settings.archive_sample)
    return kept, Retention(kept, open_clips(settings.store, settings.store_endpoint))


async def run(settings: ArchiveSettings) -> None:
    """Until SIGINT or SIGTERM."""
    metrics = Metrics(traces=traces("archive", settings.trace_ratio))
    metrics.serve(settings.metrics_port, "archive", settings.metrics_host)
    if not is_bucket(settings.store):
        tell_disk(metrics, "store", Path(settings.store))
    kept, retention = opened(settings)
    await topics.apply(settings, needed=access.topics_of("archive"))
    stop = stop_on_signals()
    producer = make_producer(settings, gives_up=False)
    consumer = make_consumer(
        settings, sorted((*READS, AUDIT.name)), GROUP, waits_ms=FETCH_WAIT_MS, fetch_min_bytes=FETCH_BYTES
    )
    spans = make_span_consumer(settings)
    metrics.health.needs("kafka", lambda: why_not_reading(consumer))
    pruning = asyncio.create_task(prune_daily(retention, settings.archive_days, stop))
    try:
        await _open(kept)
        for client in (producer, spans, consumer):
            await start(client, settings)
        log.info("The archivist runs")
        tell_start(settings, "archive", metrics)
        await archivist(settings, consumer, SpanReader(spans), kept, DeadLetters(producer, metrics), metrics).run(stop)
    finally:
        pruning.cancel()
        await asyncio.gather(pruning, return_exceptions=True)
        await stop_clients(consumer, spans, producer)
        kept.close()
        await asyncio.to_thread(metrics.traces.close)


def archivist(
    settings: ArchiveSettings,
    consumer: AIOKafkaConsumer,
    spans: WideSpans,
    kept: Archive,
    dead_letters: DeadLetters,
    metrics: Metrics,
) -> Archivist:
    """As it is set; the clients are started by who calls."""
    clips = open_clips(settings.store, settings.store_endpoint)
    heard = (spans, kept, clips, metrics, settings.archive_agent)
    keeping = Keeping(settings.archive_words, settings.archive_measured, settings.archive_sample)
    return Archivist(consumer, kept, AlertAudio(*heard), CallAudio(*heard), dead_letters, metrics, keeping=keeping)


async def prune_daily(
    retention: Retention, days: int, stop: asyncio.Event, *, now_ms: Callable[[], int] = wall_clock_ms
) -> None:
    """Take away what is older than `days`, once an hour, until `stop`; 0 keeps all."""
    while days and not stop.is_set():
        try:
            removed = await asyncio.to_thread(retention.prune, now_ms() - days * DAY_MS)
            if removed.calls:
                log.info("Old calls were taken out of the archive", extra={"calls": removed.calls, "days": days})
        except StoreError as error:
            log.warning("Old calls are still in the archive; trying again", extra={"reason": str(error)})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), HOUR_S)


async def _open(kept: Archive) -> None:
    """Tell a database that cannot be used before the first alert has to wait for it."""
    try:
        await asyncio.to_thread(kept.open)
    except StoreError as error:
        # It may come up later than we do: no reason to end.
        log.warning("What is to be archived waits in Kafka", extra={"reason": str(error)})
