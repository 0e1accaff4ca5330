from __future__ import annotations

import asyncio
import os
from typing import Any

import msgspec
import pytest

from tonewatch.stream.bench.live_watch import Delays, Lag, Usage, machine_busy_s, shed_of
from tonewatch.stream.codec import encode
from tonewatch.stream.local.consumer_lag import Flows, GroupLag
from tonewatch.stream.messages import AudioSpan, Segment, Tone
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import SEGMENTS

TONE = Tone(
    call_id="c", segment_id="c/0/0", role="customer", start_ms=0, end_ms=900, tone=None, spread=0.1, risk=0.0,
    spoken_at_ms=10_000,
)  # fmt: skip
AUDIO = AudioSpan(topic="t", partition=0, first_offset=0, last_offset=1)


def segment(role: str) -> Segment:
    fields = {"call_id": "c", "segment_id": "c/0/0", "channel": 0, "role": role, "start_ms": 0, "end_ms": 900}
    return Segment(**fields, closed_by="pause", audio=AUDIO, spoken_at_ms=10_000)  # type: ignore[arg-type]


def frame(*events: Tone) -> str:
    return msgspec.json.encode({"kind": "events", "id": "1-0", "events": events}).decode()


def test_a_tone_counts_when_it_reaches_the_browser_within_the_window() -> None:
    delays = Delays()
    delays.take_frame(frame(TONE), 10_500)
    delays.is_open = True
    delays.take_frame(frame(TONE, TONE), 10_700)
    delays.take_frame(b"a packed snapshot", 10_900)
    delays.take_frame(msgspec.json.encode({"kind": "heartbeat", "at_ms": 1, "counters": {}}).decode(), 10_900)
    assert delays.board_s == [0.7, 0.7]


def test_of_the_segments_only_the_callers_count() -> None:
    delays = Delays(is_open=True)
    for role in ("customer", "agent"):
        delays.take_record(SEGMENTS.name, encode(segment(role)), 10_450)
    assert (delays.segment_s, delays.alert_s) == ([0.45], [])


def test_the_most_memory_of_a_role_is_kept_and_a_process_that_is_gone_uses_nothing() -> None:
    usage = Usage(lambda: {"bench": [os.getpid()], "gone": [2**22 + 1]})
    first = usage.sample()
    usage.most_mb["bench"] = 2 * first["bench"]
    usage.sample()
    assert usage.most_mb["bench"] == 2 * first["bench"] and first["gone"] == usage.cpu_s()["gone"] == 0.0
    assert 0 < usage.cpu_s()["bench"] <= machine_busy_s() + 1.0


async def test_what_was_shed_is_read_from_the_metrics_of_every_role(free_port: int) -> None:
    metrics = Metrics()
    metrics.shed.labels(what="llm").inc(3)
    metrics.shed.labels(what="chunks").inc()
    metrics.serve(free_port, "listen")
    nobody = 1
    assert await shed_of([free_port, nobody]) == {"llm": 3, "chunks": 1}


async def test_the_most_lag_and_the_newest_of_each_group_are_kept() -> None:
    looks = [
        Flows(groups=(GroupLag("listen", "Stable", 90),), dead_letters=1),
        Flows(groups=(GroupLag("listen", "Stable", 40),), dead_letters=2),
        Flows(),
    ]
    watcher: Any = type("Watcher", (), {"look": lambda _self: asyncio.sleep(0, looks.pop(0))})()
    lag = Lag()
    for _ in range(3):
        await lag.look(watcher)
    assert lag.by_group() == {"listen": (90, 40)} and lag.dead_letters == 2


def test_a_frame_that_is_none_of_the_boards_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        Delays(is_open=True).take_frame("what?", 0)
