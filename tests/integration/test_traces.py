"""One segment, followed over every role, from its chunk to the board: real code on a real broker and a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from redis.asyncio import Redis

from tonewatch.dashboard.feed import Feed
from tonewatch.dashboard.store import BoardStore, connect
from tonewatch.stream import topics
from tonewatch.stream.board.sink import DEAD_LETTERS, READS, BoardSink
from tonewatch.stream.board.sink import GROUP as SINK
from tonewatch.stream.codec import encode_call
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.kafka.clients import deliver, make_consumer, make_producer, start, stop
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.stream.monitor.app import TABLE, make_app
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.otel_traces import OtelTraces
from tonewatch.stream.service.process import cancel
from tonewatch.stream.settings import KafkaSettings, MonitorSettings
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.topics import CALLS, MOMENTS
from tonewatch.stream.weights import relative_head_file, weights_folder
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.encoder import Encoder, default_encoder_path
from tonewatch.workers.explain.explainer import GROUP as EXPLAIN
from tonewatch.workers.explain.explainer import Explainer
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.listener import GROUP as LISTEN
from tonewatch.workers.listen.listener import Listener

pytestmark = pytest.mark.integration

CALL = Path(str(resources.files("tonewatch.stream") / "demo" / "calls" / "delivery_recovers.flac"))
SECONDS = 55

PARENTS: dict[str, set[str | None]] = {
    "chunk received": {None},
    "segment closed": {"chunk received"},
    "analysis": {"chunk received"},
    "prosody": {"analysis"},
    "encoder": {"analysis"},
    "segment written": {"chunk received"},
    "judged": {"segment written", "rationale written"},
    "tone written": {"judged"},
    "call_state written": {"judged"},
    "alert written": {"judged"},
    "moment written": {"judged"},
    "board stored": {"tone written", "call_state written", "alert written", "rationale written"},
    "board sent": {"board stored"},
    "reason": {"moment written"},
    "rationale written": {"reason"},
}
"""Which step each step is a part of."""

ATTRIBUTES = {"segment_id", "closed_by", "topic", "kind", "sockets", "source", "fallback", "decision"}


@pytest.fixture(scope="module")
def servers(timeout_factor: float) -> Iterator[tuple[str, str]]:
    with (
        EmbeddedBroker(start_s=30 * timeout_factor) as broker,
        EmbeddedRedis(start_s=30 * timeout_factor) as redis,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("TONEWATCH_KAFKA_IDEMPOTENT", broker.environment()["TONEWATCH_KAFKA_IDEMPOTENT"])
        yield broker.bootstrap, redis.url


@contextlib.asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await cancel(tasks)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one for one in outcomes if isinstance(one, Exception)] == []


async def test_one_trace_follows_a_segment_from_its_chunk_to_the_board_and_its_reason(
    servers: tuple[str, str], timeout_factor: float
) -> None:
    kafka, redis_url = servers
    spans = InMemorySpanExporter()

    def metrics(role: str) -> Metrics:
        return Metrics(traces=OtelTraces(role, 1.0, SimpleSpanProcessor(spans)))

    settings = MonitorSettings(kafka=kafka, redis=redis_url, kafka_partitions=1)
    extra = topics.changelog_topics(settings.app_id, (TABLE,))
    await topics.apply(kafka, partitions=1, replication=1, extra=extra)
    producer = make_producer(settings)
    heard = make_consumer(settings, [CALLS.name], LISTEN)
    asked = make_consumer(settings, [MOMENTS.name], EXPLAIN)
    shown = make_consumer(settings, [*READS, *sorted(DEAD_LETTERS)], SINK)
    redis = Redis.from_url(redis_url)
    ears, judge, reasons, board = metrics("listen"), metrics("monitor"), metrics("explain"), metrics("dashboard")
    letters = DeadLetters(producer, ears)
    analysis = Analysis(Encoder(default_encoder_path()), ears)
    segmenter = SegmenterSettings()
    listener = Listener(heard, producer, letters, analysis, None, ears, segmenter=segmenter, call_idle_s=600.0)
    explainer = Explainer(asked, producer, letters, None, reasons, deadline_s=5.0, queue_size=8)
    sink = BoardSink(shown, redis, letters, judge, keep_events=10_000, ttl_s=600)
    store = BoardStore(connect(redis_url))
    feed = Feed(store, time.monotonic, metrics=board)
    config = ToneConfig(relative=load_head(relative_head_file("full", weights_folder())))
    app = make_app(settings, lambda: config, judge, Callers())
    clients = (producer, heard, asked, shown)
    for client in clients:
        await start(client, settings)
    forever = asyncio.Event()
    try:
        async with running(listener.run(forever), explainer.run(forever), sink.run(), feed.run()):
            await app.start()
            await send_call(producer, settings)
            async with asyncio.timeout(150 * timeout_factor):
                while not is_whole(spans.get_finished_spans()):
                    await asyncio.sleep(0.1)
            await app.stop()
    finally:
        await stop(*clients)
        await redis.aclose()
        await store.aclose()
    check(spans.get_finished_spans())


async def send_call(producer: Any, settings: KafkaSettings) -> None:
    async def send(message: CallMessage) -> None:
        if not isinstance(message, AudioChunk) or message.start_ms < 1000 * SECONDS:
            await deliver(producer, CALLS.name, encode_call(message), key=message.call_id.encode())

    await replay(plan(CALL, roles=None, about=None, notice_given=True, suffix="x"), send, speed=0)


def by_trace(spans: tuple[ReadableSpan, ...]) -> dict[int, list[ReadableSpan]]:
    found: dict[int, list[ReadableSpan]] = defaultdict(list)
    for span in spans:
        found[span.context.trace_id].append(span)
    return found


def is_whole(spans: tuple[ReadableSpan, ...]) -> bool:
    """Is there a trace with a reason that came to the board, and one with an alert that did?"""
    chains = chains_to_the_board(spans)
    return any("alert written" in one for one in chains) and any("rationale written" in one for one in chains)


def chains_to_the_board(spans: tuple[ReadableSpan, ...]) -> list[list[str]]:
    by_id = {one.context.span_id: one for one in spans}
    return [chain(span, by_id) for span in spans if span.name == "board sent"]


def chain(span: ReadableSpan, by_id: dict[int, ReadableSpan]) -> list[str]:
    """The names from a span up to the root of its trace."""
    names = [span.name]
    while span.parent is not None and span.parent.span_id in by_id:
        span = by_id[span.parent.span_id]
        names.append(span.name)
    return names


def check(spans: tuple[ReadableSpan, ...]) -> None:
    names: dict[tuple[int, int], str | None] = {
        (span.context.trace_id, span.context.span_id): span.name for span in spans
    }
    for span in spans:
        parent = None if span.parent is None else names.get((span.parent.trace_id, span.parent.span_id), "lost")
        if parent != "lost":  # Its parent may not have ended yet when all stopped.
            assert parent in PARENTS[span.name], (span.name, parent)
        assert {name.removeprefix("tonewatch.") for name in span.attributes or {}} <= ATTRIBUTES
    for one in by_trace(spans).values():
        assert sum(span.name == "chunk received" for span in one) <= 1
        assert {span.resource.attributes["service.namespace"] for span in one} == {"tonewatch"}
    to_the_board = chains_to_the_board(spans)
    straight = ["board sent", "board stored", "tone written", "judged", "segment written", "chunk received"]
    assert straight in to_the_board
    reasoned = next(one for one in to_the_board if "rationale written" in one)
    assert reasoned[reasoned.index("rationale written") :] == [
        "rationale written", "reason", "moment written", "judged", "segment written", "chunk received"
    ]  # fmt: skip
    whole = next(one for one in by_trace(spans).values() if any(span.name == "reason" for span in one))
    roles = {str(span.resource.attributes["service.name"]) for span in whole}
    assert roles == {f"tonewatch-{role}" for role in ("listen", "monitor", "explain", "dashboard")}
    said = [value for span in spans for value in (span.attributes or {}).values() if isinstance(value, str)]
    assert not any(re.search(r"\s", value) for value in said), "a text is no attribute"
