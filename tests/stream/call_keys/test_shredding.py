"""What a receipt says of logs whose records were sealed; destroying keys on a broker is in tests/integration."""

from __future__ import annotations

import pytest

from tonewatch.stream.call_keys import shredding
from tonewatch.stream.call_keys.key_index import KeyIndex, mark_key
from tonewatch.stream.call_keys.shredding import Shredding, shred, told
from tonewatch.stream.codec import encode
from tonewatch.stream.erasure.receipt import Remains
from tonewatch.stream.messages import CallShredded
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import ALERTS, AUDIT, CALLS

NOW = 1_789_000_000_000

REMAINS = [Remains(where=name, why="a log", until_at_ms=7) for name in (ALERTS.name, CALLS.dlq, AUDIT.name)]


def test_what_was_sealed_is_told_as_unreadable_since_when_and_what_was_not_is_not() -> None:
    alerts, letters, audit = told(REMAINS, Shredding(destroyed=1, at_ms=1_789_000_000_000))
    for one in (alerts, letters):
        assert "cannot be read since 2026-09-10T00:26:40Z" in one.why and "in the clear" in one.why
        assert one.until_at_ms == 7
    assert audit == REMAINS[2]


def test_without_keys_a_receipt_says_what_it_said_before() -> None:
    assert told(REMAINS, None) == REMAINS


async def test_an_erasure_writes_its_mark_though_somebody_else_s_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = encode(CallShredded(call_id="c", at_ms=0))
    written = [(mark_key(b"c"), forged, NOW - 40 * 24 * 3_600_000)]

    class Topic:
        """Read to its end when it starts; what is written is known at once."""

        def __init__(self, _settings: KafkaSettings, index: KeyIndex) -> None:
            self.index = index

        async def start(self) -> None:
            for one in written:
                self.index.apply(*one)

        async def stop(self) -> None: ...

        async def caught_up(self) -> None: ...

        async def write(self, _call: bytes, key: bytes, value: bytes) -> None:
            written.append((key, value, NOW))
            self.index.apply(*written[-1])

    monkeypatch.setattr(shredding, "KeyTopic", Topic)
    done = await shred(KafkaSettings(call_keys="on"), "c", lambda: NOW)
    assert done is not None and len(written) == 2
    later = KeyIndex()
    for one in written[1:]:  # What a compaction leaves.
        later.apply(*one)
    later.prune(NOW - 36 * 24 * 3_600_000)
    assert later.shredded_at_ms(b"c") == NOW
