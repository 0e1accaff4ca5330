"""A labelled clip of speech, and the words that labels are given in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EMOTIONS = ("angry", "happy", "neutral", "sad")
EMOTIONS8 = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


@dataclass(frozen=True)
class Clip:
    """`emotion` is the corpus's own word; `emotion4` one of EMOTIONS, `emotion8` one of EMOTIONS8, or empty: none fits.

    `arousal` and `valence` lie in [0, 1] and are None where nobody rated them; `commercial` is None where the licence
    is not known.
    """

    path: Path
    corpus: str
    speaker: str
    gender: str
    emotion: str
    emotion4: str
    language: str
    text: str
    duration_s: float
    emotion8: str = ""
    arousal: float | None = None
    valence: float | None = None
    dialogue: str = ""
    partition: str = ""
    licence: str = ""
    commercial: bool | None = None

    @property
    def label(self) -> int:
        """Index into EMOTIONS; ValueError where emotion4 is empty."""
        return EMOTIONS.index(self.emotion4)

    @property
    def label8(self) -> int:
        """Index into EMOTIONS8; ValueError where emotion8 is empty."""
        return EMOTIONS8.index(self.emotion8)


def labelled(clips: Iterable[Clip]) -> list[Clip]:
    return [clip for clip in clips if clip.emotion4]
