from __future__ import annotations

import pytest

from tonewatch.stream.wall_clock import MOST_DELAY_MS, SKEW_MS, delay_ms

NOW_MS = 1_795_996_800_000
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("then_ms", "delay"),
    [
        (NOW_MS - 1_200, 1_200),
        (NOW_MS - MOST_DELAY_MS + 1, MOST_DELAY_MS - 1),
        (NOW_MS + SKEW_MS, 0),
        (NOW_MS - HOUR_MS - 600, None),
        (NOW_MS + HOUR_MS - 600, None),
        (4_102_444_800_000, None),
        (86_400_000, None),
        (0, None),
        (-5, None),
        (2**63 - 1, None),
    ],
)
def test_a_delay_is_told_only_where_both_times_can_be_of_one_clock(then_ms: int, delay: int | None) -> None:
    assert delay_ms(then_ms, NOW_MS) == delay
