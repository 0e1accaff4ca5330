from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.models.estimates import draw_counts, percentile, percentile_interval, ratio


def test_with_nothing_to_divide_by_or_to_order_there_is_no_number() -> None:
    assert (ratio(1, 3), ratio(1, 0)) == (0.3333, None)
    assert (percentile([1.0, 2.0, 3.0], 50), percentile([], 50)) == (2.0, None)


@given(st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=9), st.integers(0, 99))
def test_every_sample_has_as_many_voices_of_each_stratum_as_there_are(strata: list[str], seed: int) -> None:
    counts = draw_counts(strata, 20, seed)
    for stratum in set(strata):
        inside = np.array(strata) == stratum
        assert (counts[:, inside].sum(1) == inside.sum()).all()


def test_a_seed_fixes_the_draws_and_every_voice_is_drawn_once_on_average() -> None:
    counts = draw_counts(["a"] * 8, 4000, 1)
    assert np.array_equal(counts, draw_counts(["a"] * 8, 4000, 1))
    assert counts.mean(0) == pytest.approx(np.ones(8), abs=0.1)
    # Left out of a sample with probability (1 - 1/n)^n.
    assert (counts == 0).mean() == pytest.approx((7 / 8) ** 8, abs=0.02)


def test_the_interval_holds_the_middle_of_the_replicates_and_ignores_those_without_a_value() -> None:
    values = np.append(np.arange(1001, dtype=np.float64), np.nan)
    assert percentile_interval(values) == pytest.approx((25.0, 975.0))
