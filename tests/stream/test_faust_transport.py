"""What faust would drop after a recovery stays in the queues."""

from mode.utils.queues import FlowControlQueue

from tonewatch.stream.callers import Callers
from tonewatch.stream.faust_transport import KeepingFlowControl
from tonewatch.stream.metrics import Metrics
from tonewatch.stream.monitor import make_app
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


def test_the_monitor_uses_it() -> None:
    app = make_app(MonitorSettings(kafka="127.0.0.1:1"), ToneConfig, Metrics(), Callers())
    assert isinstance(app.flow_control, KeepingFlowControl)
