from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.corpora import read_manifest
from tonewatch.models.degradation.voices import Mood, Studio, find_voices, narrow
from tonewatch.models.synthesis.line import active_level_dbfs

CLIPS = [
    ("anna", "neutral", "neutral", 0.01),
    ("anna", "calm", "", 0.01),
    ("anna", "angry", "angry", 0.04),
    ("anna", "fear", "", 0.5),
    ("bert", "happiness", "happy", 0.5),
]


def test_a_voice_has_its_clips_by_mood_and_a_corpus_own_calm_counts_as_calm(manifest: Callable[..., Path]) -> None:
    anna, bert = find_voices(read_manifest(manifest(CLIPS)))
    assert (anna.speaker, anna.corpus) == ("anna", "made")
    assert {mood: anna.count(mood) for mood in Mood} == {"calm": 2, "angry": 1, "happy": 0, "sad": 0}
    assert bert.count(Mood.HAPPY) == 1


def test_one_gain_for_all_clips_of_a_voice_keeps_its_anger_louder(manifest: Callable[..., Path]) -> None:
    anna = Studio().utterances(find_voices(read_manifest(manifest(CLIPS)))[0])
    calm, angry = (active_level_dbfs(anna[mood][0].samples) for mood in (Mood.CALM, Mood.ANGRY))
    assert angry - calm == pytest.approx(20 * np.log10(4.0), abs=1.0)


def test_a_quiet_recording_and_a_loud_one_come_to_the_same_level(manifest: Callable[..., Path]) -> None:
    anna, bert = find_voices(read_manifest(manifest([("anna", "neutral", "neutral", 0.01), *CLIPS[-1:]])))
    levels = [active_level_dbfs(those[0].samples) for v in (anna, bert) for those in Studio().utterances(v).values()]
    assert levels == pytest.approx([0.0, 0.0], abs=0.1)


def test_the_silence_around_a_clip_is_left_out() -> None:
    speech = np.sin(np.arange(16_000) * 0.3).astype(np.float32)
    silence = np.zeros(16_000, dtype=np.float32)
    assert 8_000 <= narrow(np.concatenate([silence, speech, silence])).size <= 8_000 * 1.2
