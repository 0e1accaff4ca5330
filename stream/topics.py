"""The topics, their settings, and `tonewatch topics apply`, which creates what is missing. Who uses them: access.py."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from tonewatch.stream.errors import AccessRefused, BrokerError
from tonewatch.stream.kafka.clients import make_admin, start
from tonewatch.stream.settings import KafkaSettings, plain_settings

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Topic:
    """One topic. But in CALLERS and DELIVERIES records are keyed by call id: a call is in order in its partition.

    `max_message_bytes` bounds a record; `retention_ms` is also how long audio can still be read back by offset.
    `letters_ms`: how long its dead letters are kept; by default as long as its records. `derived`: it holds what was
    derived of voices, or words, and its dead letters none of it: they say where it lies.
    `compression`: gzip where others read it too, whatever codec a producer chose (only gzip needs no further library in
    any client); Kafka packs again what comes in another one.
    """

    name: str
    holds: str
    retention_ms: int
    max_message_bytes: int = 1_048_576
    dead_letters: bool = True
    config: dict[str, str] = field(default_factory=dict)
    compression: Literal["producer", "gzip"] = "producer"
    letters_ms: int = 0
    derived: bool = False

    @property
    def dlq(self) -> str:
        """Where records of this topic go that cannot be read."""
        return f"{self.name}.dlq"

    @property
    def segment_ms(self) -> int:
        """Kafka deletes whole segments, and one is as old as its newest record: by itself (a week a segment) a record
        would lie for a week longer than its retention says."""
        return min(max(self.retention_ms // 24, HOUR_MS), 24 * HOUR_MS)

    @property
    def longest_ms(self) -> int:
        """The longest that a record lies: Kafka takes it away with its segment."""
        return self.retention_ms + self.segment_ms

    def kafka_config(self) -> dict[str, str]:
        return {
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "cleanup.policy": "delete",
            "segment.ms": str(self.segment_ms),
            **({} if self.compression == "producer" else {"compression.type": self.compression}),
            **self.config,
        }


_COMPACTED = {
    "cleanup.policy": "compact,delete",
    # What was taken away must be gone from the disks too, soon: by itself Kafka cleans when half of a log is stale.
    "max.compaction.lag.ms": str(24 * HOUR_MS),
}

CALLS = Topic(
    "tonewatch.calls.v1",
    "CallStarted, AudioChunk, CallEnded, NoticeWithdrawn (msgpack)",
    24 * HOUR_MS,
    # Audio that was refused: long enough for a weekend's faults to be looked into.
    letters_ms=72 * HOUR_MS,
)
SEGMENTS = Topic(
    "tonewatch.segments.v1",
    "CallOpened, Segment, Words, Silence, CallClosed (JSON)",
    7 * 24 * HOUR_MS,
    compression="gzip",
    derived=True,
)
CLOCKS = Topic(
    "tonewatch.clocks.v1",
    "CallClock (JSON)",
    24 * HOUR_MS,
    dead_letters=False,
    config=_COMPACTED,
)
"""The newest of each call: what a listener must know of it that does not read its beginning."""

TONE = Topic("tonewatch.tone.v1", "Tone, CallState (JSON)", 7 * 24 * HOUR_MS, compression="gzip", derived=True)
MOMENTS = Topic("tonewatch.moments.v1", "Moment (JSON)", 7 * 24 * HOUR_MS, compression="gzip", derived=True)
ALERTS = Topic("tonewatch.alerts.v1", "Alert (JSON)", 30 * 24 * HOUR_MS, compression="gzip", derived=True)
RATIONALES = Topic("tonewatch.rationales.v1", "Rationale (JSON)", 30 * 24 * HOUR_MS, compression="gzip", derived=True)
CALLERS = Topic(
    "tonewatch.callers.v1",
    "PastCall, CallerForgotten (JSON)",
    90 * 24 * HOUR_MS,
    dead_letters=False,
    config=_COMPACTED,
)
"""Keyed by caller and call; every monitor reads all of it."""

ALERT_ACTIONS = Topic("tonewatch.alert_actions.v1", "AlertAction (JSON)", 30 * 24 * HOUR_MS, compression="gzip")

VERDICTS = Topic("tonewatch.verdicts.v1", "Verdict (JSON)", 30 * 24 * HOUR_MS, compression="gzip")
"""What people say of moments that they heard: the archive keeps it for longer."""

DELIVERIES = Topic(
    "tonewatch.deliveries.v1",
    "Delivery (JSON)",
    7 * 24 * HOUR_MS,
    config=_COMPACTED,
)
"""The newest of each message to a receiver of notifications; the notifier reads all of it when it begins."""

AUDIT = Topic(
    "tonewatch.audit.v1",
    "Access (JSON)",
    365 * 24 * HOUR_MS,
    dead_letters=False,
    compression="gzip",
    # By it `tonewatch audit verify` tells what was written when: nobody who may write here is to choose it.
    config={"message.timestamp.type": "LogAppendTime"},
)
"""Who looked, listened, acted, exported and signed in, and with what each role began. Keyed by writer: the records of a
writer are a chain (audit/chain.py), and lie in order in one partition."""

KEYS = Topic(
    "tonewatch.keys.v1",
    "CallKey, CallShredded (JSON)",
    36 * 24 * HOUR_MS,
    dead_letters=False,
    config={
        "cleanup.policy": "compact,delete",
        # A key that was destroyed must be gone from the disks soon, whatever else is written.
        "max.compaction.lag.ms": str(2 * HOUR_MS),
        "segment.ms": str(HOUR_MS),
        "min.cleanable.dirty.ratio": "0.01",
        "delete.retention.ms": str(24 * HOUR_MS),
        # Keys and marks are kept by this time: whoever may write here must not choose it.
        "message.timestamp.type": "LogAppendTime",
    },
)
"""The keys of calls, wrapped; keyed by call and key, a call in one partition. Kept for longer than what was sealed: a
key is used for three days, and what is sealed with it lies for 31 at most."""

GUARDED: tuple[Topic, ...] = (
    CALLS,
    CLOCKS,
    SEGMENTS,
    TONE,
    MOMENTS,
    ALERTS,
    RATIONALES,
    ALERT_ACTIONS,
    DELIVERIES,
    VERDICTS,
)
"""What tells of a call under its id. A role that reads it late, or `tonewatch dlq replay`, must still find in MARKS
that the call was erased, or its notice withdrawn. What is left out: CALLERS, which an erasure empties and nothing is
told by; AUDIT and KEYS, which hold nothing of what was said."""


def _guarded_ms() -> int:
    """The longest that anything of a call lies in Kafka, its dead letters too."""
    return max(topic.longest_ms for topic in (*GUARDED, *_letters_of(GUARDED)))


def _letters_of(topics: Collection[Topic]) -> tuple[Topic, ...]:
    return tuple(
        Topic(
            t.dlq,
            f"what could not be read from {t.name}",
            t.letters_ms or t.retention_ms,
            # A dead letter is the original record with headers around it.
            max_message_bytes=2 * t.max_message_bytes,
            dead_letters=False,
        )
        for t in topics
        if t.dead_letters
    )


MARKS = Topic(
    "tonewatch.marks.v1",
    "CallClock (JSON)",
    # A day over: of what a role had in its hands when the mark was written.
    _guarded_ms() + 24 * HOUR_MS,
    dead_letters=False,
    # Marks are kept by this time: a clock that is behind would shorten them.
    config={**_COMPACTED, "message.timestamp.type": "LogAppendTime"},
)
"""Hashes of calls whose notice was withdrawn, or that were erased. In CLOCKS they would lie for as long as audio does,
or the clocks of all calls for as long as marks must."""

TOPICS: tuple[Topic, ...] = (
    CALLS,
    CLOCKS,
    MARKS,
    SEGMENTS,
    TONE,
    MOMENTS,
    ALERTS,
    RATIONALES,
    ALERT_ACTIONS,
    CALLERS,
    DELIVERIES,
    AUDIT,
    VERDICTS,
    KEYS,
)


def dead_letter_topics() -> tuple[Topic, ...]:
    """The dead-letter topic of each topic; what could not be read lies no longer than what could, but for the audio."""
    return _letters_of(TOPICS)


def changelog_topics(app_id: str, tables: tuple[str, ...]) -> tuple[Topic, ...]:
    """The changelogs of the monitor's tables: compacted, so that the newest state of each call is kept."""
    return tuple(
        Topic(
            f"{app_id}-{table}-changelog",
            f"state of the monitor's table {table}",
            7 * 24 * HOUR_MS,
            dead_letters=False,
            config=_COMPACTED,
        )
        for table in tables
    )


