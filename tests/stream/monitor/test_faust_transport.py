"""What faust would drop after a recovery stays in the queues."""

import asyncio
from pathlib import Path
from typing import Any

import faust
import pytest
from faust.tables.recovery import RebalanceAgain
from mode.utils.queues import FlowControlQueue

from tonewatch.stream.monitor.app import make_app
from tonewatch.stream.monitor.callers import Callers
from tonewatch.stream.monitor.faust_transport import BoundedRecovery, KeepingFlowControl, UnbrokenConsumer
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.tone.config import ToneConfig


async def test_a_second_resume_keeps_what_came_after_the_first() -> None:
    flow = KeepingFlowControl()
    queue: FlowControlQueue[int] = FlowControlQueue(flow_control=flow, clear_on_resume=True)
    flow.resume()
    await queue.put(1)
    flow.resume()
    assert (flow.is_active(), queue.qsize()) == (True, 1)


async def test_partitions_that_are_taken_away_still_empty_the_queues() -> None:
    flow = KeepingFlowControl()
    queue: FlowControlQueue[int] = FlowControlQueue(flow_control=flow, clear_on_resume=True)
    flow.resume()
    await queue.put(1)
    flow.suspend()
    flow.clear()
    assert (flow.is_active(), queue.qsize()) == (False, 0)


def recovery_of(app: faust.App) -> Any:
    tables: Any = app.tables
    return tables.recovery


def test_the_monitor_uses_it() -> None:
    app = make_app(MonitorSettings(kafka="127.0.0.1:1"), ToneConfig, Metrics(), Callers())
    assert isinstance(app.flow_control, KeepingFlowControl)
    assert isinstance(recovery_of(app), BoundedRecovery)


async def test_a_recovery_that_waits_too_long_says_so_instead_of_stopping_for_ever() -> None:
    app = make_app(MonitorSettings(kafka="127.0.0.1:1"), ToneConfig, Metrics(), Callers())
    with pytest.raises(TimeoutError):
        await recovery_of(app)._wait(asyncio.Event().wait(), timeout=0.01)


async def test_offsets_that_a_newer_rebalance_has_not_filled_in_yet_begin_the_recovery_anew() -> None:
    consumer = UnbrokenConsumer.__new__(UnbrokenConsumer)  # One that is made opens an event loop of its own.
    unfilled: Any = {("changelog", 0): 5, ("changelog", 1): None}
    with pytest.raises(RebalanceAgain):
        await consumer.seek_wait(unfilled)


def test_the_monitor_makes_no_folder_where_it_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app(MonitorSettings(kafka="127.0.0.1:1"), ToneConfig, Metrics(), Callers())
    app._create_directories()
    assert list(tmp_path.iterdir()) == []
