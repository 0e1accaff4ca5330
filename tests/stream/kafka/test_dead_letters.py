"""Dead letters on a real broker, read back and sent back."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from typer.testing import CliRunner

from tonewatch.stream import topics
from tonewatch.stream.errors import SettingsError, Undecodable
from tonewatch.stream.kafka.clients import (
    make_producer,
)
from tonewatch.stream.kafka.dead_letters import DeadLetter, DeadLetters, find_topic, letters, replay_letter, with_bytes
from tonewatch.stream.kafka.dlq_command import dlq
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import ALERT_ACTIONS, CALLS, SEGMENTS, Topic

pytestmark = pytest.mark.integration


@pytest.fixture
async def kafka(own_broker: str) -> str:
    await topics.apply(own_broker, partitions=2, replication=1)
    return own_broker


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = make_producer(KafkaSettings(kafka=kafka))
    await producer.start()
    yield producer
    await producer.stop()


async def newest(kafka: str, topic: str) -> ConsumerRecord:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    batches = await consumer.getmany(timeout_ms=5000)
    await consumer.stop()
    return max((r for records in batches.values() for r in records), key=lambda r: r.timestamp)


async def buried(
    kafka: str,
    producer: AIOKafkaProducer,
    value: bytes,
    headers: list[tuple[str, bytes]] | None = None,
    topic: Topic = ALERT_ACTIONS,
) -> DeadLetter:
    """What became of a record that could not be read."""
    await producer.send_and_wait(topic.name, value, key=b"one", headers=headers)
    record = await newest(kafka, topic.name)
    await DeadLetters(producer, Metrics()).send(topic, record, Undecodable("Not JSON."))
    return [letter async for letter in letters(kafka, [topic])][-1]


async def test_a_letter_keeps_bytes_key_headers_place_and_reason_and_goes_back_as_it_was(
    kafka: str, producer: AIOKafkaProducer
) -> None:
    letter = await buried(kafka, producer, b"\x00\xff", headers=[("trace", b"7")])
    assert (letter.value, letter.key, letter.headers) == (b"\x00\xff", b"one", (("trace", b"7"),))
    assert (letter.topic, letter.reason, letter.error) == (ALERT_ACTIONS.name, "undecodable", "Not JSON.")
    await replay_letter(producer, letter)
    again = await newest(kafka, ALERT_ACTIONS.name)
    assert (again.value, again.key, again.headers[0]) == (b"\x00\xff", b"one", ("trace", b"7"))
    assert (again.partition, again.offset > letter.offset) == (letter.partition, True)


async def test_a_record_of_the_greatest_size_has_its_letter_whole(kafka: str, producer: AIOKafkaProducer) -> None:
    largest = b"x" * (ALERT_ACTIONS.max_message_bytes - 200)
    letter = await buried(kafka, producer, largest)
    assert (letter.value, letter.left_out_bytes) == (largest, 0)


async def test_a_letter_without_its_bytes_says_where_they_lie(producer: AIOKafkaProducer) -> None:
    left_out = DeadLetter(
        ALERT_ACTIONS.name, ALERT_ACTIONS.dlq, 0, 4, 0, "late", "", 1, 23, None, b"", (), left_out_bytes=9
    )
    with pytest.raises(SettingsError, match="partition 1, offset 23"):
        await replay_letter(producer, left_out)


async def test_what_was_derived_is_sent_again_from_where_it_lies(kafka: str, producer: AIOKafkaProducer) -> None:
    letter = await buried(kafka, producer, b"what was heard", [("trace", b"7")], SEGMENTS)
    assert (letter.value, letter.key, letter.headers, letter.withheld) == (b"", None, (), "derived")
    assert letter.where.endswith("14 bytes, not kept: it holds what was derived, or words")
    gone = dataclasses.replace(letter, offset=letter.offset + 1)
    found, lost = await with_bytes(KafkaSettings(kafka=kafka), [letter, gone])
    assert lost == gone
    await replay_letter(producer, found)
    again = await newest(kafka, SEGMENTS.name)
    assert (again.value, again.key, again.headers[0]) == (b"what was heard", b"one", ("trace", b"7"))
    with pytest.raises(SettingsError, match="has no bytes"):
        await replay_letter(producer, lost)


@pytest.mark.parametrize(
    ("left_out", "key", "told"),
    [
        (0, b"c-1", "a frame at the door twilio, of call b'c-1', 3 bytes"),
        (7, b"c-1", "a frame at the door twilio, of call b'c-1', 7 bytes, not kept: no notice was given"),
        (0, None, "a frame at the door twilio, before its call was known, 3 bytes"),
    ],
)
async def test_a_frame_of_a_door_is_told_as_one_and_never_sent_to_the_readers_of_calls(
    producer: AIOKafkaProducer, left_out: int, key: bytes | None, told: str
) -> None:
    value = b"" if left_out else b"odd"
    frame = DeadLetter(CALLS.name, CALLS.dlq, 0, 4, 0, "odd_length", "", -1, -1, key, value, (), left_out, "twilio")
    assert frame.where == told
    with pytest.raises(SettingsError, match="never was a record"):
        await replay_letter(producer, frame)


async def test_headers_that_anybody_could_write_do_not_stop_the_reading(kafka: str, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(CALLS.dlq, None, key=b"", headers=[("partition", b"\xff"), ("topic", b"elsewhere")])
    (letter,) = [letter async for letter in letters(kafka, [CALLS])]
    assert (letter.topic, letter.partition, letter.reason, letter.value) == (CALLS.name, -1, "unknown", b"")


def test_the_command_lists_shows_and_says_what_it_would_replay(kafka: str) -> None:
    listed = CliRunner().invoke(dlq, ["list", "--kafka", kafka])
    shown = CliRunner().invoke(dlq, ["show", "alert_actions", "--reason", "undecodable", "--kafka", kafka])
    dry = CliRunner().invoke(dlq, ["replay", "alert_actions", "--dry-run", "--kafka", kafka])
    assert ALERT_ACTIONS.name in listed.output and "undecodable" in listed.output
    assert "Not JSON." in shown.output and "x" * 100 not in shown.output
    assert f"2 records would go to {ALERT_ACTIONS.name}" in dry.output


@pytest.mark.parametrize("name", ["", "v1", "nothing"])
def test_a_name_that_means_no_topic_or_several_is_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        find_topic(name)
