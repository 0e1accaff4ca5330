import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.pitch.chain import marginals


def by_hand(emission: np.ndarray, transition: np.ndarray) -> np.ndarray:
    """The same by adding up every path."""
    count, width = emission.shape
    total = np.zeros((count, width))
    for path in np.ndindex(*[width] * count):
        weight = np.exp(sum(emission[at, state] for at, state in enumerate(path)))
        weight *= np.prod([transition[at, path[at], path[at + 1]] for at in range(count - 1)])
        for at, state in enumerate(path):
            total[at, state] += weight
    return np.asarray(total / total.sum(axis=1, keepdims=True))


@given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 1000))
def test_the_probabilities_are_those_of_all_paths_added_up(count: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    emission, transition = rng.normal(0, 2, (count, width)), rng.uniform(0.01, 1, (count - 1, width, width))
    assert marginals(emission, transition) == pytest.approx(by_hand(emission, transition))


def test_a_long_chain_neither_vanishes_nor_explodes() -> None:
    found = marginals(np.tile([0.0, -30.0, 30.0], (5_000, 1)), np.full((4_999, 3, 3), 1e-6))
    assert np.allclose(found.sum(axis=1), 1)
    assert (found[:, 2] > 0.99).all()


def test_neighbours_outvote_a_frame_that_is_nearly_undecided() -> None:
    emission = np.array([[0, 5], [0.2, 0], [0, 5]], dtype=np.float64)
    sticky = np.tile([[1, 0.05], [0.05, 1]], (2, 1, 1))
    assert marginals(emission, sticky)[1, 1] > 0.9


def test_no_frames_have_no_probabilities() -> None:
    assert marginals(np.zeros((0, 3)), np.zeros((0, 3, 3))).shape == (0, 3)
