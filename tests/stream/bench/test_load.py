from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.bench.load import Load, Recording, record
from tonewatch.stream.codec import decode_call
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.messages import AudioChunk, CallEnded, CallStarted

if TYPE_CHECKING:
    from tests.conftest import Clock, FakeKafka


def chunk(start_ms: int) -> AudioChunk:
    return AudioChunk(
        call_id="r",
        seq=start_ms // 200,
        channel=0,
        role="customer",
        codec="pcm16",
        rate_hz=8000,
        start_ms=start_ms,
        captured_at_ms=0,
        notice_given=True,
        payload=bytes(3200),
    )


BILL = Recording(
    "bill",
    (
        CallStarted(call_id="r", started_at_ms=0, roles=("customer",), notice_given=True),
        chunk(0),
        chunk(200),
        CallEnded(call_id="r", ended_at_ms=0, duration_ms=400),
    ),
)


@pytest.fixture
def wall(clock: Clock) -> Clock:
    """The wall clock that the load speaks by; what sleeps moves it."""
    clock.now_s = 1000.0
    return clock


async def test_a_recording_is_spoken_at_real_speed_under_a_name_of_its_own(fake_kafka: FakeKafka, wall: Clock) -> None:
    load = Load(fake_kafka, [BILL], 1, wall_s=wall, sleep=wall.sleep)
    await load.reference()
    sent = [decode_call(value) for _topic, value in fake_kafka.sent]
    assert {message.call_id for message in sent} == {"bill-reference"}
    chunks = [message for message in sent if isinstance(message, AudioChunk)]
    assert [one.captured_at_ms for one in chunks] == [1_000_200, 1_000_400]
    assert [(call.stem, call.started_s) for call in load.sent] == [("bill", 1000.0)]
    assert wall.now_s == pytest.approx(1000.4)


async def test_calls_follow_each_other_until_it_is_over_and_the_last_is_sent_to_its_end(
    fake_kafka: FakeKafka, wall: Clock
) -> None:
    until, load = asyncio.Event(), Load(fake_kafka, [BILL], 1, wall_s=wall, sleep=wall.sleep)

    def over() -> None:
        if len(load.sent) == 3:
            until.set()

    fake_kafka.on_send = over
    await load.keep_up(2, until)
    assert len({call.call_id for call in load.sent}) == len(load.sent) >= 4
    ends = [message for _t, value in fake_kafka.sent if isinstance(message := decode_call(value), CallEnded)]
    assert len(ends) == len(load.sent)


async def test_a_call_whose_caller_was_not_told_is_no_load(tmp_path: Path) -> None:
    for name in ("calm_enquiry.flac",):
        shutil.copy(default_folder() / name, tmp_path / name)
        shutil.copy(default_folder() / name, tmp_path / "untold.flac")
    (tmp_path / "truth.json").write_text('[{"file": "untold.flac", "notice_given": false}]')
    (recording,) = await record(find_calls(tmp_path))
    assert (recording.stem, isinstance(recording.messages[-1], CallEnded)) == ("calm_enquiry", True)
    assert recording.duration_ms == max(m.duration_ms for m in recording.messages if isinstance(m, CallEnded))


async def test_calls_that_are_cut_off_end_in_order_where_they_are_and_under_the_name_of_their_load(
    fake_kafka: FakeKafka, wall: Clock
) -> None:
    until, load = asyncio.Event(), Load(fake_kafka, [BILL], 1, name="-7", wall_s=wall, sleep=wall.sleep)

    def cut() -> None:
        if len(fake_kafka.sent) == 1:
            until.set()
            load.cut_off()

    fake_kafka.on_send = cut
    await load.keep_up(1, until)
    sent = [decode_call(value) for _topic, value in fake_kafka.sent]
    assert {message.call_id for message in sent} == {"bill-0-0-7"}
    assert [type(message) for message in sent] == [CallStarted, AudioChunk, CallEnded]
    assert isinstance(sent[-1], CallEnded) and sent[-1].duration_ms == 200


async def test_a_load_knows_how_far_it_is_behind(fake_kafka: FakeKafka, wall: Clock) -> None:
    load = Load(fake_kafka, [BILL], 1, wall_s=wall, sleep=wall.sleep)

    def hang() -> None:
        wall.now_s += 0.3

    fake_kafka.on_send = hang
    await load.reference()
    assert load.late_s > 0.1
