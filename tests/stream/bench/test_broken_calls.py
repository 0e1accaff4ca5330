from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.stream.bench.test_load import BILL
from tonewatch.stream.bench import broken_calls
from tonewatch.stream.bench.broken_calls import GROUP, WALL_MS, BrokenCalls, are_same, dated, due_ms, find_breaks
from tonewatch.stream.codec import decode_call
from tonewatch.stream.messages import AudioChunk, CallMessage

if TYPE_CHECKING:
    from tests.conftest import Clock, FakeKafka


def an_hour_later(messages: Sequence[CallMessage], at_ms: int) -> list[CallMessage]:
    return [
        msgspec.structs.replace(one, start_ms=one.start_ms + 3_600_000)
        if isinstance(one, AudioChunk) and one.start_ms >= at_ms - 24_000 + 200
        else one
        for one in messages
    ]


async def test_a_broken_call_is_sent_in_the_time_that_its_audio_takes_whatever_it_says(
    fake_kafka: FakeKafka, clock: Clock
) -> None:
    clock.now_s = 1_000.0
    broken = BrokenCalls(fake_kafka, BILL, {"leaps": an_hour_later}, wall_s=clock, sleep=clock.sleep)
    await broken.send_all()
    sent = [decode_call(value) for _, value in fake_kafka.sent]
    chunks = [one for one in sent if isinstance(one, AudioChunk)]
    assert [one.start_ms for one in chunks] == [0, 3_600_200]
    assert [one.captured_at_ms for one in chunks] == [1_000_200, 1_000_400]
    assert clock.now_s == pytest.approx(1_000.4)
    assert broken.sent == {"leaps": "bill-broken-leaps"}
    assert {one.call_id for one in sent} == {"bill-broken-leaps"}
    assert broken.refused == set()


def test_chunks_are_due_when_their_channel_s_audio_has_passed() -> None:
    assert due_ms(BILL.messages) == [0, 200, 400, 400]
    assert [one.captured_at_ms for one in dated(BILL.messages) if isinstance(one, AudioChunk)] == [
        WALL_MS + 200,
        WALL_MS + 400,
    ]


def test_alerts_are_the_same_where_their_causes_are_and_their_onsets_nearly() -> None:
    expected = (("tone", 31_000), ("dead_air", 50_000))
    assert are_same((("tone", 31_900), ("dead_air", 50_000)), expected)
    assert not are_same((("tone", 32_100), ("dead_air", 50_000)), expected)
    assert not are_same((("tone", 31_000),), expected)
    assert not are_same((("dead_air", 31_000), ("tone", 50_000)), expected)


def test_what_breaks_calls_is_brought_by_whoever_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        def load(self) -> dict[str, object]:
            return {"leaps": an_hour_later}

    monkeypatch.setattr(broken_calls, "entry_points", lambda *, group: [Point()] if group == GROUP else [])
    assert find_breaks() == {"leaps": an_hour_later}
