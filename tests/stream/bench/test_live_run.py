from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import pytest

from tests.stream.bench.test_load import chunk
from tonewatch.stream.bench import live_run
from tonewatch.stream.bench.live_run import About, Rigged, measure
from tonewatch.stream.bench.live_watch import Delays
from tonewatch.stream.bench.load import Recording
from tonewatch.stream.local.consumer_lag import Flows, GroupLag
from tonewatch.stream.messages import CallEnded, CallStarted

CALL = Recording(
    "bill",
    (
        CallStarted(call_id="r", started_at_ms=0, roles=("customer",), notice_given=True),
        chunk(0),
        CallEnded(call_id="r", ended_at_ms=0, duration_ms=200),
    ),
)


class Watcher:
    def __init__(self, _bootstrap: str) -> None:
        return

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def look(self) -> Flows:
        return Flows(groups=(GroupLag("tonewatch-listen", "Stable", 7),))


@pytest.fixture
def rigged(monkeypatch: pytest.MonkeyPatch, fake_kafka: Any) -> Rigged:
    """A rig whose listener is this process, whose calls last 0.2 s, and whose board shows a tone when it is opened."""

    async def browse(_url: str, _session: str, delays: Delays) -> None:
        while True:
            await asyncio.sleep(0.01)
            # CPU time is counted in ticks of 10 ms: an idle process would have used none.
            used_s = time.process_time()
            while time.process_time() < used_s + 0.03:
                pass
            delays.note(delays.board_s, 1_000, 1_700)

    async def read_topics(_bootstrap: str, _delays: Delays) -> None:
        await asyncio.Event().wait()

    for name, value in (("browse", browse), ("read_topics", read_topics), ("FlowWatcher", Watcher), ("SETTLE_S", 0.0)):
        monkeypatch.setattr(live_run, name, value)
    worker = type("Worker", (), {"role": "listen", "pid": os.getpid()})()
    workers = type("Pool", (), {"workers": {"listen-1": worker}, "unasked_deaths": lambda _self: 0})()
    server = type("Server", (), {"pid": None, "bootstrap": "none"})()
    rig: Any = type("Rig", (), {"kafka": server, "redis": server, "workers": workers, "bootstrap": "none"})()
    rig.producer = fake_kafka
    about = About("abc", "2 cores", "embedded broker", words=False, reasons=False, listeners=1)
    return Rigged(rig, [CALL], 1, (), [("ws://none", "")], about)


async def test_a_measurement_counts_what_came_within_its_window_and_the_cpu_of_each_role(rigged: Rigged) -> None:
    found = await measure(rigged, 2, 0.1, 0.0)
    assert (found.calls, found.commit, found.carried, found.shed) == (2, "abc", True, {})
    assert found.speech_to_board_s_p95 == 0.7 and found.tones > 0 and found.speech_to_alert_s_p95 is None
    assert found.cpu_cores_by_role["listen"] > 0 == found.cpu_cores_by_role["broker"]
    assert found.ms_per_call_second == found.ms_per_call_second_by_role["listen"]
    assert found.lag_records_by_group == {"tonewatch-listen": (7, 7)}


async def test_a_board_that_cannot_be_read_ends_the_measurement(
    rigged: Rigged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_asked: object) -> None:
        raise ConnectionRefusedError("no board")

    monkeypatch.setattr(live_run, "browse", refused)
    with pytest.raises(ConnectionRefusedError):
        await measure(rigged, 1, 0.05, 0.0)
