from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.encoder.noises import LENGTHS_S, melody, no_speech, tone
from tonewatch.workers.audio.mel import RATE_HZ

pytestmark = pytest.mark.train


def test_sounds_without_speech_are_as_long_as_short_segments_and_none_is_silent() -> None:
    lengths = {round(samples.size / RATE_HZ, 1) for samples in no_speech()}
    assert lengths == set(LENGTHS_S)
    assert all(np.isfinite(samples).all() and np.abs(samples).max() > 1e-4 for samples in no_speech())


def test_a_tone_lies_where_it_should() -> None:
    spectrum = np.abs(np.fft.rfft(tone(1.0, 350.0, 440.0)))
    assert sorted(np.argsort(spectrum)[-2:].tolist()) == [350, 440]


def test_melodies_of_two_seeds_differ_and_of_one_do_not() -> None:
    assert np.array_equal(melody(1.0, 3), melody(1.0, 3))
    assert not np.array_equal(melody(1.0, 3), melody(1.0, 4))