async def apply(
    kafka: KafkaSettings | str,
    *,
    partitions: int | None = None,
    replication: int | None = None,
    extra: tuple[Topic, ...] = (),
    needed: Collection[str] | None = None,
    retry_for_s: float = 30.0,
) -> list[str]:
    """Create the topics that are missing and return their names; existing ones are left as they are.

    `kafka` may be the plain address of brokers without security. `partitions` and `replication` are those of the
    settings where they are not given. Who may not create topics gets by with those of `needed`, by default all.

    Raises:
        BrokerError: Kafka cannot be reached for `retry_for_s`, or refused to create a topic.
        AccessRefused: Kafka refuses us, or topics are missing that we may not create.
    """
    settings = plain_settings(kafka) if isinstance(kafka, str) else kafka
    partitions = settings.kafka_partitions if partitions is None else partitions
    replication = settings.kafka_replication if replication is None else replication
    admin = make_admin(settings)
    await start(admin, settings, retry_for_s=retry_for_s)
    try:
        # Nearly every start finds all of them, and then asks Kafka to create nothing.
        existing = set(await admin.list_topics())
        missing = [t for t in (*TOPICS, *dead_letter_topics(), *extra) if t.name not in existing]
        withheld = await _create(admin, missing, partitions, replication)
        _check(withheld, needed, settings)
        await _wait_until_there(admin, {t.name for t in missing} - withheld)
        return [t.name for t in missing if t.name not in withheld]
    except KafkaError as error:
        raise BrokerError(f"Kafka at {settings.kafka} refused to create topics: {error}.") from error
    finally:
        await admin.close()


