"""The typed client on both brokers: what was written comes out, decoded, and is committed once it was handled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream import topics
from tonewatch.stream.client import alerts, rationales, segments, tones
from tonewatch.stream.codec import decode_alert
from tonewatch.stream.errors import BrokerError, UnknownVersion
from tonewatch.stream.kafka.clients import deliver, make_producer, start, stop
from tonewatch.stream.settings import KafkaSettings, load, plain_settings
from tonewatch.stream.topics import ALERTS, RATIONALES, SEGMENTS, TONE

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
async def kafka(own_broker: str) -> KafkaSettings:
    settings = load(KafkaSettings, kafka=own_broker)
    await topics.apply(settings, partitions=1, replication=1)
    return settings


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


async def write(kafka: KafkaSettings, topic: str, *values: bytes) -> None:
    producer = make_producer(kafka)
    await start(producer, kafka)
    try:
        for value in values:
            await deliver(producer, topic, value, key=b"c-1")
    finally:
        await stop(producer)


async def take(messages: AsyncGenerator[Any, None], count: int, within_s: float) -> list[Any]:
    found = []
    async with aclosing(messages), asyncio.timeout(within_s):
        async for message in messages:
            found.append(message)
            if len(found) == count:
                break
    return found


@pytest.mark.integration
async def test_each_topic_comes_out_as_its_messages(kafka: KafkaSettings, timeout_factor: float) -> None:
    readers = {
        (TONE.name, "tone"): tones(kafka),
        (RATIONALES.name, "rationale"): rationales(kafka),
        (SEGMENTS.name, "words"): segments(kafka),
    }
    for (topic, name), messages in readers.items():
        await write(kafka, topic, golden(name))
        (message,) = await take(messages, 1, 60 * timeout_factor)
        assert message.__struct_config__.tag == name


@pytest.mark.integration
async def test_a_group_goes_on_behind_what_it_handled_and_what_is_no_message_is_left_out(
    kafka: KafkaSettings, timeout_factor: float
) -> None:
    alert = decode_alert(golden("alert"))
    events = [msgspec.json.encode(msgspec.structs.replace(alert, seq=seq)) for seq in range(3)]
    await write(kafka, ALERTS.name, events[0], b"{not a message", events[1])
    async with aclosing(alerts(kafka, group="client")) as reader, asyncio.timeout(60 * timeout_factor):
        assert [(await anext(reader)).seq, (await anext(reader)).seq] == [0, 1]
        following = asyncio.create_task(anext(reader))  # asked for: the two before it are handled
        await write(kafka, ALERTS.name, events[2])
        assert (await following).seq == 2
    # The third was given out and not handled: it comes again, the others do not.
    assert [one.seq for one in await take(alerts(kafka, group="client"), 1, 60 * timeout_factor)] == [2]
    # Without a group everything comes.
    assert [one.seq for one in await take(alerts(kafka), 3, 60 * timeout_factor)] == [0, 1, 2]
    await write(kafka, ALERTS.name, golden("alert").replace(b'"v":1', b'"v":2', 1))
    with pytest.raises(UnknownVersion, match="update the reader"):
        await take(alerts(kafka), 4, 60 * timeout_factor)


async def test_no_broker_is_one_clear_error(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(client: Any, settings: KafkaSettings) -> None:
        await start(client, settings, retry_for_s=0.0)

    monkeypatch.setattr("tonewatch.stream.client.events.start", at_once)
    with pytest.raises(BrokerError, match="TONEWATCH_KAFKA"):
        await take(alerts(plain_settings(f"127.0.0.1:{free_port}")), 1, 60)
