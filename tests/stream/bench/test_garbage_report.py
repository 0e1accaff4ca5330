from __future__ import annotations

import dataclasses

from tonewatch.stream.bench.garbage_report import answered
from tonewatch.stream.kafka.dead_letters import DeadLetter
from tonewatch.stream.topics import SEGMENTS


def letter(reason: str, offset: int) -> DeadLetter:
    return DeadLetter(SEGMENTS.name, SEGMENTS.dlq, 0, offset, 0, reason, "why", 0, offset, None, b"", ())


def test_each_malformed_record_must_have_a_letter_and_no_other_record_one() -> None:
    letters = [letter("undecodable", 1), letter("undecodable", 2), letter("late", 3), letter("failed", 4)]
    found = answered(letters, {(SEGMENTS.name, 0, 1), (SEGMENTS.name, 0, 9)})
    assert (found.missing, found.wrong, found.failed) == (1, 1, 1)
    assert found.by_reason[f"{SEGMENTS.name} undecodable"] == 2


def test_a_letter_of_what_a_broken_call_had_to_send_is_not_wrong() -> None:
    letters = [dataclasses.replace(letter("undecodable", 2), value=b"a time that no call has")]
    assert answered(letters, set(), {b"a time that no call has"}).wrong == 0
