from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tonewatch.models import telephone
from tonewatch.models.telephone import Samples

FLOATS = arrays.arrays(np.float32, st.integers(0, 500), elements=st.floats(-2.0, 2.0, width=32))
CODECS = [telephone.mu_law, telephone.a_law]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("peak", [0.05, 0.3, 0.9])
def test_a_codec_keeps_its_ratio_at_every_level(codec: telephone.Companding, peak: float) -> None:
    tone = (peak * np.sin(np.arange(8000) * 0.37)).astype(np.float32)
    ratio_db = 10.0 * np.log10(np.mean(tone**2) / np.mean((codec(tone) - tone) ** 2))
    assert 33.0 < ratio_db < 45.0


def test_mu_law_answers_with_at_most_255_levels_and_is_odd() -> None:
    ramp = np.linspace(-1.2, 1.2, 9999, dtype=np.float32)
    coded = telephone.mu_law(ramp)
    assert np.unique(coded).size <= 255
    np.testing.assert_allclose(coded, -coded[::-1], atol=1e-7)


@pytest.mark.parametrize("codec", CODECS)
@given(samples=FLOATS)
def test_what_was_coded_once_is_coded_again_without_loss(codec: telephone.Companding, samples: Samples) -> None:
    coded = codec(samples)
    assert coded.shape == samples.shape
    assert np.all(np.abs(coded) <= 1.0)
    np.testing.assert_allclose(codec(coded), coded, atol=1e-6)
