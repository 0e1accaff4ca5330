from __future__ import annotations

from typing import Any

import pytest

from tonewatch.stream.errors import SettingsError, Undecodable
from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import ListenSettings, MonitorSettings, load
from tonewatch.stream.shadow.shadow import Discarded, Shadow, sender
from tonewatch.stream.topics import ALERTS, CALLERS, CALLS, CLOCKS, RATIONALES, SEGMENTS, TOPICS, dead_letter_topics

NEW = Shadow("new-head")


class Record:
    topic, partition, offset, key, value, headers = CALLS.name, 0, 7, b"k", b"bytes", ()


class Producer:
    def __init__(self) -> None:
        self.topics: list[str] = []

    async def send(self, topic: str, value: bytes | None, *, key: bytes | None, **_more: Any) -> None:
        self.topics.append(topic)


def test_a_shadow_has_a_group_and_topics_of_its_own() -> None:
    assert NEW.group("tonewatch-listen") == "tonewatch-listen-new-head"
    assert NEW.named(SEGMENTS.name) == "tonewatch.segments.v1.shadow.new-head"
    assert NEW.named(CALLS.dlq) == "tonewatch.calls.v1.shadow.new-head.dlq"
    assert NEW.topic(SEGMENTS).dlq == NEW.named(SEGMENTS.dlq)


def test_without_a_name_everything_is_as_it_is_live() -> None:
    assert not Shadow()
    assert (Shadow().group("g"), Shadow().named("t"), Shadow().topics()) == ("g", "t", ())
    producer = Producer()
    assert sender(producer, Shadow()) is producer


async def test_what_a_shadow_writes_reaches_no_live_topic_whatever_topic_is_named() -> None:
    producer = Producer()
    writer = sender(producer, NEW)
    for topic in (*TOPICS, *dead_letter_topics()):
        await writer.send(topic.name, b"", key=b"k")
    live = {topic.name for topic in (*TOPICS, *dead_letter_topics())}
    assert len(producer.topics) == len(live) and not live & set(producer.topics)


async def test_a_shadow_s_dead_letters_lie_apart() -> None:
    producer = Producer()
    await DeadLetters(sender(producer, NEW), Metrics()).send(CALLS, Record(), Undecodable("no", reason="undecodable"))
    assert producer.topics == ["tonewatch.calls.v1.shadow.new-head.dlq"]


def test_the_topics_of_a_shadow_are_kept_as_long_and_as_compact_as_the_live_ones() -> None:
    topics = {topic.name: topic for topic in NEW.topics()}
    for live in (CLOCKS, SEGMENTS, ALERTS):
        assert topics[NEW.named(live.name)].kafka_config() == live.kafka_config()
    assert not {NEW.named(t.name) for t in (CALLS, CALLERS, RATIONALES)} & topics.keys()


def test_what_a_shadow_needs_is_what_it_reads_live_and_its_own() -> None:
    listen = NEW.needs([CALLS.name, CLOCKS.name, SEGMENTS.name, CALLS.dlq])
    assert listen == {CALLS.name, *map(NEW.named, (CLOCKS.name, SEGMENTS.name, CALLS.dlq))}
    changelog = "tonewatch-monitor-new-head-calls-changelog"
    monitor = NEW.needs([SEGMENTS.name, RATIONALES.name, RATIONALES.dlq, CALLERS.name, ALERTS.name, changelog])
    assert monitor == {CALLERS.name, changelog, *map(NEW.named, (SEGMENTS.name, ALERTS.name))}
    assert Shadow().needs([SEGMENTS.name]) == {SEGMENTS.name}


async def test_what_is_discarded_counts_as_delivered() -> None:
    delivery = await Discarded().send(key="k", value=b"v")
    assert delivery.done() and delivery.exception() is None


@pytest.mark.parametrize("name", ["Big", "a.b", "-a", "a-", "x" * 33, "a/b"])
def test_a_name_that_kafka_or_kubernetes_would_not_take_is_refused(name: str) -> None:
    for kind in (ListenSettings, MonitorSettings):
        with pytest.raises(SettingsError, match="TONEWATCH_SHADOW"):
            load(kind, shadow=name)
