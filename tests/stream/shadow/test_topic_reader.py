"""On a real broker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from aiokafka import AIOKafkaProducer

from tonewatch.stream import topics
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import Alert, Tone
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.shadow.topic_reader import read_sides
from tonewatch.stream.topics import ALERTS, TONE

from .test_comparison import alert, heard

pytestmark = pytest.mark.integration


async def write(kafka: str, topic: str, messages: Sequence[Tone | Alert | bytes], *, at_ms: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for message in messages:
        value = message if isinstance(message, bytes) else encode(message)
        await producer.send_and_wait(topic, value, key=b"k", timestamp_ms=at_ms)
    await producer.stop()


async def test_both_sides_are_read_to_their_ends_from_the_time_that_is_asked_for(
    own_broker: str, unique: Callable[[str], str]
) -> None:
    name = unique("s")
    shadow = Shadow(name)
    await topics.apply(own_broker, partitions=2, replication=1, extra=shadow.topics())
    early, late = f"early-{name}", f"late-{name}"
    for side in (Shadow(), shadow):
        await write(own_broker, side.named(TONE.name), [*heard(early)], at_ms=1_000)
        await write(own_broker, side.named(TONE.name), [b"not a message"], at_ms=1_000)
        await write(own_broker, side.named(TONE.name), [*heard(late)], at_ms=50_000)
        await write(own_broker, side.named(ALERTS.name), [alert(late, 12_000)], at_ms=50_000)
    for said in await read_sides(KafkaSettings(kafka=own_broker), shadow, 0):
        assert {early, late} <= said.tones.keys() and len(said.alerts) == 1
    for said in await read_sides(KafkaSettings(kafka=own_broker), shadow, 20_000):
        assert set(said.tones) == {late} and len(said.tones[late]) == 10


async def test_a_shadow_that_is_not_there_is_told_of(own_broker: str) -> None:
    await topics.apply(own_broker, partitions=2, replication=1)
    with pytest.raises(BrokerError, match=r"shadow\.nobody: is there a shadow"):
        await read_sides(KafkaSettings(kafka=own_broker), Shadow("nobody"), 0)
