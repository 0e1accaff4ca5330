"""Which topics are sealed: each that is kept by time and tells of a call, or of none at all."""

from __future__ import annotations

from tonewatch.stream.access import TABLES
from tonewatch.stream.call_keys.sealed_topics import (
    SEALED_TOPICS,
    call_of,
    deflates,
    is_changelog,
    is_letters,
    is_sealed_topic,
)
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.topics import AUDIT, CALLERS, CALLS, CLOCKS, DELIVERIES, KEYS, SEGMENTS, TOPICS, changelog_topics


def test_every_topic_of_calls_that_forgets_by_time_alone_is_sealed() -> None:
    by_time = {topic.name for topic in TOPICS if "compact" not in topic.kafka_config()["cleanup.policy"]}
    assert {topic.name for topic in SEALED_TOPICS} == by_time - {AUDIT.name}
    assert not any(is_sealed_topic(topic.name) for topic in (AUDIT, CALLERS, CLOCKS, DELIVERIES, KEYS))


def test_dead_letters_and_shadows_are_sealed_as_what_they_stand_for() -> None:
    shadow = Shadow("new-model")
    for topic in SEALED_TOPICS:
        assert is_sealed_topic(topic.dlq) and is_letters(topic.dlq) and not is_letters(topic.name)
        assert is_sealed_topic(shadow.named(topic.name)) and is_sealed_topic(shadow.named(topic.dlq))
    assert not is_sealed_topic(DELIVERIES.dlq) and not is_sealed_topic(shadow.named(CLOCKS.name))


def test_a_changelog_is_sealed_by_the_call_that_its_key_names_in_json() -> None:
    for app in ("tonewatch-monitor", "tonewatch-monitor-new-model"):
        (changelog,) = changelog_topics(app, TABLES)
        assert is_sealed_topic(changelog.name) and is_changelog(changelog.name) and not is_letters(changelog.name)
        assert call_of(changelog.name, b'"c-1"') == b"c-1" == call_of(SEGMENTS.name, b"c-1")
        assert call_of(changelog.name, b"no json") == b"no json"


def test_json_is_deflated_and_audio_is_not() -> None:
    assert deflates(SEGMENTS.name) and not deflates(CALLS.name) and not deflates(CALLS.dlq)
