"""What the core is set to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tonewatch.stream.messages import PROSODY_MEASURES
from tonewatch.stream.tone.config import MEASURES, ToneConfig


def test_the_posterior_before_anything_was_heard_is_whole_and_mostly_neutral() -> None:
    at_start = ToneConfig().at_start
    assert sum(at_start) == pytest.approx(1.0)
    assert max(at_start) == at_start[2]
    assert replace(ToneConfig(), angry_at_start=0.5).at_start[2] == pytest.approx(0.46)


def test_every_prosodic_measure_is_judged_and_in_the_contract_s_order() -> None:
    names = [measure.name for measure in PROSODY_MEASURES]
    assert [name for name in MEASURES if name in names] == names
    assert all(measure.spread_floor > 0 and measure.notable > 0 for measure in MEASURES.values())


def test_two_settings_do_not_share_their_measures() -> None:
    one, other = ToneConfig(), ToneConfig()
    del one.measures["pitch"]
    assert "pitch" in other.measures
