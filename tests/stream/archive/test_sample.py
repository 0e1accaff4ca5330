from __future__ import annotations

import pytest

from tonewatch.stream.archive.sample import is_sampled

CALLS = [f"call-{number}" for number in range(20_000)]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 1.0])
def test_about_so_many_calls_are_drawn(share: float) -> None:
    drawn = sum(is_sampled(call_id, share) for call_id in CALLS) / len(CALLS)
    assert drawn == pytest.approx(share, abs=4 * (share * (1 - share) / len(CALLS)) ** 0.5)


def test_who_is_drawn_stays_drawn_when_more_are() -> None:
    few = {call_id for call_id in CALLS if is_sampled(call_id, 0.02)}
    more = {call_id for call_id in CALLS if is_sampled(call_id, 0.1)}
    assert few and few < more


def test_the_draw_is_the_same_in_every_process() -> None:
    assert [is_sampled(f"call-{number}", 0.5) for number in range(6)] == [False, True, True, False, True, False]
    assert is_sampled("half a pair \ud800", 1.0)
