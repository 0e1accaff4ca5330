"""The weights name the cues that are measured, in their order."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.workers.pitch.cue_weights import FIRST_PASS, SECOND_PASS, CueWeights
from tonewatch.workers.pitch.cues import CUES, NEARNESS


@pytest.mark.parametrize(("weights", "names"), [(FIRST_PASS, CUES), (SECOND_PASS, (*CUES, *NEARNESS))])
def test_each_pass_weighs_exactly_the_cues_that_it_gets_in_their_order(
    weights: CueWeights, names: tuple[str, ...]
) -> None:
    assert tuple(weights.cues) == names
    assert weights.log_odds(np.zeros((5, 8, len(names)), np.float32)).shape == (5, 8)


def test_log_odds_are_the_bias_and_the_sum_of_cues_times_weights() -> None:
    period = np.zeros(len(CUES), np.float32)
    period[CUES.index("period")] = 1.0
    expected = FIRST_PASS.bias + FIRST_PASS.cues["period"]
    assert FIRST_PASS.log_odds(period[None])[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("weights", [FIRST_PASS, SECOND_PASS])
def test_a_period_speaks_for_a_candidate_and_a_hum_against_it(weights: CueWeights) -> None:
    assert weights.cues["period"] > 0 > weights.cues["steady"]
    assert min(weights.costs.near, weights.costs.far, weights.costs.jump) > 0
