from __future__ import annotations

from collections.abc import Callable

from tonewatch.stream.demo.state import AlertLine


def test_an_alert_is_in_the_state_that_came_last(make_line: Callable[..., AlertLine]) -> None:
    assert make_line("firing", "confirmed", "resolved").state == "resolved"
