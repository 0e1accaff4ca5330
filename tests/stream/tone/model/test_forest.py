"""Boosted trees as the monitor runs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tonewatch.stream.tone.model.forest import Forest, read_forest

EVEN = np.log(np.full(4, 0.25, dtype=np.float32))


def forest() -> Forest:
    """One tree of depth 2 a class; angry looks at the first input, then at the second; the others say nothing."""
    feature = np.zeros((4, 1, 3), dtype=np.int16)
    feature[0, 0] = [0, 1, 1]
    threshold = np.zeros((4, 1, 3), dtype=np.float32)
    threshold[0, 0] = [0.5, 2.0, 3.0]
    value = np.zeros((4, 1, 4), dtype=np.float32)
    value[0, 0] = [-2.0, -1.0, 1.0, 2.0]
    return Forest(feature, threshold, value, EVEN)


@pytest.mark.parametrize(
    ("inputs", "leaf"),
    [([0.0, 0.0], -2.0), ([0.5, 2.5], -1.0), ([0.6, 2.5], 1.0), ([0.6, 3.5], 2.0)],
)
def test_a_path_goes_right_above_the_threshold(inputs: list[float], leaf: float) -> None:
    angry, happy, *_ = forest().log_likelihoods(np.array(inputs))
    assert angry - happy == pytest.approx(leaf)


def test_what_was_frequent_in_training_is_not_likelier_for_that() -> None:
    shares = np.log(np.array([0.7, 0.1, 0.1, 0.1], dtype=np.float32))
    angry, happy, *_ = replace(forest(), log_share=shares).log_likelihoods(np.array([0.0, 0.0]))
    assert angry - happy == pytest.approx(-2.0 - np.log(7.0), abs=1e-6)


def test_no_input_however_extreme_leaves_what_the_leaves_say() -> None:
    found = [forest().log_likelihoods(np.array([x, -x])) for x in (-1e30, 1e30)]
    assert np.ptp(np.array(found)) < 5.0


def test_a_forest_is_read_back_as_it_was_written_and_none_from_a_file_without() -> None:
    again = read_forest(forest().arrays())
    assert again is not None
    np.testing.assert_array_equal(
        again.log_likelihoods(np.array([0.6, 2.5])), forest().log_likelihoods(np.array([0.6, 2.5]))
    )
    assert read_forest({}) is None


def test_arrays_that_do_not_go_together_are_refused() -> None:
    arrays = forest().arrays() | {"forest.feature": np.zeros((4, 1, 7), dtype=np.int16)}
    with pytest.raises(ValueError, match="4 leaves"):
        read_forest(arrays)
