from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.bench.evidence import CallEvidence, Counted, Evidence
from tonewatch.stream.bench.flooding import FloodOutcome, Written, archived_calls, is_clean, measure
from tonewatch.stream.kafka.dead_letters import DeadLetter
from tonewatch.stream.topics import ALERTS, CALLS, SEGMENTS


def letter(offset: int, reason: str = "shed") -> DeadLetter:
    return DeadLetter(CALLS.name, CALLS.dlq, 0, offset, 0, reason, "why", 0, offset, None, b"", ())


def tone(spoken_at_s: float, delay_s: float) -> list[Counted]:
    return [Counted(-0.1, 0.1, 0, 1, "0", spoken_at_s, spoken_at_s + delay_s)]


FLOOD = Written(
    "one_chunk_calls",
    [((CALLS.name, 0, 1), "a"), ((CALLS.name, 0, 2), "b"), ((CALLS.name, 0, 3), "c")],
    began_s=100.0,
    ended_s=110.0,
)


def found() -> Evidence:
    good = CallEvidence(counted={"0/1": tone(90.0, 9.0), "0/2": tone(105.0, 0.5), "0/3": tone(120.0, 2.5)})
    return Evidence({"a": CallEvidence(is_opened=True), "c": CallEvidence(is_shown=True), "good": good})


def test_of_each_record_it_is_known_whether_it_was_taken_or_refused() -> None:
    (one,) = measure([FLOOD], [letter(2)], found(), ["good"])
    assert (one.records, one.refused, one.taken, one.unaccounted) == (3, {"shed": 1}, 1, 1)


def test_a_record_counts_as_taken_by_what_its_own_reader_did() -> None:
    written = [((SEGMENTS.name, 0, 1), "a"), ((SEGMENTS.name, 0, 2), "c"), ((ALERTS.name, 0, 1), "d")]
    (one,) = measure([Written("x", written)], [], found(), [], {"d"})
    assert (one.taken, one.unaccounted) == (2, 1)


def test_only_words_that_were_spoken_while_it_was_felt_count() -> None:
    (one,) = measure([FLOOD], [], found(), ["good"])
    assert (one.good_tones, one.latest_tone_s, one.median_tone_s) == (2, 2.5, 1.5)


CLEAN = FloodOutcome(
    name="x",
    records=1,
    seconds=1.0,
    refused={},
    taken=1,
    unaccounted=0,
    good_tones=4,
    median_tone_s=0.7,
    latest_tone_s=2.9,
    left_unread=0,
)


@pytest.mark.parametrize(
    "wrong", [{"unaccounted": 1}, {"good_tones": 0}, {"latest_tone_s": 3.1}, {"left_unread": 1}, {}]
)
def test_a_flood_that_good_calls_waited_for_is_not_clean(wrong: dict[str, int]) -> None:
    assert is_clean(msgspec.structs.replace(CLEAN, **wrong)) is (not wrong)


def test_the_calls_of_an_archive_are_those_of_its_alerts(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as link:
        link.execute("CREATE TABLE alerts (call_id TEXT)")
        link.executemany("INSERT INTO alerts VALUES (?)", [("a",), ("a",), ("b",)])
    assert archived_calls(tmp_path / "a.db") == {"a", "b"}
