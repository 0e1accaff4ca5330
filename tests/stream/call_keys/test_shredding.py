"""What a receipt says of logs whose records were sealed; destroying keys on a broker is in tests/integration."""

from __future__ import annotations

from tonewatch.stream.call_keys.shredding import Shredding, told
from tonewatch.stream.erasure.receipt import Remains
from tonewatch.stream.topics import ALERTS, AUDIT, CALLS

REMAINS = [Remains(where=name, why="a log", until_at_ms=7) for name in (ALERTS.name, CALLS.dlq, AUDIT.name)]


def test_what_was_sealed_is_told_as_unreadable_since_when_and_what_was_not_is_not() -> None:
    alerts, letters, audit = told(REMAINS, Shredding(destroyed=1, at_ms=1_789_000_000_000))
    for one in (alerts, letters):
        assert "cannot be read since 2026-09-10T00:26:40Z" in one.why and "in the clear" in one.why
        assert one.until_at_ms == 7
    assert audit == REMAINS[2]


def test_without_keys_a_receipt_says_what_it_said_before() -> None:
    assert told(REMAINS, None) == REMAINS
