"""`tonewatch archive`: the worker that keeps for quality assurance what Kafka will forget."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.stream import access, topics
from tonewatch.stream.archive.archivist import GROUP, READS, Archivist
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.reader import SpanReader, make_span_consumer
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.errors import StoreError
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


def archive(
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    database: Annotated[
        str | None, typer.Option(help="SQLite or PostgreSQL, as a URL. [env: TONEWATCH_DATABASE]")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Folder of the audio files. [env: TONEWATCH_STORE]")] = None,
) -> None:
    """Keep alerts, their reasons and the audio they rest on, for when Kafka has forgotten them."""
    settings = load(ArchiveSettings, kafka=kafka, database=database, store=store)
    configure("archive", settings.log_level)
    asyncio.run(telling_refusals(settings, run(settings)))


async def run(settings: ArchiveSettings) -> None:
    """Until SIGINT or SIGTERM."""
    metrics = Metrics(traces=traces("archive", settings.trace_ratio))
    metrics.serve(settings.metrics_port, "archive", settings.metrics_host)
    tell_disk(metrics, "store", Path(settings.store))
    kept = Archive(connect(settings.database, settings.database_password_file))
    await topics.apply(settings, needed=access.topics_of("archive"))
    stop = stop_on_signals()
    producer = make_producer(settings, gives_up=False)
    consumer = make_consumer(settings, sorted((*READS, AUDIT.name)), GROUP)
    spans = make_span_consumer(settings)
    metrics.health.needs("kafka", lambda: why_not_reading(consumer))
    try:
        await _open(kept)
        for client in (producer, spans, consumer):
            await start(client, settings)
        log.info("The archivist runs")
        tell_start(settings, "archive", metrics)
        await Archivist(
            consumer,
            SpanReader(spans),
            kept,
            Folder(Path(settings.store)),
            DeadLetters(producer, metrics),
            metrics,
            words=settings.archive_words,
        ).run(stop)
    finally:
        await stop_clients(consumer, spans, producer)
        kept.close()
        await asyncio.to_thread(metrics.traces.close)


async def _open(kept: Archive) -> None:
    """Tell a database that cannot be used before the first alert has to wait for it."""
    try:
        await asyncio.to_thread(kept.open)
    except StoreError as error:
        # It may come up later than we do: no reason to end.
        log.warning("What is to be archived waits in Kafka", extra={"reason": str(error)})