def _check(withheld: set[str], needed: Collection[str] | None, settings: KafkaSettings) -> None:
    """Topics that we may not create, and do not see: those of other roles may well be there."""
    lacking = sorted(withheld if needed is None else withheld.intersection(needed))
    if lacking:
        who = f"user {settings.kafka_user}" if settings.kafka_user else "this client"
        raise AccessRefused(
            f"Kafka at {settings.kafka} does not show {who} {', '.join(lacking)}, nor let it create them: run "
            "`tonewatch topics apply` as a user who may, and give this one the rights of `tonewatch topics acl`."
        )
    if withheld:
        log.info("Topics of other roles are not looked at", extra={"count": len(withheld)})


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], partitions: int, replication: int) -> set[str]:
    """Create topics; the names of those that we may not create are given back."""
    if not topics:
        return set()
    response = await admin.create_topics(
        [NewTopic(t.name, partitions, replication, topic_configs=t.kafka_config()) for t in topics]
    )
    withheld = set()
    # Older protocol versions answer without a text.
    for name, code, *rest in response.topic_errors:
        error_type = for_code(code)
        if error_type in (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
            withheld.add(name)
        # Several roles start at once and create the same topics: all but one are told so.
        elif code and error_type is not TopicAlreadyExistsError:
            detail = rest[0] if rest and rest[0] else error_type.__name__
            raise BrokerError(f"Kafka refused to create topic {name}: {detail}.")
    return withheld


async def _wait_until_there(admin: AIOKafkaAdminClient, names: set[str], *, tries: int = 50) -> None:
    """Creation is asynchronous in Kafka; a faust worker that starts before its topics exist sits idle."""
    for _ in range(tries):
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(0.1)
    raise BrokerError(f"Kafka accepted these topics but does not list them: {', '.join(sorted(names))}.")
