"""Are a trembling voice and a rate that changes heard within a sentence, over a telephone line? Tried, not taken.

    .venv/bin/python models/experiments/local_cues.py            # 60 segments of the demo's callers, seed 1

Into the callers' speech a cue is put whose place is known: a tremor of 1.6 s by bending time (4.5 to 7.5 Hz), or a
second half that is spoken faster or slower than the first (overlap-add at the same pitch); then G.711 at 8 kHz. The
callers of the calls that tremble by their script are left out. What is printed: the share of segments in which each
detector finds the cue at its place, at thresholds at which it also finds one in so many of the untouched segments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tonewatch.workers.audio.codecs import Samples, decode, encode, resample
from tonewatch.workers.audio.segmenter import Segmenter, SpeechSegment
from tonewatch.workers.prosody import voiced_speech
from tonewatch.workers.prosody.nuclei import Nuclei, find_nuclei
from tonewatch.workers.prosody.voiced_speech import Floats, SpeechFrames

RATE_HZ = 8_000
SHORTEST_MS, LONGEST_MS = 1_600, 6_000
TREMOR_MS = 1_600
TREMBLING = ("distressed",)
_FRAME, _HOP, _SEEK = 320, 160, 80
"""Of the overlap-add, in samples: 40 ms, 20 ms, and 10 ms to find the frame that goes on best."""


@dataclass(frozen=True)
class Spoken:
    """A segment over the line, and where the cue is in it: frames of 10 ms."""

    frames: SpeechFrames
    nuclei: Nuclei
    first: int = 0
    last: int = 0
    sign: int = 0


def segments(files: Sequence[Path]) -> Iterator[SpeechSegment]:
    """The caller's segments (the first channel) of recordings."""
    chunk = RATE_HZ // 5
    for file in files:
        audio, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
        caller = resample(np.ascontiguousarray(audio[:, 0]), rate_hz, RATE_HZ)
        segmenter = Segmenter(RATE_HZ)
        closed: list[SpeechSegment] = []
        for at in range(0, len(caller) // chunk * chunk, chunk):
            closed += segmenter.push(caller[at : at + chunk], at * 1000 // RATE_HZ, at)
        yield from (s for s in [*closed, *segmenter.flush()] if SHORTEST_MS <= s.end_ms - s.start_ms <= LONGEST_MS)


def heard(samples: Samples, speech: NDArray[np.bool_], first: int = 0, last: int = 0, sign: int = 0) -> Spoken:
    """As a listener measures it behind G.711's mu-law."""
    line = decode(encode(np.clip(samples, -1, 1).astype(np.float32), "mulaw"), "mulaw")
    power = voiced_speech.frame_power(line, RATE_HZ)
    frames = voiced_speech.analysed(line, RATE_HZ, power, voiced_speech.speech_frames(speech, len(power)))
    return Spoken(frames, find_nuclei(frames), first, last, sign)


def plain(segment: SpeechSegment) -> Spoken:
    return heard(segment.samples, segment.speech)


def with_tremor(segment: SpeechSegment, depth_st: float, rng: np.random.Generator) -> Spoken:
    """Time runs faster and slower by turns where the voice is strongest."""
    samples, hz = segment.samples, rng.uniform(4.5, 7.5)
    power = np.cumsum(np.pad(samples.astype(np.float64) ** 2, (1, 0)))
    size = min(TREMOR_MS * RATE_HZ // 1000, len(samples) - 1)
    first = int(np.argmax(power[size:] - power[:-size]))
    at = np.arange(len(samples), dtype=np.float64)
    within = np.clip((at - first) / size, 0, 1)
    # Runs out to nothing at both ends, so that the stretch is as long as it was.
    swing = np.sqrt(np.sin(np.pi * within)) * (2 ** (depth_st / 12) - 1) * RATE_HZ / (2 * np.pi * hz)
    moved = at + swing * np.sin(2 * np.pi * hz * (at - first) / RATE_HZ)
    bent = np.interp(moved, at, samples).astype(np.float32)
    return heard(bent, segment.speech, first * 100 // RATE_HZ, (first + size) * 100 // RATE_HZ)


def with_rate_change(segment: SpeechSegment, factor: float) -> Spoken:
    """The second half is `factor` times as fast as the first."""
    half, root = len(segment.samples) // 2, float(np.sqrt(factor))
    first, second = stretched(segment.samples[:half], root), stretched(segment.samples[half:], 1 / root)
    made = np.concatenate([first, second])
    step = len(segment.samples) // max(1, len(segment.speech))
    at, border = np.arange(len(made) // step), len(first) // step
    source = np.where(at < border, at / root, half / step + (at - border) * root).astype(int)
    speech = segment.speech[np.clip(source, 0, len(segment.speech) - 1)]
    at_frame = len(first) * 100 // RATE_HZ
    return heard(made, speech, at_frame, at_frame, 1 if factor > 1 else -1)


def stretched(samples: Samples, ratio: float) -> Samples:
    """So many times as long, at the same pitch: frames are laid over each other where they fit best (WSOLA)."""
    window = np.hanning(_FRAME)
    length = int(len(samples) * ratio)
    out, norm = np.zeros(length + _FRAME), np.zeros(length + _FRAME)
    padded = np.pad(samples.astype(np.float64), (_SEEK, 2 * _FRAME + _SEEK + _HOP))
    follow = padded[_SEEK : _SEEK + _FRAME]
    for to in range(0, length, _HOP):
        want = int(to / ratio)
        near = padded[want : want + _FRAME + 2 * _SEEK]
        shift = int(np.argmax(np.correlate(near, follow, mode="valid")))
        out[to : to + _FRAME] += window * near[shift : shift + _FRAME]
        norm[to : to + _FRAME] += window
        follow = padded[want + shift + _HOP : want + shift + _HOP + _FRAME]
    found: Samples = (out / np.maximum(norm, 1e-3))[:length].astype(np.float32)
    return found


def turning_points(f0_st: Floats, least_st: float) -> list[int]:
    """Where F0 turns, with at least so much between one turn and the next."""
    turns: list[int] = []
    top = low = direction = 0
    for at, value in enumerate(f0_st):
        top, low = (at if value > f0_st[top] else top), (at if value < f0_st[low] else low)
        if direction >= 0 and value < f0_st[top] - least_st:
            turns.append(top)
            direction, top, low = -1, at, at
        elif direction <= 0 and value > f0_st[low] + least_st:
            turns.append(low)
            direction, top, low = 1, at, at
    return turns


def tremor(spoken: Spoken, least_st: float = 0.6) -> tuple[float, int]:
    """Most half swings of 4 to 10 Hz in one second, within voiced stretches, and the frame of the first of them."""
    track = spoken.frames.track
    voiced = np.flatnonzero(spoken.frames.voiced & (track.confidence >= 0.4))
    halves: list[int] = []
    for stretch in np.split(voiced, np.flatnonzero(np.diff(voiced) > 3) + 1):
        if len(stretch) < 12:
            continue
        smooth = np.convolve(np.pad(track.f0_st[stretch], 1, mode="edge"), np.ones(3) / 3, "valid")
        turns = [at for at in turning_points(smooth, least_st) if 1 <= at < len(stretch) - 1]
        halves += [int(stretch[a]) for a, b in pairwise(turns) if 5 <= b - a <= 12]
    counts = [(float(sum(first <= at < first + 100 for at in halves)), first) for first in halves]
    return max(counts, default=(0.0, 0))


def rate_change(spoken: Spoken) -> tuple[float, int]:
    """How surely syllables follow each other faster (positive) or slower behind some frame, and that frame."""
    clock = np.cumsum(spoken.frames.speech) * 0.01
    lengths = np.diff(clock[spoken.nuclei.at])
    best = (0.0, 0)
    for at in range(3, len(lengths) - 2):
        before, after = lengths[:at], lengths[at:]
        sure = float(np.log(before.mean() / after.mean()) / np.sqrt(1 / len(before) + 1 / len(after)))
        if abs(sure) > abs(best[0]):
            best = (sure, int(spoken.nuclei.at[at]))
    return best


def is_tremor_found(spoken: Spoken, least: float) -> bool:
    count, at = tremor(spoken)
    return count >= least and spoken.first - 100 <= at <= spoken.last


def is_change_found(spoken: Spoken, least: float) -> bool:
    sure, at = rate_change(spoken)
    return abs(sure) >= least and (sure > 0) == (spoken.sign > 0) and abs(at - spoken.first) < 70


def report(
    name: str, made: Sequence[Spoken], found: Callable[[Spoken, float], bool], limits: Sequence[tuple[float, float]]
) -> None:
    for least, false_share in limits:
        recall = np.mean([found(one, least) for one in made])
        sys.stdout.write(f"{name:22} recall {recall:.2f} where {false_share:.2f} of the untouched segments have one\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--segments", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Path(str(resources.files("tonewatch.stream.demo"))) / "calls"
    rng = np.random.default_rng(arguments.seed)
    found = list(segments([file for file in sorted(folder.glob("*.flac")) if file.stem not in TREMBLING]))
    chosen = [found[at] for at in sorted(rng.permutation(len(found))[: arguments.segments])]
    untouched = [plain(one) for one in chosen]
    counts = [tremor(one)[0] for one in untouched]
    halves = [(least, float(np.mean([count >= least for count in counts]))) for least in (2.0, 3.0, 4.0)]
    for depth_st in (0.7, 1.5, 2.2):
        report(f"tremor of {depth_st} st", [with_tremor(one, depth_st, rng) for one in chosen], is_tremor_found, halves)
    sure = [abs(rate_change(one)[0]) for one in untouched]
    limits = [(float(np.quantile(sure, 1 - share)), share) for share in (0.15, 0.07)]
    for factor in (2.0, 0.5, 1.7):
        report(f"rate times {factor}", [with_rate_change(one, factor) for one in chosen], is_change_found, limits)


if __name__ == "__main__":
    main()
