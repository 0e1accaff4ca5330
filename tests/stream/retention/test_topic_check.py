from __future__ import annotations

import pytest

from tonewatch.stream.retention.topic_check import LATE_MS, wrong
from tonewatch.stream.topics import CALLERS, CALLS

NOW_MS = 1_790_000_000_000
MEANT = CALLS.kafka_config()


def test_a_topic_as_it_was_meant_is_right_and_one_that_keeps_less_too() -> None:
    assert wrong(CALLS, MEANT, NOW_MS - CALLS.retention_ms, NOW_MS) == []
    assert wrong(CALLS, {**MEANT, "retention.ms": "60000"}, None, NOW_MS) == []
    assert wrong(CALLERS, CALLERS.kafka_config(), None, NOW_MS) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"retention.ms": "-1"}, "retention.ms is -1"),
        ({"retention.ms": str(CALLS.retention_ms + 1)}, "retention.ms"),
        ({"segment.ms": "604800000"}, "segment.ms"),
        ({"cleanup.policy": "compact"}, "cleanup.policy is compact"),
    ],
)
def test_what_keeps_longer_is_told(changed: dict[str, str], says: str) -> None:
    (told,) = wrong(CALLS, {**MEANT, **changed}, None, NOW_MS)
    assert says in told


def test_a_topic_of_a_former_release_whose_segments_are_never_compacted_is_told() -> None:
    config = CALLERS.kafka_config()
    del config["max.compaction.lag.ms"]
    assert wrong(CALLERS, config, None, NOW_MS) == [
        "max.compaction.lag.ms is not told, and at most 86400000 was meant",
    ]


def test_a_record_that_is_older_than_settings_allow_is_told_whatever_they_say() -> None:
    longest_ms = CALLS.retention_ms + CALLS.segment_ms
    assert wrong(CALLS, MEANT, NOW_MS - longest_ms - LATE_MS, NOW_MS) == []
    (told,) = wrong(CALLS, MEANT, NOW_MS - longest_ms - LATE_MS - 1, NOW_MS)
    assert told == "its oldest record is 26 h old"
    assert len(wrong(CALLS, None, NOW_MS - 2 * longest_ms, NOW_MS)) == 2
