from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.doors.credentials import Refused
from tonewatch.stream.doors.limits import BURST_S, Admission, ByteRate, Limits

if TYPE_CHECKING:
    from tests.conftest import Clock


def test_a_tenant_and_an_address_have_so_many_connections_at_once() -> None:
    admission = Admission(Limits(calls=2, address_calls=3))
    with admission.entered("a", "x"), admission.entered("a", "x"):
        with pytest.raises(Refused, match="calls") as refused:
            admission.check("a", "y")
        assert refused.value.status == 429
        with admission.entered("b", "x"), pytest.raises(Refused):
            admission.check("c", "x")
        admission.check("c", "x")
    admission.check("a", "x")


def test_a_door_that_is_closed_takes_nobody() -> None:
    admission = Admission(Limits())
    admission.closed = True
    with pytest.raises(Refused, match="stopping"):
        admission.check("a", "x")


async def test_a_connection_is_read_at_its_rate_behind_a_burst(clock: Clock) -> None:
    rate = ByteRate(1_000, clock=clock, sleep=clock.sleep)
    clock.advance(100)
    for _ in range(int(BURST_S)):
        await rate.take(1_000)
    assert clock() == 100
    for _ in range(5):
        await rate.take(1_000)
    assert clock() == 105
