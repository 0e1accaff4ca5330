"""The words alone, without the sound of the voice."""

from __future__ import annotations

from tonewatch.models.corpora import Clip
from tonewatch.models.evaluation.reference_systems.features import FeatureExtractor
from tonewatch.models.evaluation.sound import Sound
from tonewatch.stream.errors import ModelError
from tonewatch.workers.listen.speech_to_text import Transcriber


class TranscriptExtractor(FeatureExtractor):
    """Speech-to-text as the listener runs it, English only. DependencyError when it is not installed."""

    kind = "words tiny.en int8 1"

    def __init__(self) -> None:
        self._transcriber = Transcriber()

    def describe(self, sound: Sound) -> str:
        """'' where nothing is recognised with enough confidence, or where the model fails on a piece."""
        texts = []
        for piece in sound.pieces:
            try:
                texts.append(self._transcriber.transcribe(piece)[0])
            except ModelError:
                texts.append("")
        return " ".join(text for text in texts if text)

    def from_manifest(self, clip: Clip) -> str | None:
        """A manifest's text is taken as it is: it is the reference transcript."""
        return clip.text or None
