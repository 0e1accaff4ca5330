"""Kafka clients made from settings, and what every role does with them: start, deliver, commit, give up partitions."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from aiokafka import (
    AIOKafkaConsumer,
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    TopicPartition,
)
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RequestTimedOutError,
    UnknownError,
    UnknownTopicOrPartitionError,
)

from tonewatch.stream.errors import BrokerError, TooLarge
from tonewatch.stream.kafka import bounded_fetch
from tonewatch.stream.kafka.refusals import not_allowed, refusal
from tonewatch.stream.kafka.security import client_arguments
from tonewatch.stream.settings import KafkaSettings

log = logging.getLogger(__name__)


class Client(Protocol):
    """A consumer, a producer or an admin client, which is closed where the others are stopped."""

    async def start(self) -> None: ...


class Sender(Protocol):
    """What a core needs of a producer; a list in tests."""

    async def send(self, topic: str, value: bytes, *, key: bytes) -> object: ...


RETRY_S = 0.5
STOP_S = 5.0
COMMIT_S = 10.0
DELIVERY_MS = 60_000
"""How long a client itself tries to deliver a record before `deliver` begins anew."""

METADATA_MAX_AGE_MS = 5_000
"""A broker that has just started may not know its topics yet. A group's leader that divides them in that moment gives
nothing to anybody, and asks again only when what it knows is too old: five minutes, by default."""

UNKNOWN_ANSWERS = 3
"""So often in a row a broker answers an idempotent producer with "unknown error" before it counts as one that does not
know such producers, rather than as one that has had a mishap."""

DEAD_LETTER_BYTES = 2 * 1_048_576
"""A dead letter is larger than the record it was, by its headers."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)

_AWAY = (KafkaTimeoutError, KafkaConnectionError, RequestTimedOutError)


def _is_away(error: KafkaError) -> bool:
    """Does the error pass by itself? A client that tried for DELIVERY_MS raises what it met last: a partition that has
    no leader yet, or too few copies in sync. A topic that is not there after so long is missing."""
    return isinstance(error, _AWAY) or (error.retriable and not isinstance(error, UnknownTopicOrPartitionError))


async def deliver(
    producer: Sender,
    topic: str,
    value: bytes | None,
    *,
    key: bytes | None,
    **more: Any,  # noqa: ANN401
) -> None:
    """Write one record and wait until Kafka has it, for as long as Kafka is away.

    The record may be there twice then; every reader of ours counts it once. Any other refusal is raised.

    Raises:
        TooLarge: neither the client nor the broker takes a record of this size, and none would later.
    """
    await deliver_all(producer, topic, [(key, value)], **more)


async def deliver_all(
    producer: Sender,
    topic: str,
    records: Sequence[tuple[bytes | None, bytes | None]],
    **more: Any,  # noqa: ANN401
) -> None:
    """Write records, each a key and a value, in their order, and wait until Kafka has all; see `deliver`.

    They are under way together. From the first one that Kafka does not take on, all are written again: those of one
    key are in their order then too, some of them twice.

    Raises:
        TooLarge: as `deliver`; the records before are delivered.
    """
    left = list(records)
    while left:
        taken, error = await _delivered(producer, topic, left, more)
        left = left[taken:]
        if error is None:
            continue
        if isinstance(error, _TOO_LARGE):
            raise too_large(topic, left[0][1]) from error
        # Only what says "Kafka is away". A refusal (too large, not allowed) would be refused for ever.
        if not _is_away(error):
            raise error
        log.warning("Kafka takes no record; trying again", extra={"topic": topic, "error": type(error).__name__})
        await asyncio.sleep(RETRY_S)


async def _delivered(
    producer: Sender, topic: str, records: Sequence[tuple[bytes | None, bytes | None]], more: Mapping[str, Any]
) -> tuple[int, KafkaError | None]:
    """How many were taken before the first that was not, and why that was not."""
    send: Any = producer.send
    deliveries: list[Any] = []
    refused: KafkaError | None = None
    for key, value in records:
        try:
            deliveries.append(await send(topic, value, key=key, **more))
        except KafkaError as error:
            refused = error
            break
    # aiokafka answers `send` with a future of the delivery; a test's producer is done at once. All are waited for:
    # what is under way when the first is refused must not come after it is written again.
    under_way = [one for one in deliveries if isinstance(one, asyncio.Future)]
    outcomes = iter(await asyncio.gather(*under_way, return_exceptions=True) if under_way else ())
    for taken, delivery in enumerate(deliveries):
        outcome = next(outcomes) if isinstance(delivery, asyncio.Future) else None
        if isinstance(outcome, KafkaError):
            return taken, outcome
        if isinstance(outcome, BaseException):
            raise outcome
    return len(deliveries), refused


