from __future__ import annotations

from pathlib import Path

from tonewatch.models.corpora import Clip
from tonewatch.models.evaluation.reference_systems.transcripts import TranscriptExtractor
from tonewatch.models.evaluation.sound import Band, over_band
from tonewatch.models.shipped import voice_like


def test_a_buzz_has_no_words() -> None:
    assert TranscriptExtractor().describe(over_band(voice_like(1.0, 150.0), Band.PHONE)) == ""


def test_a_manifests_text_spares_speech_to_text() -> None:
    clip = Clip(Path("x.flac"), "made", "s", "", "sad", "sad", "en", "Not again.", 1.0)
    extractor = TranscriptExtractor()
    assert extractor.from_manifest(clip) == "Not again."
    assert extractor.from_manifest(Clip(Path("x.flac"), "made", "s", "", "sad", "sad", "en", "", 1.0)) is None
