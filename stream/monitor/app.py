"""The monitor: a faust app around the judging core, one table entry per call.

Outputs are acknowledged by Kafka before the table entry is written, and the entry before the next message is taken, so
a crash in between repeats an output (alert ids are stable, readers apply it once) and never loses one. Silence is
media time too: the listener tells of it among the segments, in their order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import faust
import msgspec

from tonewatch.stream.codec import decode_control, decode_rationale, decode_segment, encode
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import (
    DEAD_LETTER_BYTES,
    METADATA_MAX_AGE_MS,
)
from tonewatch.stream.kafka.dead_letters import FAULTS, dead_letter_headers, note_dead_letter
from tonewatch.stream.messages import (
    Alert,
    CallClosed,
    CallOpened,
    CallState,
    ControlMessage,
    Moment,
    PastCall,
    Rationale,
    Segment,
    SegmentMessage,
    Tone,
)
from tonewatch.stream.monitor.call_table import CallTable
from tonewatch.stream.monitor.callers import Callers, record_key
from tonewatch.stream.monitor.faust_transport import use
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, forget, step
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, CALLERS, MOMENTS, RATIONALES, SEGMENTS, TONE, Topic

TABLE = "calls"

FORGET_AFTER_S = 6 * 3600
"""A call that nothing was heard of for this long is dropped from memory; its changelog entry expires by itself."""

LOCKS = 64


log = logging.getLogger(__name__)

Config = Callable[[], ToneConfig]
"""What holds now: rules may change while the monitor runs."""


class DisklessApp(faust.App):
    """Its tables live in memory and in Kafka: no folder is made for them, where one might not be allowed to."""

    def _create_directories(self) -> None:
        return


def make_app(settings: MonitorSettings, config: Config, metrics: Metrics, callers: Callers) -> faust.App:
    """The faust app; topics, agents, table and group are named explicitly."""
    app = DisklessApp(
        settings.app_id,
        broker=f"aiokafka://{settings.kafka}",
        store="memory://",
        topic_partitions=settings.kafka_partitions,
        topic_replication_factor=settings.kafka_replication,
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=settings.kafka_session_timeout_ms / 1000,
        broker_heartbeat_interval=settings.kafka_session_timeout_ms / 3000,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        broker_commit_interval=0.5,
        producer_acks=-1,
        producer_linger_ms=0,
        producer_compression_type=settings.compression,
        producer_max_request_size=DEAD_LETTER_BYTES + 65_536,
        consumer_group_instance_id=settings.kafka_instance or None,
        Table=CallTable,
        # A memory store reads the whole changelog anyway when it takes a partition over; a standby would read it twice.
        table_standby_replicas=0,
        web_enabled=bool(settings.web_port),
        web_port=settings.web_port or 6066,
        stream_wait_empty=False,
    )
    use(app, settings.kafka_fetch_wait_ms, idempotent=settings.kafka_idempotent)
    outputs = {t.name: _raw(app, t.name) for t in (TONE, ALERTS, MOMENTS, CALLERS)}
    table = app.Table(TABLE, default=dict, partitions=settings.kafka_partitions, key_type=str)
    judge = Judge(table, outputs, config, metrics, callers)
    reads = ((SEGMENTS, decode_segment), (RATIONALES, decode_rationale), (ALERT_ACTIONS, decode_control))
    for topic, decode in reads:
        _agent(app, topic, decode, judge, _raw(app, topic.dlq), metrics)
    return app


def _raw(app: faust.App, name: str) -> Any:  # noqa: ANN401
    return app.topic(name, key_type=str, key_serializer="raw", value_type=bytes, value_serializer="raw")


def _agent(app: faust.App, topic: Topic, decode: Any, judge: Judge, dlq: Any, metrics: Metrics) -> None:  # noqa: ANN401
    # A key of somebody else's need not be text, and nothing is read from it.
    inputs = app.topic(topic.name, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw")

    @app.agent(inputs, name=f"monitor.{topic.name}")
    async def read(stream: Any) -> None:  # noqa: ANN401
        async for event in stream.events():
            metrics.records.labels(topic=topic.name).inc()
            try:
                message = decode(event.value)
                check(message)
                await judge.take(message, topic.name, event.message.offset)
            except BadRecord as error:
                await _dead_letter(dlq, topic, event, error, metrics)
            except FAULTS as error:
                log.exception("A record could not be judged", extra={"topic": topic.name})
                text = f"the record made the monitor fail ({type(error).__name__}); its log says where"
                await _dead_letter(dlq, topic, event, Unprocessable(text, reason="failed"), metrics)


async def _dead_letter(dlq: Any, topic: Topic, event: Any, error: BadRecord, metrics: Metrics) -> None:  # noqa: ANN401
    where = (topic.name, event.message.partition, event.message.offset, error)
    headers = dict(dead_letter_headers(*where))
    await (await dlq.send(key=event.message.key, value=event.value or b"", headers=headers))
    note_dead_letter(metrics, *where)


def check(message: SegmentMessage | Rationale) -> None:
    """
    Raises:
        Unprocessable: `out_of_range`; shares of a posterior that are none would be judged as if they were.
    """
    posterior = message.posterior if isinstance(message, Segment) else None
    if posterior is None:
        return
    shares = [share for share in msgspec.structs.astuple(posterior) if isinstance(share, float)]
    if not all(0.0 <= share <= 1.0 for share in shares):
        text = f"call {message.call_id}: a share of the posterior lies outside 0..1"
        raise Unprocessable(text, reason="out_of_range")


class Judge:
    """Loads a call's memory from the table, takes one step, writes what came out, stores the memory."""

    def __init__(
        self,
        table: Any,  # noqa: ANN401
        outputs: dict[str, Any],
        config: Config,
        metrics: Metrics,
        callers: Callers,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table = table
        self._outputs = outputs
        self._config = config
        self._metrics = metrics
        self._callers = callers
        self._clock = clock
        self._next_sweep_s = clock() + FORGET_AFTER_S
        # A segment and a reason of one call must not both begin from the same memory: the later would undo the earlier.
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]

    async def take(self, message: SegmentMessage | Rationale | ControlMessage, topic: str, offset: int) -> None:
        """One message of any input topic, and where it lay there."""
        async with self._locks[hash(message.call_id) % LOCKS]:
            entry = self._table[message.call_id]
            memory, config = _remembered(entry), self._config()
            past = self._callers.of(message.caller) if isinstance(message, CallOpened) else ()
            written = step(memory, message, config, past)
            await asyncio.gather(*[self._write(output) for output in written])
            if isinstance(message, CallClosed):
                memory = forget(memory)
            kept = {"memory": msgspec.to_builtins(memory), "touched_s": int(self._clock())}
            await self._table.keep(message.call_id, {**kept, "seen": {**entry.get("seen", {}), topic: offset}})
        self._sweep()

    def _sweep(self) -> None:
        """Drop from memory the calls that nothing was heard of any more."""
        now_s = self._clock()
        if now_s < self._next_sweep_s:
            return
        self._next_sweep_s = now_s + FORGET_AFTER_S / 6
        entries = self._table.data
        for call_id in [c for c, entry in entries.items() if entry.get("touched_s", now_s) < now_s - FORGET_AFTER_S]:
            entries.pop(call_id, None)

    async def _write(self, output: Output) -> None:
        if isinstance(output, PastCall):
            if self._callers.may_keep(output):
                await (await self._outputs[CALLERS.name].send(key=record_key(output), value=encode(output)))
            return
        now_ms = time.time_ns() // 1_000_000
        match output:
            case Tone() | CallState():
                topic = TONE
            case Alert():
                topic = ALERTS
                self._metrics.alerts.labels(state=output.state).inc()
            case Moment():
                topic = MOMENTS
        if isinstance(output, CallState):
            if output.state == "not_analysed":
                self._metrics.calls_not_analysed.inc()
        else:
            output = msgspec.structs.replace(output, emitted_at_ms=now_ms)
            spoken_at_ms = getattr(output, "spoken_at_ms", 0)
            if spoken_at_ms:
                delay_s = max(0, now_ms - spoken_at_ms) / 1000
                self._metrics.delay_seconds.labels(at=output.__struct_config__.tag).observe(delay_s)
        await (await self._outputs[topic.name].send(key=output.call_id, value=encode(output)))


def _remembered(entry: dict[str, Any]) -> CallMemory:
    """A call's memory. One of another release that does not fit is forgotten: the call is learned anew."""
    if "memory" not in entry:
        return CallMemory()
    try:
        return msgspec.convert(entry["memory"], CallMemory)
    except msgspec.ValidationError as error:
        log.warning("A call's memory of another release does not fit and is forgotten", extra={"error": str(error)})
        return CallMemory()
