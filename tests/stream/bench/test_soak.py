"""Whether a soak is flat."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tonewatch.stream.bench.soak import MEMORY, Sample, judge, plots, read_process, series, trend


def samples(grows_mb_per_s: float = 0.0, lag_per_s: float = 0.0) -> list[Sample]:
    """A look every 10 s for 10 min; the first of them while memory is still filling."""
    return [
        Sample(
            float(at_s),
            {"listen-1": 300.0 + min(at_s, 120) + grows_mb_per_s * at_s},
            {"listen-1": 40 + at_s % 3},
            round(20 + lag_per_s * at_s),
            0.5 if at_s % 20 else None,
        )
        for at_s in range(0, 600, 10)
    ]


def test_what_only_fills_at_first_is_flat() -> None:
    assert [one.name for one in judge(samples()) if not one.is_flat] == []


@pytest.mark.parametrize(
    ("found", "name"),
    [(samples(grows_mb_per_s=0.1), "memory listen-1"), (samples(lag_per_s=2.0), "lag")],
)
def test_what_goes_on_growing_is_named(found: list[Sample], name: str) -> None:
    assert [one.name for one in judge(found) if not one.is_flat] == [name]


def test_a_trend_is_the_slope_of_the_best_line() -> None:
    assert trend([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0]) == pytest.approx(2.0)
    assert trend([1.0], [5.0]) == 0.0
    one = series("memory x", "MB", [(float(t), 100.0 + 0.01 * t) for t in range(0, 3600, 60)], 3600.0, MEMORY)
    assert one.per_hour == pytest.approx(36.0)


def test_a_process_tells_its_memory_and_its_open_files() -> None:
    before_mb, before = read_process(os.getpid())
    with Path(os.devnull).open():
        assert read_process(os.getpid())[1] == before + 1
    assert before_mb > 1.0
    with pytest.raises(OSError, match="2147483646"):
        read_process(2_147_483_646)


def test_the_plots_show_every_quantity() -> None:
    found = samples(grows_mb_per_s=0.1)
    drawn = plots(found, judge(found))
    assert drawn.count("<polyline") == 4
    assert "grew by" in drawn
