"""Dead letters: what cannot be used goes to `<topic>.dlq` with its reason, can be read there, and sent back."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from tonewatch.stream.errors import (
    BadRecord,
    BrokerError,
    NotTheCallers,
    SettingsError,
    TooLarge,
    Undecodable,
    Unprocessable,
)
from tonewatch.stream.kafka import bounded_fetch
from tonewatch.stream.kafka.clients import Sender, deliver, make_admin, make_consumer, start
from tonewatch.stream.kafka.record_key import WRONG_KEY
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings, plain_settings
from tonewatch.stream.topics import TOPICS, Topic

log = logging.getLogger(__name__)

FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a record can make our own code raise; it goes to the dead letters and the partition goes on. A size that Kafka
refuses is no fault of the code: it is raised as TooLarge, a BadRecord like those of the decoders."""

WITHHELD = "withheld"
"""Header of a letter without its record, of which nothing is kept; its value says why."""

Why = Literal["no_notice", "derived", "wrong_key"]
"""Nobody said that the caller was told; records of this topic hold what was derived of a voice, or words; or the key is
another call's, and no erasure of its own would find the letter."""

_NOT_KEPT: Final[dict[Why, str]] = {
    "no_notice": "What was sent is not kept: nobody said that the caller was told of the analysis.",
    "derived": "What was sent is not kept a second time: such records hold what was derived of a voice, or words.",
    "wrong_key": "What was sent is not kept: an erasure of its call would not find it.",
}
"""Instead of a decoder's text, which may quote what was sent."""

_PLACE: Final = re.compile(r" - at `(\$[^`]*)`")
"""In a text of msgspec: the way to the field that is wrong, by names of our own."""

LONGEST_ERROR = 1_000
"""Characters of the error in a dead letter's header: a decoder's text quotes the value that it does not know."""

ORIGINAL = "original."
"""Headers of the record as it was carry this before their names."""

ERASED = "erased"
"""Header of a delivery that lost what it told of a call, because that was erased: a hash of the call's id."""

REPLAYED = "replayed_from"
"""Header of a record that came back: topic, partition and offset of its dead letter."""

AGAIN = "again"
"""Header of a record that came back and is to be used even where it was already, after its dead letter was written."""


@dataclass(frozen=True)
class DeadLetter:
    """One of them. `value` are the original bytes; empty, with `left_out_bytes` > 0, when there was no room for it
    or (`withheld`) when nothing of it may be kept, and why.

    `door`: that of a frame that came to it and never was a record; '' of a record.
    """

    topic: str
    dlq: str
    dlq_partition: int
    dlq_offset: int
    at_ms: int
    reason: str
    error: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    left_out_bytes: int = 0
    door: str = ""
    withheld: str = ""

    @property
    def name(self) -> str:
        """What it is called by: partition and offset in the dead-letter topic."""
        return f"{self.dlq_partition}:{self.dlq_offset}"

    @property
    def where(self) -> str:
        """What it was, where it lay, and how large it was, in words."""
        size = self.left_out_bytes or len(self.value)
        if not self.door:
            reasons = {
                "": "",
                "derived": ", not kept: it holds what was derived, or words",
                WRONG_KEY: ", not kept: another call's key",
            }
            kept = reasons.get(self.withheld, ", not kept: no notice was given")
            return f"{self.topic} partition {self.partition} offset {self.offset}, key {self.key!r}, {size} bytes{kept}"
        call = f"of call {self.key!r}" if self.key else "before its call was known"
        kept = ", not kept: no notice was given" if self.left_out_bytes else ""
        return f"a frame at the door {self.door}, {call}, {size} bytes{kept}"


def find_topic(name: str) -> Topic:
    """The topic that `name` means: its own name, its dead-letter topic's, or a part that only one has (`calls`).

    Raises:
        SettingsError: none, or several.
    """
    plain = name.removesuffix(".dlq")
    # A whole name first: it may be a part of another one too.
    found = [t for t in TOPICS if t.name == plain] or [t for t in TOPICS if plain and plain in t.name]
    if len(found) != 1:
        raise SettingsError(f"'{name}' names no topic: choose from {', '.join(t.name for t in TOPICS)}.")
    return found[0]


def read_letter(record: ConsumerRecord) -> DeadLetter:
    """A record of a dead-letter topic, whoever wrote it: headers that are missing or no numbers read as unknown."""
    # Anybody can write to a dead-letter topic: nothing here may raise on what stands there.
    said = {name: value.decode(errors="replace") for name, value in record.headers if not name.startswith(ORIGINAL)}
    return DeadLetter(
        topic=record.topic.removesuffix(".dlq"),
        dlq=record.topic,
        dlq_partition=record.partition,
        dlq_offset=record.offset,
        at_ms=record.timestamp,
        reason=said.get("reason", "unknown"),
        error=said.get("error", ""),
        partition=_number(said.get("partition")),
        offset=_number(said.get("offset")),
        key=record.key,
        value=record.value or b"",
        headers=tuple((name.removeprefix(ORIGINAL), v) for name, v in record.headers if name.startswith(ORIGINAL)),
        left_out_bytes=max(0, _number(said.get("left_out_bytes"))),
        door=said.get("door", ""),
        withheld=said.get(WITHHELD, ""),
    )


