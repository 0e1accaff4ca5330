from __future__ import annotations

import pytest

from tonewatch.stream.bench.doors_command import DOORS, Outcome, described, quantile
from tonewatch.stream.doors.door_command import PROTOCOLS


def test_every_door_on_websockets_is_measured() -> None:
    assert {f"door_{name}" for name in DOORS} == set(PROTOCOLS)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 2.0), (0.95, 3.0), (1.0, 3.0)])
def test_a_quantile_is_one_of_the_values(share: float, value: float) -> None:
    assert quantile([3.0, 1.0, 2.0], share) == value and quantile([], share) == 0.0


def test_an_outcome_says_what_was_lost_how_late_it_was_and_what_it_cost() -> None:
    told = described(Outcome(2, 20.0, 160, 1, [0.2, 0.3], [0.01], 5.0, 80.0))
    for part in ("160 samples lost", "1 calls not ended", "p95 0.300 s", "0.25 cores", "80 MB"):
        assert part in told
