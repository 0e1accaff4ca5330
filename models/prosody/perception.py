"""Prosody as EmotionThinker asks for it (ICLR 2026): three classes each of pitch, level and rate, intonation, stress.

The reference of a clip is read at full band: Praat's F0, level and syllables, intonation by the paper's rule on Praat's
F0, and the strongest syllable by our own measure, because no model of word stress is at hand. What is judged is our
measurement of the same clip after a telephone line. Low, middle and high are tertiles of a corpus (of its women and its
men apart, for pitch), each method by its own; they are taken from one half of the speakers and hold for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import RATE_HZ, Clip, load_samples
from tonewatch.models.prosody import praat
from tonewatch.models.prosody.bench import LINE_RMS, telephone
from tonewatch.models.prosody.reading import ProsodyReading
from tonewatch.models.telephone import PHONE_HZ, rms
from tonewatch.stream.messages import Prosody
from tonewatch.workers import prosody
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.voice_activity import FRAME_MS, VoiceActivity
from tonewatch.workers.pitch import HOP_MS

CLASSED = ("pitch", "energy", "rate")
MEASURES = (*CLASSED, "intonation", "stress")

PAPER = {"pitch": 0.751, "energy": 0.694, "rate": 0.687, "intonation": 0.603, "stress": 0.715}
"""Accuracy of the paper's trained model, on recordings and labels of its own; its stress is of words."""

NEAR_MS = 150
"""The strongest syllable is found when it is at most so far from the reference's."""

_TURN_ST, _FLAT_ST, _EXPRESSIVE_ST = 2.0, 3.0, 9.0
_END_FRAMES, _END_GAP, _END_LEAST = 500 // HOP_MS, 60 // HOP_MS, 100 // HOP_MS


@dataclass(frozen=True, slots=True)
class Perceived:
    """A reading of a clip: values of CLASSED, intonation, the strongest syllable's time; None where unknown."""

    values: dict[str, float | None]
    intonation: str | None
    stress_ms: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A clip's reading at telephone band, and its reference."""

    speaker: str
    gender: str
    ours: Perceived
    reference: Perceived


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """`right`: share of the clips whose reference is known that got the same answer; `answered`: that got any."""

    clips: int
    answered: float
    right: float


def read_pairs(clips: Sequence[Clip], track: Callable[[Sequence[Clip]], Iterable[Clip]]) -> list[Pair]:
    """Every clip of one corpus, over the line at one gain for all of them."""
    loudness = float(np.median([rms(load_samples(clip.path)) for clip in clips]))
    pairs = []
    for clip in track(clips):
        samples = load_samples(clip.path)
        line = telephone(samples, LINE_RMS / loudness)
        full_band = measured(samples * np.float32(LINE_RMS / loudness), RATE_HZ)
        reference = _of_praat(praat.read(samples, RATE_HZ), full_band.stress_peak_ms)
        pairs.append(Pair(clip.speaker, clip.gender, _of_ours(measured(line, PHONE_HZ)), reference))
    return pairs


def measured(samples: Samples, rate_hz: int) -> Prosody:
    """As the listener measures a segment."""
    detector = VoiceActivity(rate_hz)
    speech = np.concatenate([frames.speech for frames in (detector.push(samples), detector.flush())])
    return prosody.measure(samples[: len(speech) * (rate_hz * FRAME_MS // 1000)], rate_hz, speech)


def accuracies(pairs: Sequence[Pair]) -> dict[str, Accuracy]:
    """By measure, over the clips of one corpus; of a measure without any reference nothing is said."""
    found = {name: _of_answers(_classed(pairs, name)) for name in CLASSED}
    found["intonation"] = _of_answers(
        [(p.reference.intonation, p.ours.intonation) for p in pairs if p.reference.intonation is not None]
    )
    found["stress"] = _of_answers([_stress(pair) for pair in pairs if pair.reference.stress_ms is not None])
    return {name: accuracy for name, accuracy in found.items() if accuracy.clips}


def intonation_of(f0_hz: NDArray[np.float64]) -> str | None:
    """The paper's rule on an F0 track of HOP_MS, NaN where unvoiced; None with fewer than 25 voiced frames.

    A rise or a fall of at least 2 semitones over the last voiced stretch; else flat under 3 semitones between the 5th
    and the 95th percentile, expressive over 9, and level.
    """
    at = np.flatnonzero(~np.isnan(f0_hz))
    if len(at) < 25:
        return None
    st = 12.0 * np.log2(f0_hz[at] / np.median(f0_hz[at]))
    broken = np.flatnonzero(np.diff(at) > _END_GAP)
    last = np.arange(broken[-1] + 1 if len(broken) else 0, len(at))
    last = last[at[last] > at[-1] - _END_FRAMES]
    if len(last) >= _END_LEAST:
        slope = float(np.polyfit(at[last], st[last], 1)[0])
        moved_st = slope * float(at[last[-1]] - at[last[0]])
        if abs(moved_st) >= _TURN_ST:
            return "rise" if moved_st > 0 else "fall"
    low, high = np.percentile(st, (5, 95))
    if high - low > _EXPRESSIVE_ST:
        return "expressive"
    return "flat" if high - low < _FLAT_ST else "level"


def _of_ours(found: Prosody) -> Perceived:
    values = {"pitch": found.f0_median_st, "energy": found.level_db, "rate": found.rate_syl_per_s}
    return Perceived(values, None if found.intonation == "uncertain" else found.intonation, found.stress_peak_ms)


def _of_praat(found: ProsodyReading, stress_ms: int | None) -> Perceived:
    values = {"pitch": found.f0_median_st, "energy": found.level_db, "rate": found.syllables_per_s}
    return Perceived(values, intonation_of(found.f0_hz), stress_ms)


def _classed(pairs: Sequence[Pair], name: str) -> list[tuple[object, object]]:
    """(reference, ours) of the clips that have a reference, by tertiles of the other half of the speakers."""
    speakers = sorted({pair.speaker for pair in pairs})
    half = {speaker: number % 2 for number, speaker in enumerate(speakers)}
    answers: list[tuple[object, object]] = []
    for pair in pairs:
        if pair.reference.values[name] is None:
            continue
        others = [p for p in pairs if half[p.speaker] != half[pair.speaker] or len(speakers) == 1]
        if name == "pitch":
            # Of one gender, where the other half has any of it.
            others = [p for p in others if p.gender == pair.gender] or others
        wanted = _class(pair.reference.values[name], [p.reference.values[name] for p in others])
        answers.append((wanted, _class(pair.ours.values[name], [p.ours.values[name] for p in others])))
    return answers


def _class(value: float | None, others: Sequence[float | None]) -> int | None:
    """0, 1 or 2: the tertile of the others' known values that it lies in."""
    known = [one for one in others if one is not None]
    if value is None or not known:
        return None
    low, high = np.percentile(known, (100 / 3, 200 / 3))
    return int(value > low) + int(value > high)


def _stress(pair: Pair) -> tuple[object, object]:
    ours, wanted = pair.ours.stress_ms, pair.reference.stress_ms
    if ours is None or wanted is None:
        return True, None
    return True, abs(ours - wanted) <= NEAR_MS


def _of_answers(answers: Sequence[tuple[object, object]]) -> Accuracy:
    count = len(answers)
    return Accuracy(
        clips=count,
        answered=sum(ours is not None for _, ours in answers) / max(1, count),
        right=sum(wanted == ours for wanted, ours in answers) / max(1, count),
    )
