"""The monitor: a faust app around the judging core, one table entry per call.

Calls have their turns (`event_turns.py`), several at once. Of one call, outputs are acknowledged by Kafka before the
table entry is written, and the entry before its next message is taken, so a crash in between repeats an output (alert
ids are stable, readers apply it once) and never loses one. Silence is media time too: the listener tells of it among
the segments, in their order.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import faust
from aiokafka import TopicPartition

from tonewatch.stream.call_keys.faust_keys import FaustKeys
from tonewatch.stream.codec import decode_control, decode_rationale, decode_segment
from tonewatch.stream.errors import BadRecord, Unprocessable
from tonewatch.stream.kafka.clients import (
    DEAD_LETTER_BYTES,
    METADATA_MAX_AGE_MS,
    is_size_refused,
    too_large,
)
from tonewatch.stream.kafka.dead_letters import FAULTS, Letter, compose, note_dead_letter
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.kafka.security import faust_credentials
from tonewatch.stream.monitor.call_table import CallTable
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.monitor.event_turns import EventTurns, KafkaRefusal
from tonewatch.stream.monitor.faust_transport import use
from tonewatch.stream.monitor.judge import Config, Judge
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.shadow.shadow import Discarded, Shadow
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, CALLERS, MOMENTS, RATIONALES, SEGMENTS, TONE, Topic

TABLE = "calls"

log = logging.getLogger(__name__)


class DisklessApp(faust.App):
    """Its tables live in memory and in Kafka: no folder is made for them, where one might not be allowed to."""

    def _create_directories(self) -> None:
        return


def make_app(
    settings: MonitorSettings,
    config: Config,
    metrics: Metrics,
    callers: Callers,
    progress: ReadProgress | None = None,
    call_keys: FaustKeys | None = None,
) -> faust.App:
    """The faust app; topics, agents, table and group are named explicitly.

    A shadow judges the segments of its listener and what people did with the live alerts. It knows earlier calls and
    adds none; nobody gives it reasons. `call_keys`: taken before the app starts.
    """
    shadow = Shadow(settings.shadow)
    app = DisklessApp(
        shadow.group(settings.app_id),
        broker=";".join(f"aiokafka://{address.strip()}" for address in settings.kafka.split(",")),
        broker_credentials=faust_credentials(settings),
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
    use(app, settings.kafka_fetch_wait_ms, idempotent=settings.kafka_idempotent, call_keys=call_keys)
    outputs = {t.name: _raw(app, shadow.named(t.name)) for t in (TONE, ALERTS, MOMENTS, CALLERS)}
    if shadow:
        # What is known of callers is forgotten when they ask: no copy of it may lie anywhere else.
        outputs[CALLERS.name] = Discarded()
    table = app.Table(TABLE, default=dict, partitions=settings.kafka_partitions, key_type=str)
    judge = Judge(table, outputs, config, metrics, callers)
    reads: list[tuple[Topic, Any]] = [(shadow.topic(SEGMENTS), decode_segment), (ALERT_ACTIONS, decode_control)]
    if not shadow:
        reads.append((RATIONALES, decode_rationale))
    for topic, decode in reads:
        dlq = topic.dlq if topic is not ALERT_ACTIONS else shadow.named(topic.dlq)
        reader = TopicReader(topic, decode, judge, _raw(app, dlq), metrics, progress)
        _agent(app, reader)
    return app


def _raw(app: faust.App, name: str) -> Any:  # noqa: ANN401
    return app.topic(name, key_type=str, key_serializer="raw", value_type=bytes, value_serializer="raw")


def _agent(app: faust.App, reader: TopicReader) -> None:
    # A key of somebody else's need not be text, and nothing is read from it but whose turn it is.
    name = reader.topic.name
    inputs = app.topic(name, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw")

    def is_current(event: Any) -> bool:  # noqa: ANN401
        return bool(event.message.generation_id == app.consumer_generation_id)

    @app.agent(inputs, name=f"monitor.{name}")
    async def read(stream: Any) -> None:  # noqa: ANN401
        turns = EventTurns(reader, reader.metrics, is_current=is_current)
        await turns.follow(stream)


@dataclass(frozen=True)
class TopicReader:
    """Judges the records of one input topic. faust acks whatever an agent failed on: each has its dead letter here."""

    topic: Topic
    decode: Any
    judge: Judge
    dlq: Any
    metrics: Metrics
    progress: ReadProgress | None = None

    async def take(self, event: Any) -> None:  # noqa: ANN401
        """One record, judged or put aside. An error of Kafka that is not about a record's size is raised."""
        self.metrics.records.labels(topic=self.topic.name).inc()
        if self.progress is not None:
            at = event.message
            self.progress.took(TopicPartition(at.topic, at.partition), at.offset, 1000 * at.timestamp)
        try:
            with self.metrics.traces.follow("judged", event.message.headers, topic=self.topic.name) as span:
                message = self.decode(event.value)
                check_key(event.message.key, message.call_id)
                await self.judge.take(message, self.topic.name, event.message.offset, span)
        except BadRecord as error:
            await self.refuse(event, error)
        except KafkaRefusal as error:
            if not is_size_refused(error):
                raise
            await self.refuse(event, too_large("an output, or the state of the call", None))
        except FAULTS as error:
            log.exception("A record could not be judged", extra={"topic": self.topic.name})
            text = f"the record made the monitor fail ({type(error).__name__}); its log says where"
            await self.refuse(event, Unprocessable(text, reason="failed"))

    async def refuse(self, event: Any, error: BadRecord) -> None:  # noqa: ANN401
        """To the dead letters, with its reason."""
        where = (self.topic.name, event.message.partition, event.message.offset)
        headers = event.message.headers or ()
        given = headers.items() if isinstance(headers, dict) else headers
        error, forms = compose(where, event.message.key, event.value, given, error)
        await _write_letter(self.dlq, forms)
        note_dead_letter(self.metrics, *where, error)


async def _write_letter(dlq: Any, forms: list[Letter]) -> None:  # noqa: ANN401
    """The first form that Kafka takes."""
    for number, form in enumerate(forms):
        try:
            await (await dlq.send(key=form.key, value=form.value, headers=dict(form.headers)))
        except KafkaRefusal as error:
            if number == len(forms) - 1 or not is_size_refused(error):
                raise
        else:
            return
