"""The extractors themselves: Whisper's encoder, speech-to-text, the listener's prosody."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.evaluation.reference_systems.measures import NUMBERS, SHAPES, ProsodyExtractor
from tonewatch.models.evaluation.reference_systems.transcripts import TranscriptExtractor
from tonewatch.models.evaluation.reference_systems.whisper import WhisperExtractor
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


def test_a_buzz_has_no_words() -> None:
    assert TranscriptExtractor().describe(over_band(voice_like(1.0, 150.0), Band.PHONE)) == ""
