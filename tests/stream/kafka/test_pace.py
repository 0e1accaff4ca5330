from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.kafka.pace import Pace

START_MS = 1_700_000_000_000


@given(amounts=st.lists(st.floats(0, 1), max_size=300))
def test_who_sends_no_more_than_time_passes_is_never_fast(amounts: list[float]) -> None:
    pace = Pace(per_s=1.0, burst=2.0)
    for second, amount in enumerate(amounts):
        pace.note(amount, START_MS + 1000 * second)
        assert not pace.is_fast


@given(count=st.integers(11, 500))
def test_who_sends_all_at_once_is_fast_beyond_the_burst(count: int) -> None:
    pace = Pace(per_s=5.0, burst=10.0)
    for _ in range(count):
        pace.note(1, START_MS)
    assert pace.is_fast


def test_a_backlog_has_the_times_at_which_it_was_written() -> None:
    read_at_once = Pace(per_s=1.0, burst=10.0)
    for second in range(3_600):
        read_at_once.note(1, START_MS + 1000 * second)
    assert not read_at_once.is_fast


def test_records_without_a_time_count_as_one_moment() -> None:
    pace = Pace(per_s=100.0, burst=10.0)
    for _ in range(11):
        pace.note(1, -1)
    assert pace.is_fast


def test_how_long_somebody_sends_is_by_the_clock_of_the_records() -> None:
    pace = Pace(per_s=1.0, burst=1.0)
    assert pace.lasts_ms == 0
    for second in (3, 1, 6):
        pace.note(1, START_MS + 1000 * second)
    pace.note(1, -1)
    assert pace.lasts_ms == 3_000
