"""A thousand calls that ended: in the monitor's table little is left of them, and nothing once they are forgotten."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import CallClosed
from tonewatch.stream.monitor.judge import FORGET_AFTER_S
from tonewatch.stream.monitor.swept_call import KEPT_S

from .test_judge import SEGMENT, Judged, opened

CALLS = 1_000
MOST_BYTES, MOST_KEPT_BYTES = 4_096, 512
"""Of a call that ended, until it is forgotten, for it may come back; and of one that alerted, after that."""


@pytest.mark.parametrize("speaks", [True, False], ids=["with an alert", "of silence"])
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
    # Of calls that were told of, what a withdrawal must still end, for as long as a delivery lies.
    kept = [entry for call_id, entry in judged.table.data.items() if call_id != "another"]
    assert len(kept) == (CALLS if speaks else 0)
    assert all(len(msgspec.msgpack.encode(entry)) < MOST_KEPT_BYTES for entry in kept)
    judged.clock.now_s += KEPT_S
    await judged.take(opened("another"))
    assert set(judged.table.data) == {"another"}
