from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tonewatch.stream.call_hash import hash_of
from tonewatch.stream.kafka import dlq_command
from tonewatch.stream.kafka.dead_letters import DeadLetter
from tonewatch.stream.kafka.dlq_command import dlq
from tonewatch.stream.topics import CALLS, SEGMENTS, Topic


def letter(offset: int, reason: str, *, topic: Topic = SEGMENTS, left_out_bytes: int = 0) -> DeadLetter:
    return DeadLetter(
        topic=topic.name,
        dlq=topic.dlq,
        dlq_partition=0,
        dlq_offset=offset,
        at_ms=1000 * offset,
        reason=reason,
        error=f"why {offset}",
        partition=2,
        offset=40 + offset,
        key=b"c",
        value=b"what was said",
        headers=(("trace", b"7"),),
        left_out_bytes=left_out_bytes,
    )


LETTERS = [letter(0, "late"), letter(1, "undecodable"), letter(2, "late"), letter(3, "late", topic=CALLS)]


@pytest.fixture(autouse=True)
def kafka(monkeypatch: pytest.MonkeyPatch) -> list[DeadLetter]:
    """What lies in the dead-letter topics."""
    held = list(LETTERS)

    async def read(_bootstrap: str, wanted: Sequence[Topic]) -> AsyncIterator[DeadLetter]:
        for one in held:
            if one.topic in {topic.name for topic in wanted}:
                yield one

    async def gone(_settings: object) -> frozenset[str]:
        return frozenset({hash_of("gone")})

    async def with_bytes(_settings: object, found: list[DeadLetter]) -> list[DeadLetter]:
        return [replace(one, key=b"gone") if one.key is None else one for one in found]

    monkeypatch.setattr(dlq_command, "letters", read)
    monkeypatch.setattr(dlq_command, "with_bytes", with_bytes)
    monkeypatch.setattr(dlq_command, "gone_calls", gone)
    monkeypatch.setattr(dlq_command, "_out", Console(width=200, highlight=False))
    return held


def run(*arguments: str) -> str:
    result = CliRunner().invoke(dlq, list(arguments))
    return result.output + str(result.exception or "")


def test_letters_are_counted_by_topic_and_reason(kafka: list[DeadLetter]) -> None:
    rows = [line.split() for line in run("list").splitlines() if "tonewatch." in line]
    assert [(row[1], row[3], row[5]) for row in rows] == [
        (CALLS.name, "late", "1"),
        (SEGMENTS.name, "late", "2"),
        (SEGMENTS.name, "undecodable", "1"),
    ]
    kafka.clear()
    assert run("list") == "There are no dead letters.\n"


def test_what_a_person_may_have_said_is_shown_only_when_it_is_asked_for() -> None:
    assert "what was said" not in run("show", "segments")
    assert "what was said" in run("show", "segments", "--bytes")


def test_only_those_that_are_asked_for_are_shown_the_newest_last() -> None:
    assert [n for n in range(4) if f"why {n}" in run("show", "segments", "--reason", "late")] == [0, 2]
    assert [n for n in range(4) if f"why {n}" in run("show", "segments", "--only", "0:1")] == [1]
    assert [n for n in range(4) if f"why {n}" in run("show", "segments", "--limit", "1")] == [2]


def test_a_name_that_no_letter_has_is_refused() -> None:
    assert "--only 9:9: there is no such dead letter" in run("show", "segments", "--only", "0:1", "--only", "9:9")


def test_nothing_is_sent_back_of_a_call_that_was_erased(kafka: list[DeadLetter]) -> None:
    # A letter of what was derived names no call: the record that it stands for does.
    kafka[:] = [replace(letter(0, "late"), key=b"gone"), replace(letter(1, "late"), key=None), letter(2, "late")]
    said = run("replay", "segments", "--dry-run")
    assert "2 records are of calls that were erased" in said and "1 records would go" in said


def test_a_dry_run_only_says_what_would_go() -> None:
    assert run("replay", "segments", "--reason", "late", "--dry-run") == f"2 records would go to {SEGMENTS.name}.\n"
