"""A thousand calls that ended: nothing is left of them in the monitor's table once they are forgotten."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import CallClosed
from tonewatch.stream.monitor.judge import FORGET_AFTER_S

from .test_judge import SEGMENT, Judged, opened

CALLS = 1_000
MOST_BYTES = 4_096
"""Of a call that ended, until it is forgotten: it may come back."""


@pytest.mark.parametrize("speaks", [True, False], ids=["with a segment", "of silence"])
async def test_a_thousand_calls_that_ended_leave_nothing_in_the_monitor(*, speaks: bool) -> None:
    judged = Judged()
    for number in range(CALLS):
        call_id = f"call-{number}"
        segment = [msgspec.structs.replace(SEGMENT, call_id=call_id)] if speaks else []
        closed = CallClosed(call_id=call_id, reason="ended", duration_ms=60_000)
        await judged.take(opened(call_id), *segment, closed)
    assert len(judged.table.data) == CALLS
    assert max(len(msgspec.msgpack.encode(entry)) for entry in judged.table.data.values()) < MOST_BYTES
    judged.clock.now_s += FORGET_AFTER_S + 60
    await judged.take(opened("another"))
    assert set(judged.table.data) == {"another"}
