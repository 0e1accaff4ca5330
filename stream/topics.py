"""The topics, their settings, and `tonewatch topics apply`, which creates what is missing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from tonewatch.stream.errors import BrokerError

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Topic:
    """One topic. Every record but those of CALLERS is keyed by call id, so a call is in order within its partition.

    `max_message_bytes` bounds a record; `retention_ms` is also how long audio can still be read back by offset.
    """

    name: str
    holds: str
    retention_ms: int
    max_message_bytes: int = 1_048_576
    dead_letters: bool = True
    config: dict[str, str] = field(default_factory=dict)

    @property
    def dlq(self) -> str:
        """Where records of this topic go that cannot be read."""
        return f"{self.name}.dlq"

    def kafka_config(self) -> dict[str, str]:
        return {
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "cleanup.policy": "delete",
            **self.config,
        }


CALLS = Topic("tonewatch.calls.v1", "CallStarted, AudioChunk, CallEnded (msgpack)", 24 * HOUR_MS)
SEGMENTS = Topic("tonewatch.segments.v1", "CallOpened, Segment, Words, Silence, CallClosed (JSON)", 7 * 24 * HOUR_MS)
CLOCKS = Topic(
    "tonewatch.clocks.v1",
    "CallClock (JSON)",
    24 * HOUR_MS,
    dead_letters=False,
    config={"cleanup.policy": "compact,delete"},
)
"""The newest of each call: what a listener must know of it that does not read its beginning."""

TONE = Topic("tonewatch.tone.v1", "Tone, CallState (JSON)", 7 * 24 * HOUR_MS)
MOMENTS = Topic("tonewatch.moments.v1", "Moment (JSON)", 7 * 24 * HOUR_MS)
ALERTS = Topic("tonewatch.alerts.v1", "Alert (JSON)", 30 * 24 * HOUR_MS)
RATIONALES = Topic("tonewatch.rationales.v1", "Rationale (JSON)", 30 * 24 * HOUR_MS)
CALLERS = Topic(
    "tonewatch.callers.v1",
    "PastCall, CallerForgotten (JSON)",
    90 * 24 * HOUR_MS,
    dead_letters=False,
    config={
        "cleanup.policy": "compact,delete",
        # What was taken away must be gone from the disks too, soon: by itself Kafka cleans when half of a log is stale.
        "max.compaction.lag.ms": str(24 * HOUR_MS),
        "segment.ms": str(24 * HOUR_MS),
    },
)
"""Keyed by caller and call; every monitor reads all of it."""

ALERT_ACTIONS = Topic("tonewatch.alert_actions.v1", "AlertAction (JSON)", 30 * 24 * HOUR_MS)

TOPICS: tuple[Topic, ...] = (CALLS, CLOCKS, SEGMENTS, TONE, MOMENTS, ALERTS, RATIONALES, ALERT_ACTIONS, CALLERS)


def dead_letter_topics() -> tuple[Topic, ...]:
    """The dead-letter topic of each topic; kept for 30 days, so that an operator can look."""
    return tuple(
        Topic(
            t.dlq,
            f"what could not be read from {t.name}",
            30 * 24 * HOUR_MS,
            # A dead letter is the original record with headers around it.
            max_message_bytes=2 * t.max_message_bytes,
            dead_letters=False,
        )
        for t in TOPICS
        if t.dead_letters
    )


def changelog_topics(app_id: str, tables: tuple[str, ...]) -> tuple[Topic, ...]:
    """The changelogs of the monitor's tables: compacted, so that the newest state of each call is kept."""
    return tuple(
        Topic(
            f"{app_id}-{table}-changelog",
            f"state of the monitor's table {table}",
            7 * 24 * HOUR_MS,
            dead_letters=False,
            config={"cleanup.policy": "compact,delete"},
        )
        for table in tables
    )


async def apply(
    bootstrap: str, *, partitions: int, replication: int, extra: tuple[Topic, ...] = (), retry_for_s: float = 30.0
) -> list[str]:
    """Create the topics that are missing and return their names; existing ones are left as they are.

    Raises:
        BrokerError: Kafka cannot be reached for `retry_for_s`, or refused to create a topic.
    """
    admin = await _admin(bootstrap, retry_for_s)
    try:
        # Nearly every start finds all of them, and then asks Kafka to create nothing.
        existing = set(await admin.list_topics())
        missing = [t for t in (*TOPICS, *dead_letter_topics(), *extra) if t.name not in existing]
        await _create(admin, missing, partitions, replication)
        await _wait_until_there(admin, {t.name for t in missing})
        return [t.name for t in missing]
    except KafkaError as error:
        raise BrokerError(f"Kafka at {bootstrap} refused to create topics: {error}.") from error
    finally:
        await admin.close()


async def _admin(bootstrap: str, retry_for_s: float) -> AIOKafkaAdminClient:
    deadline = time.monotonic() + retry_for_s
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=15_000)
        try:
            await admin.start()
        except (KafkaError, OSError) as error:
            await admin.close()
            if time.monotonic() > deadline:
                raise BrokerError(f"No Kafka at {bootstrap} ({error}). Start it, or set TONEWATCH_KAFKA.") from error
            await asyncio.sleep(0.5)
        else:
            return admin


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], partitions: int, replication: int) -> None:
    if not topics:
        return
    response = await admin.create_topics(
        [NewTopic(t.name, partitions, replication, topic_configs=t.kafka_config()) for t in topics]
    )
    # Older protocol versions answer without a text.
    for name, code, *rest in response.topic_errors:
        error_type = for_code(code)
        # Several roles start at once and create the same topics: all but one are told so.
        if code and error_type is not TopicAlreadyExistsError:
            detail = rest[0] if rest and rest[0] else error_type.__name__
            raise BrokerError(f"Kafka refused to create topic {name}: {detail}.")


async def _wait_until_there(admin: AIOKafkaAdminClient, names: set[str], *, tries: int = 50) -> None:
    """Creation is asynchronous in Kafka; a faust worker that starts before its topics exist sits idle."""
    for _ in range(tries):
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(0.1)
    raise BrokerError(f"Kafka accepted these topics but does not list them: {', '.join(sorted(names))}.")