def _number(text: str | None) -> int:
    # int() would also take "1_0", " 7" and digits of other scripts.
    return int(text) if text is not None and text.isascii() and text.isdigit() else -1


async def letters(kafka: KafkaSettings | str, wanted: Sequence[Topic]) -> AsyncIterator[DeadLetter]:
    """Every dead letter of these topics, oldest first within a partition, up to the present end.

    `kafka` may be the plain address of brokers without security.

    Raises:
        BrokerError: Kafka does not answer.
        AccessRefused: it refuses us.
    """
    settings = plain_settings(kafka) if isinstance(kafka, str) else kafka
    consumer = make_consumer(settings, [], None)
    try:
        partitions = await partitions_of(settings, [topic.dlq for topic in wanted])
        await start(consumer, settings, retry_for_s=0.0)
        for partition in partitions:
            async for record in records_of(consumer, partition):
                yield read_letter(record)
    except KafkaError as error:
        away = BrokerError(f"Kafka at {settings.kafka} does not answer ({type(error).__name__}).")
        raise not_allowed(error, settings) or away from error
    finally:
        await consumer.stop()


async def partitions_of(settings: KafkaSettings, wanted: Sequence[str]) -> list[TopicPartition]:
    """All partitions of those of the topics that are there.

    Raises:
        BrokerError: Kafka does not answer.
    """
    admin = make_admin(settings)
    try:
        await start(admin, settings, retry_for_s=0.0)
        # A topic may not be there yet: an earlier release made fewer of them.
        there = set(await admin.list_topics())
        described = await admin.describe_topics([name for name in wanted if name in there])
    finally:
        await admin.close()
    return [TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"]]


async def records_of(consumer: AIOKafkaConsumer, partition: TopicPartition) -> AsyncIterator[ConsumerRecord]:
    """All of a partition, up to its end as it is now."""
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    # The end as it is now: letters that come while these are read belong to the next look.
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=500)).get(partition, []):
            yield record


async def with_bytes(kafka: KafkaSettings, found: Sequence[DeadLetter]) -> list[DeadLetter]:
    """Those that hold nothing because of what is derived, with what lies in their topics; the others as they are.

    What is no longer there stays without.

    Raises:
        BrokerError: Kafka does not answer.
        AccessRefused: it refuses us.
    """
    if not any(letter.withheld == "derived" for letter in found):
        return list(found)
    consumer = make_consumer(kafka, [], None)
    try:
        await start(consumer, kafka, retry_for_s=0.0)
        return [await _with_bytes(consumer, letter) if letter.withheld == "derived" else letter for letter in found]
    except KafkaError as error:
        away = BrokerError(f"Kafka at {kafka.kafka} does not answer ({type(error).__name__}).")
        raise not_allowed(error, kafka) or away from error
    finally:
        await consumer.stop()


async def _with_bytes(consumer: AIOKafkaConsumer, letter: DeadLetter) -> DeadLetter:
    partition = TopicPartition(letter.topic, letter.partition)
    consumer.assign([partition])
    first = (await consumer.beginning_offsets([partition]))[partition]
    end = (await consumer.end_offsets([partition]))[partition]
    if not first <= letter.offset < end:
        return letter
    consumer.seek(partition, letter.offset)
    record: ConsumerRecord | None = None
    while record is None and await consumer.position(partition) < end:
        record = next(iter((await consumer.getmany(partition, timeout_ms=500, max_records=1)).get(partition, [])), None)
    if record is None or record.offset != letter.offset:
        return letter
    value, headers = record.value or b"", tuple(record.headers)
    return replace(letter, key=record.key, value=value, headers=headers, left_out_bytes=0, withheld="")


async def replay_letter(producer: AIOKafkaProducer, letter: DeadLetter, *, again: bool = False) -> None:
    """Write the original bytes to the topic they came from, with their key and headers and where they were meanwhile.

    `again`: a message to a receiver that was delivered since is to be sent once more.

    Raises:
        SettingsError: its bytes were left out, or it never was a record.
    """
    if letter.door:
        raise SettingsError(
            f"Dead letter {letter.name} of {letter.dlq} is {letter.where}: it never was a record, and no reader would "
            "take it for one. See what its sender does."
        )
    if letter.left_out_bytes:
        raise SettingsError(
            f"Dead letter {letter.name} of {letter.dlq} has no bytes: they lie in {letter.topic}, partition "
            f"{letter.partition}, offset {letter.offset}, as long as Kafka keeps them."
        )
    came_from = f"{letter.dlq}/{letter.dlq_partition}/{letter.dlq_offset}".encode()
    headers = [*letter.headers, (REPLAYED, came_from), *([(AGAIN, b"1")] if again else [])]
    await deliver(producer, letter.topic, letter.value, key=letter.key, headers=headers)


