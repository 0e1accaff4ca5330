from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition

from tonewatch.stream.access import use_of
from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.erasure.kafka_erasure import (
    Tombstone,
    compacted,
    is_key_of,
    logs,
    remains,
    tombstones,
)
from tonewatch.stream.topics import CALLERS, CALLS, CLOCKS, DELIVERIES, KEYS, TOPICS, dead_letter_topics

GOLDEN = (Path(__file__).parents[1] / "golden" / "delivery.json").read_bytes().strip()
DELIVERY = decode_delivery(GOLDEN)
AT = TopicPartition(DELIVERIES.name, 0)
HOUR_MS = 3_600_000


def test_every_topic_forgets_by_time_or_by_key_and_the_command_may_read_all_of_them() -> None:
    known = {topic.name for topic in (*TOPICS, *dead_letter_topics())}
    by_key, by_time = set(compacted("tonewatch-monitor")), set(logs("tonewatch-monitor"))
    assert known <= by_key | by_time
    assert not by_key & by_time
    assert by_key | by_time == set(use_of("erase").reads)
    # Of the keys of calls it takes away what stands under a call and a key: call_keys/shredding.py.
    assert by_key | {KEYS.name} == set(use_of("erase").writes)


def test_the_key_of_a_call_is_its_id_in_the_callers_topic_with_the_caller_before_it() -> None:
    assert is_key_of(CLOCKS.name, b"c/1", "c/1")
    assert is_key_of("tonewatch-monitor-calls-changelog", b'"c/1"', "c/1")
    assert is_key_of(CALLERS.name, b"5f0c/c/1", "c/1")
    assert not is_key_of(CALLERS.name, b"5f0c", "5f0c")
    assert not is_key_of(CLOCKS.name, b"c/12", "c/1")


def test_a_delivery_of_this_call_alone_is_laid_under_a_tombstone() -> None:
    assert tombstones({(AT, b"d"): GOLDEN}, "c-1") == [Tombstone(AT, b"d", None)]
    assert tombstones({(AT, b"d"): GOLDEN, (AT, b"e"): b"no delivery"}, "c-2") == []


def test_a_delivery_that_tells_of_other_calls_too_loses_what_it_tells_of_this_one() -> None:
    other = msgspec.structs.replace(DELIVERY.notices[0], call_id="c-2", alert_id="c-2/tone_falls/1")
    both = msgspec.structs.replace(DELIVERY, notices=(*DELIVERY.notices, other))
    (made,) = tombstones({(AT, b"d"): encode(both)}, "c-1")
    assert made.value is not None
    left = decode_delivery(made.value)
    assert (left.call_id, left.notices) == ("c-2", (other,))


@pytest.mark.parametrize(
    ("config", "longest_ms"),
    [
        ({"cleanup.policy": "delete", "retention.ms": "1000", "segment.ms": "50"}, 1050),
        ({"retention.ms": "1000"}, 1000 + 7 * 24 * HOUR_MS),
        ({"cleanup.policy": "delete", "retention.ms": "-1"}, None),
        ({"cleanup.policy": "compact", "max.compaction.lag.ms": "700"}, 700),
        ({"cleanup.policy": "compact", "max.compaction.lag.ms": str(2**63 - 1)}, None),
        (
            {
                "cleanup.policy": "compact,delete",
                "retention.ms": "1000",
                "segment.ms": "9",
                "max.compaction.lag.ms": "70",
            },
            70,
        ),
        (None, None),
    ],
)
def test_how_long_a_topic_may_still_hold_a_call_is_what_its_broker_says(
    config: dict[str, str] | None, longest_ms: int | None
) -> None:
    (one,) = remains({CALLS.name: config}, 5)
    assert one.until_at_ms == (None if longest_ms is None else 5 + longest_ms)
    assert one.why