def too_large(topic: str, value: bytes | None) -> TooLarge:
    """What is raised, in every role, when Kafka refuses a record by its size."""
    size = f" of {len(value)} bytes" if value is not None else ""
    return TooLarge(f"Kafka does not take a record{size} for {topic}: see max.message.bytes.")


def is_size_refused(error: BaseException | None) -> bool:
    """Did Kafka refuse a record by its size? faust raises errors of its own, for the one that caused them."""
    while error is not None and not isinstance(error, _TOO_LARGE):
        error = error.__cause__
    return error is not None


def make_producer(
    settings: KafkaSettings, *, linger_ms: int = 5, audio: bool = False, gives_up: bool = True, seals: bool = True
) -> AIOKafkaProducer:
    """A producer that waits for all replicas; idempotent where the broker can. `audio`: it writes the calls topic.

    `gives_up`: records are refused while their partition has had no leader for DELIVERY_MS, for somebody waits for an
    answer. A role waits: what was numbered and is given up leaves a hole, for which an idempotent producer is refused
    ever after (OutOfOrderSequenceNumber), and only a new one would do. `seals`: it may write what tells of a call.
    """
    producer = _producer_class(settings, seals=seals)(
        **client_arguments(settings),
        acks="all",
        enable_idempotence=settings.kafka_idempotent,
        compression_type=settings.audio_compression if audio else settings.compression,
        linger_ms=linger_ms,
        request_timeout_ms=DELIVERY_MS,
        # A batch has a header of its own around the largest record.
        max_request_size=DEAD_LETTER_BYTES + 65_536,
    )
    if not gives_up:
        # aiokafka has one time-out for a request and for a batch; a request must still be given up.
        vars(producer)["_message_accumulator"]._batch_ttl = math.inf
    return producer


def make_consumer(
    settings: KafkaSettings,
    topics: Sequence[str],
    group: str | None,
    *,
    waits_ms: int | None = None,
    opens: bool | None = None,
    **options: Any,  # noqa: ANN401
) -> AIOKafkaConsumer:
    """A consumer that starts at the beginning and commits only when told to; without a group it is given partitions.

    `waits_ms`: how long a fetch may wait at the broker where nobody waits for what is read; by default the setting's.
    `opens`: sealed records may come to it; by default where one of `topics` has any, or none is named yet.
    """
    bounded_fetch.install()
    may_open = not topics or _are_sealed(topics) if opens is None else opens
    return _consumer_class(settings, opens=may_open)(
        *topics,
        **client_arguments(settings),
        group_id=group,
        # Kafka takes an instance name only in a group; two members with one name would throw each other out.
        group_instance_id=(settings.kafka_instance or None) if group else None,
        enable_auto_commit=False,
        auto_offset_reset=options.pop("auto_offset_reset", "earliest"),
        fetch_max_wait_ms=waits_ms or settings.kafka_fetch_wait_ms,
        session_timeout_ms=settings.kafka_session_timeout_ms,
        # Two heartbeats may be lost before the session is over, as Kafka's documentation advises.
        heartbeat_interval_ms=settings.kafka_session_timeout_ms // 3,
        metadata_max_age_ms=METADATA_MAX_AGE_MS,
        **options,
    )


def _producer_class(settings: KafkaSettings, *, seals: bool) -> Callable[..., AIOKafkaProducer]:
    """One that seals what it writes, where each call has a key; else the plain one, whose way is not a step longer."""
    plain: Callable[..., AIOKafkaProducer] = AIOKafkaProducer
    if not seals or settings.call_keys != "on":
        return plain
    from tonewatch.stream.call_keys.sealed_clients import SealedProducer  # It uses this module for its keys.

    return partial(SealedProducer, settings)


def _consumer_class(settings: KafkaSettings, *, opens: bool) -> Callable[..., AIOKafkaConsumer]:
    """One that opens what is sealed, where that may be; else the plain one."""
    plain: Callable[..., AIOKafkaConsumer] = AIOKafkaConsumer
    if not opens or settings.call_keys == "off":
        return plain
    from tonewatch.stream.call_keys.sealed_clients import SealedConsumer

    return partial(SealedConsumer, settings)


def _are_sealed(topics: Sequence[str]) -> bool:
    from tonewatch.stream.call_keys.sealed_topics import is_sealed_topic

    return any(map(is_sealed_topic, topics))


