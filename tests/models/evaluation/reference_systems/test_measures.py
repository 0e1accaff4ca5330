from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.evaluation.reference_systems.measures import NUMBERS, SHAPES, ProsodyExtractor
from tonewatch.models.evaluation.sound import Band, over_band
from tonewatch.models.shipped import voice_like


def test_prosody_is_a_number_or_unknown_for_each_measurement() -> None:
    found = ProsodyExtractor().describe(over_band(voice_like(2.0, 150.0), Band.PHONE))
    assert found.size == len(NUMBERS) + len(SHAPES)
    assert found[len(NUMBERS) :].sum() == 1.0
    assert found[NUMBERS.index("f0_median_st")] == pytest.approx(12.0 * np.log2(150.0 / 55.0), abs=1.0)


def test_the_level_is_that_of_the_recording() -> None:
    level = NUMBERS.index("level_db")
    voice = voice_like(2.0, 150.0)
    loud, quiet = (
        ProsodyExtractor().describe(over_band(voice * np.float32(gain), Band.PHONE))[level] for gain in (1.0, 0.1)
    )
    assert loud - quiet == pytest.approx(20.0, abs=0.1)


def test_silence_carries_no_measurement() -> None:
    hardly = np.concatenate([voice_like(0.1, 150.0), np.zeros(16_000, dtype=np.float32)])
    found = ProsodyExtractor().describe(over_band(hardly, Band.PHONE))
    assert np.isnan(found[NUMBERS.index("f0_median_st")])
