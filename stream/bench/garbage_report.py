"""What a garbage bench found, and which of the dead letters answer what was malformed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

import msgspec

from tonewatch.stream.bench.flooding import FloodOutcome, is_clean
from tonewatch.stream.kafka.dead_letters import DeadLetter

MEMORY_MB = 700.0
"""What no process may come to need, whatever is sent: a listener with its encoder has 200."""

REFUSED = ("undecodable", "unknown_version", "too_large", "too_deep", "batch_too_large")
"""Reasons of a dead letter that say that the record itself is malformed."""

OUR_FAULT = "failed"
"""Reason of a dead letter whose record made our own code raise."""

Offset = tuple[str, int, int]
"""Of a record: topic, partition, offset."""


class GarbageReport(msgspec.Struct, kw_only=True):
    """`crashes` are processes that ended by themselves, `failed` records that made our code raise.

    Of one flood alone nothing else is sent: `inputs` is 0."""

    broker: str
    inputs: int
    per_target: dict[str, int]
    malformed: int
    malformed_without_letter: int
    wrong_dead_letters: int
    failed: int
    crashes: int
    hangs: int
    doors_wrong: int
    dead_letters: dict[str, int]
    bombs: int = 0
    good_calls: int = 0
    good_calls_lost: int = 0
    floods: list[FloodOutcome] = []
    broken_calls: int = 0
    broken_calls_different: list[str] = []
    most_memory_mb: dict[str, float] = {}

    @property
    def is_clean(self) -> bool:
        wrong = (self.malformed_without_letter, self.wrong_dead_letters, self.failed, self.crashes, self.hangs)
        return not (
            any(wrong)
            or self.doors_wrong
            or self.good_calls_lost
            or self.broken_calls_different
            or not all(is_clean(one) for one in self.floods)
            or any(size > MEMORY_MB for size in self.most_memory_mb.values())
        )


@dataclass(frozen=True)
class Answered:
    """What the dead-letter topics hold beside what was malformed."""

    missing: int
    wrong: int
    failed: int
    by_reason: dict[str, int]
    notes: list[str]


def answered(found: Sequence[DeadLetter], malformed: set[Offset], refused: Container[bytes] = ()) -> Answered:
    """`refused`: records of good calls that must be refused, wherever they came to lie."""
    without = malformed - {(letter.topic, letter.partition, letter.offset) for letter in found}
    decodable = [one for one in found if one.reason in REFUSED and one.value not in refused]
    wrong = [one for one in decodable if (one.topic, one.partition, one.offset) not in malformed]
    failed = [one for one in found if one.reason == OUR_FAULT]
    notes = [f"{one.topic} {one.name}: {one.error}" for one in (*wrong, *failed)]
    notes += [f"without a letter: {offset}" for offset in sorted(without)[:10]]
    by_reason = dict(Counter(f"{one.topic} {one.reason}" for one in found))
    return Answered(len(without), len(wrong), len(failed), by_reason, notes)
