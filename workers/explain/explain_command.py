"""`tonewatch explain`: the worker that gives reasons."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

import typer
import uvloop

from tonewatch.stream import access, topics
from tonewatch.stream.audit.role_start import tell_start
from tonewatch.stream.kafka.clients import (
    CommitOnRevoke,
    make_consumer,
    make_producer,
    start,
)
from tonewatch.stream.kafka.clients import stop as stop_clients
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.withdrawals import TopicWithdrawals
from tonewatch.stream.service.health import why_not_reading
from tonewatch.stream.service.logs import configure
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import stop_on_signals, until_loaded
from tonewatch.stream.service.provider import tell
from tonewatch.stream.service.traces import traces
from tonewatch.stream.settings import LLM_ENGINES, ExplainSettings, load
from tonewatch.stream.topics import MOMENTS
from tonewatch.workers.explain.explainer import GROUP, Explainer
from tonewatch.workers.reasons.engines.engine import Engine
from tonewatch.workers.reasons.engines.factory import load_engine, make_engine

USE_THE_GPU = (
    "set TONEWATCH_LLM_DEVICE=cuda, with tonewatch[gpu] and no package onnxruntime for the small explainer, "
    "or a torch that was built for CUDA"
)

log = logging.getLogger(__name__)


def explain(
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    llm: Annotated[str | None, typer.Option(help=f"{', '.join(LLM_ENGINES)}. [env: TONEWATCH_LLM]")] = None,
) -> None:
    """Give each moment a reason in which every claim agrees with the measurements."""
    settings = load(ExplainSettings, kafka=kafka, llm=llm)
    configure("explain", settings.log_level)
    uvloop.run(telling_refusals(settings, run(settings)))


async def run(settings: ExplainSettings) -> None:
    """Until SIGINT or SIGTERM; then what waits gets its sentence, and all of it is committed."""
    metrics = Metrics(traces=traces("explain", settings.trace_ratio))
    metrics.serve(settings.metrics_port, "explain", settings.metrics_host)
    stop = stop_on_signals()
    await topics.apply(settings, needed=access.topics_of("explain"))
    engine = await make_engine(settings)
    if engine is not None:
        _tell(metrics, engine, settings)
    producer = make_producer(settings, linger_ms=0, gives_up=False)
    consumer = make_consumer(settings, [], GROUP)
    withdrawals = TopicWithdrawals(settings)
    explainer = Explainer(
        consumer,
        producer,
        DeadLetters(producer, metrics),
        engine,
        metrics,
        deadline_s=settings.llm_deadline_s,
        queue_size=settings.llm_queue,
        parallel=settings.llm_parallel,
        argued=settings.llm_speaks == "argument" or (settings.llm_speaks == "auto" and settings.llm == "small"),
        withdrawals=withdrawals,
    )
    metrics.health.needs("kafka", lambda: why_not_reading(consumer))
    consumer.subscribe([MOMENTS.name], listener=CommitOnRevoke(explainer))
    is_late = engine is None and settings.llm != "none"
    coming = asyncio.create_task(_late(settings, explainer, metrics, stop)) if is_late else None
    try:
        await start(producer, settings)
        await start(consumer, settings)
        log.info("The explainer runs", extra={"model": engine.ref.name if engine else "none"})
        tell_start(settings, "explain", metrics)
        await explainer.run(stop)
    finally:
        await stop_clients(consumer, producer)
        await withdrawals.close()
        if coming is not None:
            stop.set()
            engine = await coming
        if engine is not None:
            await engine.aclose()
        await asyncio.to_thread(metrics.traces.close)


def _tell(metrics: Metrics, engine: Engine, settings: ExplainSettings) -> None:
    ref, required = engine.ref, settings.require_gpu
    tell(metrics, "llm", ref.provider, USE_THE_GPU, name=ref.name, version=ref.version, require_gpu=required)


async def _late(
    settings: ExplainSettings, explainer: Explainer, metrics: Metrics, stop: asyncio.Event
) -> Engine | None:
    """A model whose weights were missing or broken, asked from when they are whole; the facts speak until then."""
    engine = await until_loaded("llm", lambda: load_engine(settings), metrics, stop, needed=False)
    if engine is not None:
        log.info("The language model is there", extra={"model": engine.ref.name})
        _tell(metrics, engine, settings)
        explainer.use(engine)
    return engine
