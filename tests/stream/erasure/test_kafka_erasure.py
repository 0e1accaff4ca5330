from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from tonewatch.stream.access import use_of
from tonewatch.stream.codec import decode_clock, decode_delivery, encode
from tonewatch.stream.erasure.kafka_erasure import (
    Tombstone,
    compacted,
    is_key_of,
    logs,
    missing_mark,
    remains,
    told_of,
    tombstones,
    write,
)
from tonewatch.stream.messages import CallClock
from tonewatch.stream.topics import CALLERS, CALLS, CLOCKS, DELIVERIES, KEYS, MARKS, TOPICS, dead_letter_topics
from tonewatch.workers.listen.partition import PartitionState

GOLDEN = (Path(__file__).parents[1] / "golden" / "delivery.json").read_bytes().strip()
DELIVERY = decode_delivery(GOLDEN)
AT = TopicPartition(DELIVERIES.name, 0)
HOUR_MS = 3_600_000


def test_every_topic_forgets_by_time_or_by_key_and_the_command_may_read_all_of_them() -> None:
    known = {topic.name for topic in (*TOPICS, *dead_letter_topics())}
    by_key, by_time = set(compacted("tonewatch-monitor")), set(logs("tonewatch-monitor"))
    marks = {MARKS.name}  # A hash is all that it holds of a call, and the erasure writes it.
    assert known <= by_key | by_time | marks
    assert not marks & (by_key | by_time)
    assert not by_key & by_time
    assert by_key | by_time | marks == set(use_of("erase").reads)
    # Of the keys of calls it takes away what stands under a call and a key: call_keys/shredding.py.
    # To the calls it writes that the notice is withdrawn: erasure/notice.py.
    assert by_key | {KEYS.name, CALLS.name} | marks == set(use_of("erase").writes)


def test_the_key_of_a_call_is_its_id_in_the_callers_topic_with_the_caller_before_it() -> None:
    assert is_key_of(CLOCKS.name, b"c/1", "c/1")
    changelog = "tonewatch-monitor-calls-changelog"
    assert is_key_of(changelog, b'"c/1"', "c/1")
    assert is_key_of(changelog, '"ü"'.encode(), "ü") and is_key_of(changelog, b'"\\u00fc"', "ü")
    assert is_key_of(CALLERS.name, b"5f0c/c/1", "c/1")
    assert not is_key_of(CALLERS.name, b"5f0c", "5f0c")
    assert not is_key_of(CLOCKS.name, b"c/12", "c/1")


def test_an_id_in_quotation_marks_is_another_call_s() -> None:
    changelog = "tonewatch-monitor-calls-changelog"
    assert not is_key_of(changelog, b'"c"', '"c"')
    assert is_key_of(changelog, b'"\\"c\\""', '"c"')
    assert not is_key_of(CLOCKS.name, b'"c"', "c")
    assert not any(is_key_of(changelog, key, "c") for key in (b"c", b"\xff", b""))


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


CLOCK, CHANGELOG = TopicPartition(CLOCKS.name, 1), TopicPartition("tonewatch-monitor-calls-changelog", 1)


def test_what_a_listener_must_go_on_knowing_of_an_erased_call_lies_under_a_hash_of_its_id() -> None:
    kept = {(CLOCK, b"c-1"): encode(CallClock(call_id="c-1", withdrawn=True)), (CLOCK, b"c-2"): b"{}"}
    over, mark = tombstones(kept, "c-1")
    assert (over.key, over.value, over.is_mark) == (b"c-1", None, False)
    assert mark.value is not None and mark.is_mark and mark.partition == CLOCK
    assert b"c-1" not in mark.key + mark.value
    listener = PartitionState()
    listener.know(OrderedDict([(decode_clock(mark.value).call_id, decode_clock(mark.value))]))
    found = listener.clock("c-1")
    assert (found is not None and found.withdrawn, listener.notice_of(b"c-1"), listener.clock("c-2")) == (
        True,
        False,
        None,
    )
    assert tombstones({(CLOCK, mark.key): mark.value}, "c-1") == []


def test_a_call_of_which_no_clock_was_written_has_its_mark_too() -> None:
    clocks = [TopicPartition(CLOCKS.name, number) for number in (1, 0)]
    (mark,) = missing_mark({}, [], clocks, "c-1")
    assert mark.is_mark and mark.partition in clocks and mark.value is not None
    assert decode_clock(mark.value).withdrawn and b"c-1" not in mark.key + mark.value
    assert missing_mark({(clocks[0], mark.key): mark.value}, [], clocks, "c-1") == []
    assert missing_mark({}, tombstones({(CLOCK, b"c-1"): b"{}"}, "c-1"), clocks, "c-1") == []
    assert missing_mark({}, [], [], "c-1") == []


async def test_a_mark_is_written_beside_the_tombstones_and_is_none_of_what_was_taken_away() -> None:
    sent: list[tuple[str, bytes | None]] = []

    class Producer:
        async def send(self, topic: str, value: bytes | None, **_more: object) -> asyncio.Future[None]:
            sent.append((topic, value))
            return done

    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    producer: Any = Producer()
    removed = await write(producer, tombstones({(CLOCK, b"c-1"): b"{}"}, "c-1"), "c-1")
    assert [one.count for one in removed] == [1]
    assert len(sent) == 2 and sent[0][1] is None and sent[1][1] is not None


@pytest.mark.parametrize(
    ("value", "stays"),
    [
        (b'{"state": {"announced": "not_analysed", "withdrawn": true}, "seen": {"t": 5}}', True),
        (b'{"state": {"announced": "live", "withdrawn": false}}', False),
        (b'{"state": "other"}', False),
        (b"\xff", False),
    ],
)
def test_what_the_monitor_keeps_of_a_withdrawn_call_stays(value: bytes, stays: bool) -> None:
    assert (tombstones({(CHANGELOG, b'"c-1"'): value}, "c-1") == []) == stays


def test_of_a_delivery_a_person_is_handed_what_is_about_the_call_and_nothing_of_another() -> None:
    other = msgspec.structs.replace(DELIVERY.notices[0], call_id="c-2", alert_id="c-2/tone_falls/1")
    both = encode(msgspec.structs.replace(DELIVERY, notices=(*DELIVERY.notices, other)))
    own = told_of(both, "c-2")
    assert own is not None
    assert (decode_delivery(own).call_id, decode_delivery(own).notices) == ("c-2", (other,))
    assert [told_of(both, call_id) for call_id in ("c", "1", "c-", "c-12")] == [None] * 4
    assert told_of(b"no delivery of c-1", "c-1") is None
