"""The kept audio of an alert as one sound to listen to: each clip at its second, silence where nothing was kept."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.stream.errors import DataError

LONGEST_MS = 30 * 60_000
"""Of one sound; evidence that lies further apart is not played as one."""

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Piece:
    """A clip of one channel in a file, by the media time of its first sample."""

    start_ms: int
    path: Path


def play(pieces: Sequence[Piece]) -> bytes:
    """A WAV file (16-bit PCM, mono, the highest of the clips' rates) from the first clip's beginning to the last's end.

    Raises:
        DataError: no clip, one that cannot be read, or the clips lie further apart than LONGEST_MS.
    """
    read = [(piece.start_ms, *_read(piece.path)) for piece in pieces]
    if not read:
        raise DataError("No audio of this alert was kept.")
    rate_hz = max(rate for _start, _samples, rate in read)
    first_ms = min(start for start, _samples, _rate in read)
    placed = [((start - first_ms) * rate_hz // 1000, _at_rate(samples, rate, rate_hz)) for start, samples, rate in read]
    length = max(position + len(samples) for position, samples in placed)
    if length > LONGEST_MS * rate_hz // 1000:
        raise DataError("The evidence of this alert lies too far apart to be played as one sound.")
    sound = np.zeros(length, np.int16)
    for position, samples in placed:
        sound[position : position + len(samples)] = samples
    return wav(sound, rate_hz)


def wav(samples: Samples, rate_hz: int) -> bytes:
    """A RIFF WAVE file of 16-bit PCM, mono."""
    data = samples.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    head = b"WAVE" + form + struct.pack("<4sI", b"data", len(data))
    return struct.pack("<4sI", b"RIFF", len(head) + len(data)) + head + data


def _read(path: Path) -> tuple[Samples, int]:
    try:
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise DataError("A file of this alert's audio is gone or cannot be read: see TONEWATCH_STORE.") from error
    return samples[:, 0], rate_hz


def _at_rate(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    if rate_hz == wanted_hz:
        return samples
    resampled: Samples = soxr.resample(samples, rate_hz, wanted_hz).astype(np.int16)
    return resampled
