from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tonewatch.models.evaluation.reference_systems.system import standardised


@given(arrays(np.float32, (12, 3), elements=st.floats(-100, 100, width=32)), st.floats(-50, 50), st.floats(0.5, 4.0))
def test_a_voice_that_is_always_louder_or_livelier_looks_the_same(rows: np.ndarray, shift: float, scale: float) -> None:
    speakers = ["a"] * 12
    moved = (rows.astype(np.float64) * scale + shift).astype(np.float32)
    wide = rows.std(0) > 1.0  # a column that hardly moves is all rounding
    assert standardised(moved, speakers)[:, wide] == pytest.approx(standardised(rows, speakers)[:, wide], abs=1e-2)


def test_each_voice_is_held_against_its_own_clips() -> None:
    rows = np.array([[1.0], [3.0], [100.0], [300.0]], dtype=np.float32)
    assert standardised(rows, ["a", "a", "b", "b"]) == pytest.approx(np.array([[-1.0], [1.0], [-1.0], [1.0]]))


def test_what_was_not_measured_stays_unknown_and_counts_for_nothing() -> None:
    rows = np.array([[1.0], [np.nan], [3.0]], dtype=np.float32)
    found = standardised(rows, ["a"] * 3)
    assert np.isnan(found[1, 0])
    assert found[[0, 2], 0] == pytest.approx([-1.0, 1.0])


def test_a_voice_with_one_clip_has_no_baseline_to_differ_from() -> None:
    assert standardised(np.array([[5.0, -2.0]], dtype=np.float32), ["a"]).tolist() == [[0.0, 0.0]]
