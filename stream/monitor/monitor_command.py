"""`tonewatch monitor`: the faust worker, and beside it the sink to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import faust
import typer

from tonewatch.stream import access, topics
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.board.redis_client import check, connect
from tonewatch.stream.board.sink import DEAD_LETTERS, GROUP, READS, BoardSink
from tonewatch.stream.call_keys.faust_keys import faust_keys, taken
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import (
    make_consumer,
    make_producer,
    no_producer_ids,
    start,
)
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.kafka.refusals import not_allowed, telling_refusals
from tonewatch.stream.monitor.app import TABLE, make_app
from tonewatch.stream.monitor.callers import Callers, follow
from tonewatch.stream.monitor.judge import Config
from tonewatch.stream.rules.watch import RulesWatch
from tonewatch.stream.service.logs import configure
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel, stop_on_signals, until_loaded
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.service.traces import traces
from tonewatch.stream.settings import MonitorSettings, load
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import relative_head_file, weights_folder

STOP_S = 10.0
DAY_MS = 24 * 3_600_000

log = logging.getLogger(__name__)


def monitor(
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    redis: Annotated[str | None, typer.Option(help="Where the board's cache is. [env: TONEWATCH_REDIS]")] = None,
    rules: Annotated[str | None, typer.Option(help="YAML file of rules. [env: TONEWATCH_RULES]")] = None,
    no_sink: Annotated[bool, typer.Option("--no-sink", help="Judge only; write nothing to Redis.")] = False,
) -> None:
    """Judge each caller's tone, raise and resolve alerts, and keep the board's cache up to date."""
    settings = load(MonitorSettings, kafka=kafka, redis=redis, rules=rules, sink=False if no_sink else None)
    configure("monitor", settings.log_level)
    asyncio.run(telling_refusals(settings, run(settings)))


async def run(settings: MonitorSettings) -> None:
    """Until SIGINT or SIGTERM.

    Raises:
        BrokerError: faust gave up, whatever the reason; a new process reads on from what was committed.
    """
    metrics = Metrics(traces=traces("monitor", settings.trace_ratio))
    metrics.serve(settings.metrics_port, "monitor", settings.metrics_host)
    shadow = Shadow(settings.shadow)
    group = shadow.group(settings.app_id)
    changelogs = (*shadow.topics(), *topics.changelog_topics(group, (TABLE,)))
    needed = shadow.needs(access.topics_of("monitor", app_id=group))
    await topics.apply(settings, extra=changelogs, needed=needed)
    stop = stop_on_signals()
    folder = weights_folder(settings.weights_folder)
    path = Path(settings.relative_head) if settings.relative_head else relative_head_file(settings.weights, folder)
    head = await until_loaded("head", lambda: asyncio.to_thread(load_head, path), metrics, stop)
    if head is None:
        return
    manners = await until_loaded("manners", lambda: asyncio.to_thread(manners_in, folder), metrics, stop)
    if manners is None:
        return
    config = ToneConfig(
        relative=head,
        manners=manners,
        earlier_kept_ms=settings.callers_kept_days * DAY_MS,
        rolling_ms=round(1000 * settings.rolling_s),
        language=settings.reason_language,
    )
    callers, known = Callers(), asyncio.Event()
    progress = ReadProgress(metrics, group)
    call_keys = faust_keys(settings)
    app = make_app(settings, _config(settings, config), metrics, callers, progress, call_keys)
    sinking = {asyncio.create_task(_sink(settings, metrics))} if settings.sink and not shadow else set()
    following = asyncio.create_task(follow(settings, callers, known))
    sinking.add(following)
    metrics.health.needs("callers", lambda: "" if known.is_set() else "the topic of earlier calls is being read")
    metrics.health.needs("faust", lambda: _why_faust_waits(app))
    sinking.add(asyncio.create_task(_beat(metrics, app, progress)))
    await _first(known, following, stop)
    async with taken(call_keys), _running(app, settings):
        tell_start(settings, "monitor", metrics)
        waiting = {asyncio.create_task(stop.wait()), asyncio.create_task(app.wait_until_stopped()), *sinking}
        # Whatever ends first ends all: a sink that died would leave the board still while alerts go on unseen.
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await cancel(pending)
        for task in done:
            task.result()
        await asyncio.to_thread(metrics.traces.close)
        if app.crashed:
            raise not_allowed(app.crash_reason, settings) or _gave_up(app.crash_reason, settings)


async def _first(known: asyncio.Event, following: asyncio.Task[None], stop: asyncio.Event) -> None:
    """A call that begins before its caller's earlier calls are known would go without them to its end."""
    waiting = {asyncio.create_task(known.wait()), asyncio.create_task(stop.wait())}
    await asyncio.wait({*waiting, following}, return_when=asyncio.FIRST_COMPLETED)
    await cancel(waiting)
    if following.done():
        following.result()


async def _beat(metrics: Metrics, app: faust.App, progress: ReadProgress) -> None:
    """The event loop goes round; faust's own tasks are watched by faust. How far they have read is told."""
    while True:
        metrics.health.beat()
        if app.rebalancing_count and not app.rebalancing:
            progress.tell(app.consumer.assignment(), app.consumer.highwater)
        await asyncio.sleep(1.0)


def _config(settings: MonitorSettings, config: ToneConfig) -> Config:
    """The same always, or with the rules of a file as it is now."""
    if not settings.rules:
        return lambda: config
    watch = RulesWatch(Path(settings.rules), time.monotonic)
    return lambda: replace(config, rules=watch.current())


@contextlib.asynccontextmanager
async def _running(app: faust.App, settings: MonitorSettings) -> AsyncIterator[None]:
    try:
        await app.start()
    except Exception as error:  # Whatever it is, faust has ended its own threads by then.
        raise _gave_up(error, settings) from error
    log.info("The monitor runs")
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(STOP_S):
                await app.stop()
        except TimeoutError:
            log.warning("Faust did not stop in order; what it had not committed is read again")


def _gave_up(reason: BaseException | None, settings: MonitorSettings) -> BrokerError:
    """It would not begin again by itself: its threads and its place in the group are gone."""
    return no_producer_ids(reason, settings) or BrokerError(
        f"faust gave up ({type(reason).__name__}: {reason}). If Kafka was away, start this again when it answers: "
        "it reads on from what was committed."
    )


def _why_faust_waits(app: faust.App) -> str:
    """Empty while it reads: it has joined its group once, and its tables are filled."""
    if app.rebalancing_count == 0:
        return "it has not joined its group"
    return "its partitions are being assigned" if app.rebalancing else ""


async def _sink(settings: MonitorSettings, metrics: Metrics) -> None:
    consumer = make_consumer(settings, [*READS, *sorted(DEAD_LETTERS)], GROUP)
    producer = make_producer(settings, gives_up=False)
    redis = connect(settings, socket_timeout=5, socket_connect_timeout=2)
    try:
        await check(redis, settings)
        await start(producer, settings)
        await start(consumer, settings)
        sink = BoardSink(
            consumer,
            redis,
            DeadLetters(producer, metrics),
            metrics,
            keep_events=settings.board_events,
            ttl_s=settings.board_ttl_s,
        )
        await sink.run()
    finally:
        await stop_clients(consumer, producer)
        await redis.aclose()
