from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.evaluation.reference_systems.whisper import WhisperExtractor
from tonewatch.models.evaluation.sound import Band, over_band
from tonewatch.models.shipped import voice_like


def test_whisper_gives_mean_and_deviation_of_every_unit() -> None:
    sliced, padded = (WhisperExtractor(padded=padded) for padded in (False, True))
    sound = over_band(voice_like(1.0, 150.0), Band.PHONE)
    short, long = sliced.describe(sound), padded.describe(sound)
    assert short.shape == long.shape == (768,)
    assert (short[384:] > 0.0).all()
    # the same voice in both, though attention saw the silence of the padded one
    assert 0.5 < np.corrcoef(short, long)[0, 1] < 0.9999
    assert sliced.kind != padded.kind


def test_a_long_clip_is_described_by_the_mean_of_its_pieces() -> None:
    extractor = WhisperExtractor(padded=False)
    voice = voice_like(1.0, 150.0)
    whole = extractor.describe(over_band(np.tile(voice, 16), Band.WIDE))
    half = extractor.describe(over_band(np.tile(voice, 8), Band.WIDE))
    assert whole == pytest.approx(half, abs=1e-3)
