import pytest

from tonewatch.stream.doors.rtp.ports import PortPool, PortRange
from tonewatch.stream.errors import Unprocessable


def test_ports_are_even_and_the_one_that_was_free_for_longest_is_next() -> None:
    pool = PortPool(PortRange.parse("10.0.0.5:40001-40007"))
    assert [pool.take(), pool.take()] == [40_002, 40_004]
    pool.give(40_002)
    assert [pool.take(), pool.take()] == [40_006, 40_002]
    with pytest.raises(Unprocessable, match="TONEWATCH_DOOR_RTP"):
        pool.take()


def test_a_host_of_ipv6_stands_in_brackets() -> None:
    assert PortRange.parse("[::1]:40000-40002") == PortRange("::1", 40_000, 40_002)
