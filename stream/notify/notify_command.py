"""`tonewatch notify`: the worker that tells people and systems of alerts, and what helps with its file of routes."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tonewatch.stream import access, topics
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import make_consumer, make_producer, start
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.withdrawals import TopicWithdrawals
from tonewatch.stream.notify.acknowledge import Pages
from tonewatch.stream.notify.action_writer import ActionWriter
from tonewatch.stream.notify.delivery_log import DeliveryLog, DeliveryReader
from tonewatch.stream.notify.desk import Desk
from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.notifier import GROUP, Notifier
from tonewatch.stream.notify.one_reader import OneReader
from tonewatch.stream.notify.receivers.factory import make_receiver
from tonewatch.stream.notify.routes import RoutesFile
from tonewatch.stream.notify.routes_file import RoutesWatch, line_of, read_routes, schema, secret_places
from tonewatch.stream.notify.routes_review import told, warnings_of
from tonewatch.stream.notify.secrets_check import why_not
from tonewatch.stream.service.health import why_not_reading
from tonewatch.stream.service.logs import configure
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import done_before, stop_on_signals
from tonewatch.stream.settings import NotifySettings, load
from tonewatch.stream.topics import ALERTS, MARKS
from tonewatch.stream.yaml_tree import Place

log = logging.getLogger(__name__)

notify = typer.Typer(help="Tell people and systems of alerts: webhooks, Slack, Teams, PagerDuty, e-mail.")

FileArgument = Annotated[Path, typer.Argument(help="The file of routes.")]


@notify.callback(invoke_without_command=True)
def notify_role(
    context: typer.Context,
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    routes: Annotated[
        str | None, typer.Option(help="The file of routes, followed while it runs. [env: TONEWATCH_NOTIFY_ROUTES]")
    ] = None,
) -> None:
    """Tell people and systems of alerts, as a file of routes says; runs until it is stopped."""
    if context.invoked_subcommand is None:
        settings = load(NotifySettings, kafka=kafka, notify_routes=routes)
        configure("notify", settings.log_level)
        asyncio.run(telling_refusals(settings, run(settings)))


@notify.command("check")
def check(
    file: FileArgument,
    secrets: Annotated[bool, typer.Option("--secrets", help="Are the secrets that it names there, too?")] = False,
) -> None:
    """What is wrong with a file of routes, by line; or what it says, and what in it has no effect."""
    found = read_routes(file).file
    for line in told(found):
        typer.echo(line)
    for place, why in warnings_of(found):
        typer.echo(f"warning: {_where(file, place)}: {why}")
    if secrets:
        _check_secrets(file, found)


def _check_secrets(file: Path, found: RoutesFile) -> None:
    """
    Raises:
        SettingsError: some cannot be used; each was told.
    """
    faults = 0
    for place, secret in secret_places(found):
        why = why_not(found, place, secret)
        faults += bool(why)
        typer.echo(f"{_where(file, place)}: {why or 'the secret is there'}")
    if faults:
        raise SettingsError(f"{faults} of the secrets of {file} cannot be used, as told above: mend them.")


def _where(file: Path, place: Place) -> str:
    return f"line {line_of(file, place)}: {'.'.join(place)}"


@notify.command("schema")
def print_schema() -> None:
    """JSON Schema of the file of routes, for editors."""
    typer.echo(schema())


async def run(settings: NotifySettings) -> None:
    """Until SIGINT or SIGTERM."""
    metrics = Metrics()
    metrics.serve(settings.metrics_port, "notify", settings.metrics_host)
    watch = RoutesWatch(Path(settings.notify_routes) if settings.notify_routes else None, time.monotonic)
    if not settings.notify_routes:
        metrics.health.warn("routes", "no file of routes (TONEWATCH_NOTIFY_ROUTES): nobody is told of anything")
    stop = stop_on_signals()
    if not await done_before(stop, topics.apply(settings, needed=access.topics_of("notify"))):
        return
    producer = make_producer(settings)
    consumer = make_consumer(settings, [], GROUP, partition_assignment_strategy=(OneReader,))
    metrics.health.needs("kafka", lambda: why_not_reading(consumer))
    http = Http()
    try:
        for client in (producer, consumer):
            if not await done_before(stop, start(client, settings)):
                return
        async with _pages(settings, producer, watch):
            await _notify(settings, (consumer, producer), watch, http, metrics, stop)
    finally:
        await stop_clients(consumer, producer)
        await http.aclose()


async def _notify(
    settings: NotifySettings,
    clients: tuple[AIOKafkaConsumer, AIOKafkaProducer],
    watch: RoutesWatch,
    http: Http,
    metrics: Metrics,
    stop: asyncio.Event,
) -> None:
    consumer, producer = clients
    desk = Desk(
        DeliveryLog(producer, metrics),
        metrics,
        make=lambda target: make_receiver(target, http),
        now_ms=lambda: time.time_ns() // 1_000_000,
        draw=random.random,
        routes=watch.current,
    )
    letters = DeadLetters(producer, metrics)
    marks = TopicWithdrawals(settings, (MARKS.name,))
    notifier = Notifier(consumer, DeliveryReader(settings, letters), desk, letters, metrics, marks)
    consumer.subscribe([ALERTS.name], listener=notifier)
    log.info("The notifier runs")
    tell_start(settings, "notify", metrics)
    await notifier.run(stop)


@asynccontextmanager
async def _pages(settings: NotifySettings, producer: AIOKafkaProducer, watch: RoutesWatch) -> AsyncIterator[None]:
    """The port to which acknowledgements come, where there is one.

    Raises:
        SettingsError: the port is busy.
    """
    if not settings.notify_port:
        yield
        return
    pages = Pages(ActionWriter(producer), lambda: watch.current().file)
    runner = web.AppRunner(pages.app(), access_log=None)
    await runner.setup()
    try:
        await _listen(runner, settings)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: NotifySettings) -> None:
    try:
        await web.TCPSite(runner, settings.notify_host, settings.notify_port).start()
    except OSError as error:
        raise SettingsError(f"TONEWATCH_NOTIFY_PORT {settings.notify_port} is busy ({error.strerror}).") from error