def dead_letter_headers(topic: str, partition: int, offset: int, error: BadRecord) -> list[tuple[str, bytes]]:
    """What a dead letter says of the record it was: why, and where it lay."""
    return [
        ("reason", error.reason.encode()),
        ("error", str(error)[:LONGEST_ERROR].encode()),
        ("topic", topic.encode()),
        ("partition", str(partition).encode()),
        ("offset", str(offset).encode()),
    ]


def note_dead_letter(metrics: Metrics, topic: str, partition: int, offset: int, error: BadRecord) -> None:
    """Count and log a record that went to its dead-letter topic."""
    metrics.dead_letters.labels(topic=topic, reason=error.reason).inc()
    log.warning(
        "A record went to its dead-letter topic",
        extra={"topic": topic, "partition": partition, "offset": offset, "reason": error.reason},
    )


@dataclass(frozen=True)
class Letter:
    """A dead letter as it is written."""

    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


def compose(
    where: tuple[str, int, int],
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    error: BadRecord,
    *,
    withheld: Why | None = None,
) -> tuple[BadRecord, list[Letter]]:
    """The error that the letter of a record bears, and the letter in the forms to be tried, the whole one first.

    `where`: topic, partition and offset. `withheld`: why nothing of the record is kept, nor what an error quotes of it,
    as it never is of a topic of what was derived; the letter has reason, place and size. The last form holds no bytes,
    key or headers of the record, and says where they lie; it is the only one of a record that stands for a batch which
    was not unpacked.
    """
    original = list(headers)
    left_out = dict(original).get(bounded_fetch.LEFT_OUT)
    if left_out is not None and not value:
        text = f"The batch was not unpacked: {left_out.decode(errors='replace')}."
        error = Undecodable(text, reason="batch_too_large")
    size = str(len(value or b"") or bounded_fetch.LARGEST_BATCH).encode()
    if withheld is None:
        withheld = _withheld_of(where[0]) or ("wrong_key" if error.reason == WRONG_KEY else None)
    if withheld is not None:
        ours = dead_letter_headers(*where, BadRecord(_unquoted(error, withheld), reason=error.reason))
        return error, [Letter(None, b"", [*ours, ("left_out_bytes", size), (WITHHELD, withheld.encode())])]
    ours = dead_letter_headers(*where, error)
    whole = Letter(key, value or b"", [*ours, *((f"{ORIGINAL}{name}", content) for name, content in original)])
    without = Letter(None, b"", [*ours, ("left_out_bytes", size)])
    return error, [without] if error.reason == "batch_too_large" else [whole, without]


def _unquoted(error: BadRecord, withheld: Why) -> str:
    """What may be told of the error: where the decoder stopped, or our own words, in which no record's stand."""
    if withheld == "no_notice":
        return _NOT_KEPT[withheld]
    if isinstance(error, NotTheCallers | TooLarge | Unprocessable):
        return f"{error} ({_NOT_KEPT[withheld]})"
    found = _PLACE.search(str(error))
    return f"{_NOT_KEPT[withheld]} It is wrong at {found[1]}." if found else _NOT_KEPT[withheld]


_DERIVED: Final = frozenset(topic.name for topic in TOPICS if topic.derived)


def _withheld_of(topic: str) -> Why | None:
    """Why the dead letters of a topic, or of a shadow's in its place, hold nothing of its records."""
    return "derived" if topic.partition(".shadow.")[0] in _DERIVED else None


class DeadLetters:
    """Writes what cannot be used to `<topic>.dlq`: the original bytes, with the reason in headers."""

    def __init__(self, producer: Sender, metrics: Metrics) -> None:
        self._producer = producer
        self._metrics = metrics

    async def send(
        self, topic: Topic, record: ConsumerRecord, error: BadRecord, *, withheld: Why | None = None
    ) -> None:
        """Write one record and wait until Kafka has it.

        A record that its dead-letter topic has no room for leaves its headers there, and where it lies; one that is
        `withheld`, or of a topic of what was derived, its reason, place and size alone.
        """
        where = (record.topic, record.partition, record.offset)
        error, forms = compose(where, record.key, record.value, record.headers, error, withheld=withheld)
        await self._write(topic, forms)
        note_dead_letter(self._metrics, *where, error)

    async def refer(self, topic: Topic, partition: int, offset: int, error: BadRecord) -> None:
        """As `send`, of a record whose bytes are no longer at hand: the letter says where they lie."""
        _, forms = compose((topic.name, partition, offset), None, None, (), error)
        await self._write(topic, forms[-1:])
        note_dead_letter(self._metrics, topic.name, partition, offset, error)

    async def _write(self, topic: Topic, forms: list[Letter]) -> None:
        for form in forms[:-1]:
            try:
                await deliver(self._producer, topic.dlq, form.value, key=form.key, headers=form.headers)
            except TooLarge:
                continue
            return
        last = forms[-1]
        await deliver(self._producer, topic.dlq, last.value, key=last.key, headers=last.headers)
