"""The topics on a real broker."""

import pytest

from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages.schema import TOPIC_MESSAGES
from tonewatch.stream.topics import (
    AUDIT,
    CALLERS,
    CALLS,
    CLOCKS,
    DELIVERIES,
    HOUR_MS,
    KEYS,
    MARKS,
    TOPICS,
    apply,
    changelog_topics,
    dead_letter_topics,
)


@pytest.mark.integration
async def test_apply_creates_what_is_missing_and_then_nothing(own_broker: str) -> None:
    extra = changelog_topics("app", ("calls",))
    created = await apply(own_broker, partitions=2, replication=1, extra=extra)
    assert set(created) == {t.name for t in (*TOPICS, *dead_letter_topics(), *extra)}
    assert await apply(own_broker, partitions=2, replication=1, extra=extra) == []


async def test_no_broker_is_one_clear_error(free_port: int) -> None:
    with pytest.raises(BrokerError, match="TONEWATCH_KAFKA"):
        await apply(f"127.0.0.1:{free_port}", partitions=1, replication=1, retry_for_s=0.0)


def test_every_topic_has_a_dead_letter_topic_of_its_own() -> None:
    assert CALLS.dlq == "tonewatch.calls.v1.dlq"
    with_letters = [topic for topic in TOPICS if topic.dead_letters]
    assert len({t.name for t in (*TOPICS, *dead_letter_topics())}) == len(TOPICS) + len(with_letters)
    assert [topic for topic in TOPICS if not topic.dead_letters] == [CLOCKS, MARKS, CALLERS, AUDIT, KEYS]


def test_a_changelog_keeps_the_newest_state_of_each_call() -> None:
    (changelog,) = changelog_topics("tonewatch-monitor", ("calls",))
    assert changelog.name == "tonewatch-monitor-calls-changelog"
    assert changelog.kafka_config()["cleanup.policy"] == "compact,delete"


def test_what_others_read_is_gzip_whatever_a_producer_chose() -> None:
    packed = {topic.name: topic.kafka_config().get("compression.type") for topic in TOPICS}
    ours_alone = {CALLS.name, CLOCKS.name, MARKS.name, CALLERS.name, DELIVERIES.name, KEYS.name}
    assert {name for name, codec in packed.items() if codec == "gzip"} == TOPIC_MESSAGES.keys() - ours_alone
    assert {packed[name] for name in ours_alone} == {None}


def test_marks_lie_longer_than_whatever_of_a_call_they_guard() -> None:
    """Of every topic but those that tell of no call, and their dead letters: a longer retention needs longer marks."""
    spared = {CALLERS.name, AUDIT.name, KEYS.name, MARKS.name}
    guarded = [topic for topic in (*TOPICS, *dead_letter_topics()) if topic.name not in spared]
    assert len(guarded) > 12
    for topic in guarded:
        assert MARKS.retention_ms >= topic.longest_ms + 24 * HOUR_MS, topic.name


def test_marks_are_kept_by_the_brokers_time() -> None:
    assert MARKS.kafka_config()["message.timestamp.type"] == "LogAppendTime"
