"""Which 20 ms frames of a channel are speech.

Two detectors must agree: WebRTC's detector (webrtcvad), and a level gate over an adaptive noise floor, because the
former calls loud steady noise speech. Frames lie on a grid in media time and every decision depends on at most
MEMORY_FRAMES before it and LOOKAHEAD_FRAMES after it, never on how the audio was cut into chunks or on where
listening began. That is what makes a restarted listener find the same segments: WebRTC's detector adapts without
end, so a fresh one is started on every block of the grid and warmed up on the block before.
"""

from __future__ import annotations

from dataclasses import dataclass
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
        self._detector = webrtcvad.Vad(self._settings.aggressiveness)
        self._block: list[bytes] = []
        self._recent_db: Levels = np.full(_ASSUMED_QUIET, self._settings.floor_min_db)
        self._raw: Mask = np.zeros(0, dtype=np.bool_)
        self._raw_first = self.first_frame
        self._levels: Levels = np.zeros(0)
        self._decided = self.first_frame

    def push(self, samples: Samples) -> Frames:
        """The frames that can be decided now; LOOKAHEAD_FRAMES behind the audio."""
        dropped = min(self._skip, len(samples))
        self._skip -= dropped
        audio = np.concatenate((self._rest, samples[dropped:]))
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
        loud = self._over_floor(levels)
        raw = np.zeros(len(frames), dtype=np.bool_)
        for index, frame in enumerate(to_int16(frames)):
            pcm = frame.astype("<i2").tobytes()
            raw[index] = self._webrtc(pcm)
            self._next_frame += 1
        self._raw = np.concatenate((self._raw, raw & loud))
        self._levels = np.concatenate((self._levels, levels))

    def _webrtc(self, pcm: bytes) -> bool:
        # A fresh detector at each block of the grid, warmed up on the block before: its state then depends on the grid
        # and the audio alone, not on where listening began.
        if self._next_frame % BLOCK_FRAMES == 0:
            self._detector = webrtcvad.Vad(self._settings.aggressiveness)
            for before in self._block:
                self._detector.is_speech(before, self._rate_hz)
            self._block = []
        self._block.append(pcm)
        return bool(self._detector.is_speech(pcm, self._rate_hz))

    def _over_floor(self, levels: Levels) -> Mask:
        """Frames over the noise floor of the _FLOOR_FRAMES that end with them."""
        # Every frame sees exactly the _FLOOR_FRAMES that end with it, however the audio came in chunks.
        known = np.concatenate((self._recent_db, levels))
        self._recent_db = known[-(_FLOOR_FRAMES - 1) :]
        pad = np.full(max(0, _FLOOR_FRAMES - 1 + len(levels) - len(known)), np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(np.concatenate((pad, known)), _FLOOR_FRAMES)
        chosen = self._settings
        floor = np.array([_percentile(window, chosen.floor_percentile) for window in windows])
        return cast(Mask, levels > np.clip(floor, chosen.floor_min_db, chosen.floor_max_db) + chosen.above_floor_db)

    def _decide(self, until: int) -> Frames:
        """Smooths: 3 of the 5 frames around, held on for _HANGOVER_FRAMES after the last such frame."""
        first, count = self._decided, until - self._decided
        if count <= 0:
            return Frames(first, np.zeros(0, dtype=np.bool_), np.zeros(0))
        reach = LOOKAHEAD_FRAMES + _HANGOVER_FRAMES
        padded = np.concatenate((self._past(reach), self._raw[first - self._raw_first :], [False] * LOOKAHEAD_FRAMES))
        # The majority of five removes single clicks; the hangover keeps the unvoiced ends of words.
        votes = np.lib.stride_tricks.sliding_window_view(padded, 5).sum(axis=1, dtype=np.int64)
        five = np.asarray(votes >= _ONSET_OF_FIVE)
        held = np.asarray(np.lib.stride_tricks.sliding_window_view(five, _HANGOVER_FRAMES + 1).any(axis=1))
        levels = self._levels[first - self._raw_first :][:count]
        self._decided = first + count
        self._forget(self._decided - reach)
        return Frames(first, held[:count], levels)

    def _past(self, count: int) -> Mask:
        past = self._raw[: self._decided - self._raw_first][-count:]
        return np.concatenate((np.zeros(count - len(past), dtype=np.bool_), past))

    def _forget(self, before: int) -> None:
        drop = max(0, before - self._raw_first)
        self._raw, self._levels = self._raw[drop:], self._levels[drop:]
        self._raw_first += drop


def frame_levels_db(frames: NDArray[np.float32]) -> Levels:
    """Level of each row without its mean, in dB re full scale (a full-scale square wave is 0)."""
    centred = frames.astype(np.float64) - frames.mean(axis=1, keepdims=True)
    return cast(Levels, np.maximum(10 * np.log10(np.mean(centred**2, axis=1) + 1e-12), _SILENCE_DB))


def _percentile(window: Levels, percent: float) -> float:
    known = window[~np.isnan(window)]
    rank = int(len(known) * percent / 100)
    return float(np.partition(known, rank)[rank])