def make_reader(
    settings: KafkaSettings, topics: Sequence[str], group: str | None = None, *, waits_ms: int | None = None
) -> AIOKafkaConsumer:
    """A consumer that is given its partitions and, once started, knows how many each of `topics` has.

    Its start fetches metadata of what is assigned, and of nothing else. `waits_ms` as in `make_consumer`.
    """
    consumer = make_consumer(settings, [], group, waits_ms=waits_ms, opens=_are_sealed(topics))
    consumer.assign([TopicPartition(topic, 0) for topic in topics])
    return consumer


def make_admin(settings: KafkaSettings, *, request_timeout_ms: int = 15_000) -> AIOKafkaAdminClient:
    """An admin client; to be started by `start`, and closed."""
    return AIOKafkaAdminClient(**client_arguments(settings), request_timeout_ms=request_timeout_ms)


async def start(client: Client, settings: KafkaSettings, *, retry_for_s: float = 30.0) -> None:
    """Start a client, trying again until the broker answers.

    Raises:
        AccessRefused: Kafka answered, and refuses us; at once.
        BrokerError: it did not answer within `retry_for_s`, or does not know idempotent producers.
    """
    deadline = time.monotonic() + retry_for_s
    unknown = 0
    while True:
        try:
            await client.start()
        except (KafkaError, OSError) as error:
            # aiokafka would ask for a producer's number for ever.
            told = no_producer_ids(error, settings)
            unknown = unknown + 1 if told else 0
            refused = told if unknown == UNKNOWN_ANSWERS else not_allowed(error, settings) or await refusal(settings)
            if refused or time.monotonic() > deadline:
                await _end(client)
                raise refused or told or BrokerError(_not_started(settings, error)) from error
            await asyncio.sleep(RETRY_S)
        except asyncio.CancelledError:
            # Whoever is stopped while Kafka is away leaves no client open.
            await _end(client)
            raise
        else:
            # A consumer without group and topics has begun nothing yet: stopped in that moment, it would take the end
            # of its own task for ours, and leave its connections open.
            await asyncio.sleep(0)
            return


def _not_started(settings: KafkaSettings, error: Exception) -> str:
    return f"No Kafka at {settings.kafka} ({type(error).__name__}). Start it, or set TONEWATCH_KAFKA."


def no_producer_ids(error: BaseException | None, settings: KafkaSettings) -> BrokerError | None:
    """What to say where a broker has no numbers for idempotent producers, as the embedded one; None of any other error.

    It answers InitProducerId with "unknown error", which a start meets nowhere else.
    """
    if type(error) is not UnknownError or not settings.kafka_idempotent:
        return None
    return BrokerError(
        f"The broker at {settings.kafka} does not know InitProducerId, which an idempotent producer needs (the demo's "
        "own broker does not): set TONEWATCH_KAFKA_IDEMPOTENT=false."
    )


async def _end(client: Any) -> None:  # noqa: ANN401
    await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


async def commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int] | None = None) -> bool:
    """Commit `offsets`, or all that was read; was it taken?

    A commit that comes too late (the partitions went to another member) or that Kafka does not answer within `COMMIT_S`
    costs nothing: the records are read again, here or elsewhere.
    """
    try:
        async with asyncio.timeout(COMMIT_S):
            # Bounded: a commit in a rebalance listener that waits for a broker holds up the whole group.
            await (consumer.commit() if offsets is None else consumer.commit(offsets))
    except (CommitFailedError, IllegalStateError, TimeoutError) as error:
        log.warning("A commit was not taken; its records are read again", extra={"error": type(error).__name__})
        return False
    return True


async def stop(*clients: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Stop clients, each within `STOP_S`: with the broker away they would wait for it."""
    for client in clients:
        try:
            async with asyncio.timeout(STOP_S):
                await client.stop()
        except (KafkaError, TimeoutError) as error:
            log.warning("A Kafka client did not stop in order", extra={"error": type(error).__name__})
        except asyncio.CancelledError as error:
            # aiokafka lets that of a task of its own out, where a fetch waited for a broker that is away.
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            log.warning("A Kafka client did not stop in order", extra={"error": type(error).__name__})


class PartitionWorker(Protocol):
    """A worker that keeps state for its partitions."""

    async def commit(self) -> None: ...

    def forget(self, partitions: set[TopicPartition]) -> None: ...


class CommitOnRevoke(ConsumerRebalanceListener):  # type: ignore[misc]
    """Commits before partitions go to another worker, and forgets what was kept for them."""

    def __init__(self, worker: PartitionWorker) -> None:
        self._worker = worker

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        # The order matters: after `forget` nothing is known that could be committed.
        await self._worker.commit()
        self._worker.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        log.info("Partitions assigned", extra={"count": len(assigned)})
