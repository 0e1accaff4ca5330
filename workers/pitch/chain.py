"""Probabilities of the states of a Markov chain at every time, given everything before and after."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def marginals(emission: Floats, transition: Floats) -> Floats:
    """(n, k): the forward-backward algorithm.

    `emission`: (n, k) log weights. `transition`: (n - 1, k, k) weights (no logs) from a row's state to a column's.
    """
    if not len(emission):
        return emission
    # Scaled per frame: the marginals do not change, and no product of many weights underflows.
    weight = np.exp(emission - emission.max(axis=1, keepdims=True))
    # ahead: given the frames up to here; behind: likelihood of the frames after it.
    ahead = np.empty_like(weight)
    behind = np.empty_like(weight)
    # As `state.sum()`, without the checks of the method: this runs twice for every 10 ms of speech.
    total = np.add.reduce
    ahead[0] = state = weight[0] / total(weight[0])
    for at, (step, own) in enumerate(zip(transition, weight[1:], strict=True), 1):
        state = state.dot(step) * own
        state /= total(state)
        ahead[at] = state
    behind[-1] = state = np.full(weight.shape[1], 1 / weight.shape[1])
    for at in range(len(weight) - 2, -1, -1):
        state = transition[at].dot(state * weight[at + 1])
        state /= total(state)
        behind[at] = state
    both = ahead * behind
    return cast(Floats, both / both.sum(axis=1, keepdims=True))
