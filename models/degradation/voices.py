"""The voices that calls are made of: each speaker's clips by mood, as they sound on one and the same telephone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

import numpy as np
import soxr

from tonewatch.models.corpora import Clip, load_samples
from tonewatch.models.synthesis.line import PHONE_HZ, active_level_dbfs
from tonewatch.models.telephone import WIDE_HZ, Samples, trim_silence

KEPT_MS = 60
"""Silence that a trimmed clip keeps at each end."""


class Mood(StrEnum):
    """A caller's mood. `calm` is neutral speech, and a corpus's own calm where it has one."""

    CALM = "calm"
    ANGRY = "angry"
    HAPPY = "happy"
    SAD = "sad"


def mood_of(clip: Clip) -> Mood | None:
    """None for other emotions: fear, disgust, surprise, boredom."""
    if clip.emotion4 == "neutral" or clip.emotion == "calm":
        return Mood.CALM
    return Mood(clip.emotion4) if clip.emotion4 in set(Mood) else None


@dataclass(frozen=True)
class Voice:
    """One speaker of one corpus."""

    speaker: str
    corpus: str
    clips: dict[Mood, tuple[Clip, ...]]

    def count(self, mood: Mood) -> int:
        return len(self.clips.get(mood, ()))


@dataclass(frozen=True)
class Utterance:
    """A clip as it is spoken into a call, at 8 kHz; `emotion` is the corpus's own word for it."""

    mood: Mood
    emotion: str
    samples: Samples

    @property
    def duration_s(self) -> float:
        return self.samples.size / PHONE_HZ


def find_voices(clips: Iterable[Clip]) -> list[Voice]:
    """Speakers in the order of their names, with their clips of a Mood."""
    found: dict[tuple[str, str], dict[Mood, list[Clip]]] = {}
    for clip in clips:
        moods = found.setdefault((clip.corpus, clip.speaker), {})
        if mood := mood_of(clip):
            moods.setdefault(mood, []).append(clip)
    return [
        Voice(speaker, corpus, {mood: tuple(sorted(those, key=lambda c: c.path)) for mood, those in moods.items()})
        for (corpus, speaker), moods in sorted(found.items())
    ]


class Studio:
    """Loads voices and keeps the newest: the caller of one call is the agent of another. A voice takes some 4 MB."""

    def __init__(self, kept: int = 40) -> None:
        self._kept = kept
        self._voices: dict[tuple[str, str], dict[Mood, tuple[Utterance, ...]]] = {}

    def utterances(self, voice: Voice) -> dict[Mood, tuple[Utterance, ...]]:
        """Every clip of a voice, trimmed, at 8 kHz, all by one gain: how much louder its anger is stays audible.

        Raises:
            AudioFileError: a clip cannot be read.
        """
        key = (voice.corpus, voice.speaker)
        if key not in self._voices:
            # A dict keeps its order of insertion: the oldest goes first.
            while len(self._voices) >= self._kept:
                del self._voices[next(iter(self._voices))]
            self._voices[key] = _levelled(voice)
        return self._voices[key]


def _levelled(voice: Voice) -> dict[Mood, tuple[Utterance, ...]]:
    loaded = {mood: [narrow(load_samples(clip.path)) for clip in clips] for mood, clips in voice.clips.items()}
    gain = np.float32(10.0 ** (-median_level_dbfs([s for those in loaded.values() for s in those]) / 20.0))
    return {
        mood: tuple(
            Utterance(mood, clip.emotion, samples * gain)
            for clip, samples in zip(voice.clips[mood], those, strict=True)
        )
        for mood, those in loaded.items()
    }


def narrow(samples: Samples) -> Samples:
    """A clip at 16 kHz, without the silence around it, at 8 kHz."""
    trimmed = trim_silence(samples, WIDE_HZ, keep_ms=KEPT_MS)
    return np.asarray(soxr.resample(trimmed, WIDE_HZ, PHONE_HZ), dtype=np.float32)


def median_level_dbfs(clips: Sequence[Samples]) -> float:
    """Median active level over a speaker's clips, which one gain brings to 0 dB."""
    return median(active_level_dbfs(samples) for samples in clips) if clips else 0.0
