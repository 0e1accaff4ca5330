"""Which 20 ms frames of a channel are speech.

Two detectors must agree: WebRTC's detector (webrtcvad), and a level gate over an adaptive noise floor, because the
former calls loud steady noise speech. Frames lie on a grid in media time and every decision depends on at most
MEMORY_FRAMES before it and LOOKAHEAD_FRAMES after it, never on how the audio was cut into chunks or on where
listening began. That is what makes a restarted listener find the same segments: WebRTC's detector adapts without
end, so a fresh one is started on every block of the grid and warmed up on the block before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, cast

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from tonewatch.workers.audio.codecs import Samples, check_rate, to_int16

FRAME_MS: Final = 20
BLOCK_FRAMES: Final = 100
LOOKAHEAD_FRAMES: Final = 2
_HANGOVER_FRAMES: Final = 2
MEMORY_FRAMES: Final = 2 * BLOCK_FRAMES + LOOKAHEAD_FRAMES + _HANGOVER_FRAMES + 2

_ONSET_OF_FIVE = 3
_FLOOR_FRAMES = 2 * BLOCK_FRAMES
_SILENCE_DB = -100.0
# Frames of a quiet line before the first one: a call may begin in the middle of a word, which is no noise floor.
_ASSUMED_QUIET = 5

Mask = NDArray[np.bool_]
Levels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class VadSettings:
    """`aggressiveness` is WebRTC's 0..3. A frame must be `above_floor_db` over the noise floor, the tenth percentile
    of the last 4 s, which is taken to lie between `floor_min_db` and `floor_max_db` (dB re full scale)."""

    aggressiveness: int = 2
    above_floor_db: float = 5.0
    floor_min_db: float = -62.0
    floor_max_db: float = -12.0
    floor_percentile: float = 10.0


@dataclass(frozen=True, slots=True)
class Frames:
    """Decided frames, in order. `first` is the index of the first one on the call's grid of FRAME_MS."""

    first: int
    speech: Mask
    level_db: Levels


