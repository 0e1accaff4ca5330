"""A labelled clip of speech, and the classes of the labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

EMOTIONS = ("angry", "happy", "neutral", "sad")
EMOTIONS8 = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")


@dataclass(frozen=True)
class Clip:
    """`emotion` is the corpus's own word; `emotion4` one of EMOTIONS, `emotion8` one of EMOTIONS8, or empty: none fits.

    `speaker` begins with the corpus and no voice has two of them. `dialogue` names
    the conversation and `partition` the owners' own split, where the corpus has them. `arousal` and `valence` lie in
    [0, 1], None without a rating. `commercial` is None where it is unknown; `cut` marks a copy that ends before the
    speech does; of a clip with `head_s` only so many seconds from its start are used.
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
    cut: bool = False
    head_s: float | None = None

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


def labelled8(clips: Iterable[Clip], head_s: float | None = None) -> list[Clip]:
    """Clips with an `emotion8`, but for cut ones, whose length gives their label away.

    With `head_s` the cut ones stay, and every clip of a corpus that has some is cut to that length. ValueError
    where that is longer than a cut clip.
    """
    wanted = [clip for clip in clips if clip.emotion8]
    if head_s is None:
        return [clip for clip in wanted if not clip.cut]
    shortest_s = min((clip.duration_s for clip in wanted if clip.cut), default=head_s)
    if head_s > shortest_s:
        raise ValueError(
            f"head_s {head_s} is longer than a cut clip of {shortest_s} s: its length would tell its label"
        )
    touched = {clip.corpus for clip in wanted if clip.cut}
    return [replace(clip, head_s=head_s) if clip.corpus in touched else clip for clip in wanted]


def commercially_usable(clips: Iterable[Clip]) -> list[Clip]:
    """Only clips whose owners allow commercial use without a further agreement."""
    return [clip for clip in clips if clip.commercial]