class VoiceActivity:
    """Begins at a sample of the call's media clock; audio before the next frame boundary is dropped."""

    def __init__(self, rate_hz: int, start_sample: int = 0, settings: VadSettings | None = None) -> None:
        check_rate(rate_hz)
        self._rate_hz = rate_hz
        self._settings = settings or VadSettings()
        self._length = rate_hz * FRAME_MS // 1000
        self.first_frame = -(-start_sample // self._length)
        self._skip = self.first_frame * self._length - start_sample
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._next_frame = self.first_frame
        self._detector = _BlockDetector(rate_hz, self._settings.aggressiveness)
        self._floor = NoiseFloor(self._settings)
        # Of each frame from `_raw_first` on: whether both detectors call it speech, and its level.
        self._raw: list[bool] = []
        self._levels: list[float] = []
        self._raw_first = self.first_frame
        self._decided = self.first_frame

    def push(self, samples: Samples) -> Frames:
        """The frames that can be decided now; LOOKAHEAD_FRAMES behind the audio."""
        dropped = min(self._skip, len(samples))
        self._skip -= dropped
        audio = samples[dropped:] if not len(self._rest) else np.concatenate((self._rest, samples[dropped:]))
        count = len(audio) // self._length
        self._rest = audio[count * self._length :]
        if count:
            self._detect(audio[: count * self._length].reshape(count, self._length))
        return self._decide(self._next_frame - LOOKAHEAD_FRAMES)

    def flush(self) -> Frames:
        """The last frames; what lies beyond the end counts as no speech. A part of a frame is dropped."""
        return self._decide(self._next_frame)

    def _detect(self, frames: NDArray[np.float32]) -> None:
        levels = frame_levels_db(frames)
        loud = levels > self._floor.with_frames(levels) + self._settings.above_floor_db
        pcm, width = to_int16(frames).astype("<i2", copy=False).tobytes(), 2 * self._length
        for index, is_loud in enumerate(loud.tolist()):
            frame = pcm[index * width : (index + 1) * width]
            self._raw.append(self._detector.take(self._next_frame, frame, is_asked=is_loud))
            self._next_frame += 1
        self._levels += levels.tolist()

    def _decide(self, until: int) -> Frames:
        """Smooths: 3 of the 5 frames around, held on for _HANGOVER_FRAMES after the last such frame."""
        first, count = self._decided, until - self._decided
        if count <= 0:
            return Frames(first, np.zeros(0, dtype=np.bool_), np.zeros(0))
        at, reach = first - self._raw_first, LOOKAHEAD_FRAMES + _HANGOVER_FRAMES
        past = self._raw[max(0, at - reach) : at]
        padded = [False] * (reach - len(past)) + past + self._raw[at:] + [False] * LOOKAHEAD_FRAMES
        speech = _smoothed(padded, count)
        levels = self._levels[at : at + count]
        self._decided = first + count
        self._forget(self._decided - reach)
        return Frames(first, np.array(speech, dtype=np.bool_), np.array(levels, dtype=np.float64))

    def _forget(self, before: int) -> None:
        drop = max(0, before - self._raw_first)
        self._raw, self._levels = self._raw[drop:], self._levels[drop:]
        self._raw_first += drop


class _BlockDetector:
    """WebRTC's detector: a fresh one at each block of the grid, warmed up on the block before.

    Its state then depends on the grid and the audio alone, not on where listening began. It is run only for frames that
    are asked about, with all frames before them in both blocks: of a block in which nobody is loud it hears nothing.
    """

    def __init__(self, rate_hz: int, aggressiveness: int) -> None:
        self._rate_hz = rate_hz
        self._aggressiveness = aggressiveness
        # Frames of this block, of the block before, and how many of this one the detector has heard.
        self._block: list[bytes] = []
        self._before: list[bytes] = []
        self._heard = 0
        self._detector: webrtcvad.Vad | None = None

    def take(self, number: int, frame: bytes, *, is_asked: bool) -> bool:
        """Whether this frame, `number` on the grid, is speech; false where it is not asked."""
        if number % BLOCK_FRAMES == 0:
            self._before, self._block, self._heard, self._detector = self._block, [], 0, None
        self._block.append(frame)
        return is_asked and self._answer()

    def _answer(self) -> bool:
        if self._detector is None:
            self._detector = webrtcvad.Vad(self._aggressiveness)
            for one in self._before:
                self._detector.is_speech(one, self._rate_hz)
        detector, is_speech = self._detector, False
        for one in self._block[self._heard :]:
            is_speech = detector.is_speech(one, self._rate_hz)
        self._heard = len(self._block)
        return bool(is_speech)


class NoiseFloor:
    """A percentile of the levels of the _FLOOR_FRAMES that end with a frame, however the audio came in chunks."""

    def __init__(self, settings: VadSettings) -> None:
        self._settings = settings
        self._levels: Levels = np.full(_ASSUMED_QUIET, settings.floor_min_db)

    def with_frames(self, levels_db: Levels) -> Levels:
        """The floor at each of these frames, dB re full scale."""
        chosen = self._settings
        known = np.concatenate((self._levels, levels_db))
        floors = [self._at(known[:end]) for end in range(len(self._levels) + 1, min(len(known), _FLOOR_FRAMES - 1) + 1)]
        if (full := len(levels_db) - len(floors)) > 0:
            # All windows of the full length at once: each frame's own would cost ten times as much.
            windows = known[-full - _FLOOR_FRAMES + 1 :][_windows(full)]
            place = int(_FLOOR_FRAMES * chosen.floor_percentile / 100)
            windows.partition(place, axis=1)
            floors += windows[:, place].tolist()
        self._levels = known[-(_FLOOR_FRAMES - 1) :]
        return cast(Levels, np.clip(np.array(floors), chosen.floor_min_db, chosen.floor_max_db))

    def _at(self, levels_db: Levels) -> float:
        place = int(len(levels_db) * self._settings.floor_percentile / 100)
        return float(np.partition(levels_db, place)[place])


@cache
def _windows(count: int) -> NDArray[np.intp]:
    """Places of `count` windows of _FLOOR_FRAMES that end one after the other; looked up quicker than strided."""
    return np.arange(count)[:, None] + np.arange(_FLOOR_FRAMES)


def _smoothed(raw: list[bool], count: int) -> list[bool]:
    """Of `count` frames; `raw` begins LOOKAHEAD_FRAMES + _HANGOVER_FRAMES before them and ends as many behind the last
    as are looked ahead."""
    speech = []
    # The majority of five removes single clicks; the hangover keeps the unvoiced ends of words.
    held = votes = 0
    for at, is_raw in enumerate(raw[: count + LOOKAHEAD_FRAMES + _HANGOVER_FRAMES + LOOKAHEAD_FRAMES]):
        votes += is_raw - (raw[at - 5] if at >= 5 else 0)
        if at < 4:
            continue
        held = _HANGOVER_FRAMES + 1 if votes >= _ONSET_OF_FIVE else max(0, held - 1)
        if at >= 4 + _HANGOVER_FRAMES:
            speech.append(held > 0)
    return speech[:count]


def frame_levels_db(frames: NDArray[np.float32]) -> Levels:
    """Level of each row without its mean, in dB re full scale (a full-scale square wave is 0)."""
    width = frames.shape[1]
    # As np.mean does, without what it checks each time: it is called for every 200 ms of every channel.
    centred = frames.astype(np.float64) - np.add.reduce(frames, axis=1, keepdims=True) / np.float32(width)
    power = np.add.reduce(centred * centred, axis=1) / width
    return cast(Levels, np.maximum(10 * np.log10(power + 1e-12), _SILENCE_DB))
