"""Kept audio as one sound to listen to: each clip at its second, silence where nothing was kept.

Where the agent was kept too there are two channels: the caller on the left, the agent on the right.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    """A clip of one channel at a path in the store; media time of its first sample. `role`: as in the archive."""

    start_ms: int
    path: str
    role: str = ""


def play(pieces: Sequence[Piece], read: Callable[[str], bytes]) -> bytes:
    """A WAV file (16-bit PCM, the highest of the clips' rates) from the first clip's beginning to the last's end.

    `read` gives the file at a path.

    Raises:
        DataError: no clip, one that cannot be read, or the clips lie further apart than LONGEST_MS.
        StoreError: as `read` raises it.
    """
    clips = [(piece, *_decoded(read(piece.path))) for piece in pieces]
    if not clips:
        raise DataError("No audio of this was kept.")
    rate_hz = max(rate for _piece, _samples, rate in clips)
    first_ms = min(piece.start_ms for piece, _samples, _rate in clips)
    placed = [
        (_channel(piece), (piece.start_ms - first_ms) * rate_hz // 1000, _at_rate(samples, rate, rate_hz))
        for piece, samples, rate in clips
    ]
    length = max(position + len(samples) for _channel, position, samples in placed)
    if length > LONGEST_MS * rate_hz // 1000:
        raise DataError("What was kept lies too far apart to be played as one sound.")
    sound = np.zeros((length, 1 + max(channel for channel, _position, _samples in placed)), np.int16)
    for channel, position, samples in placed:
        sound[position : position + len(samples), channel] = samples
    return wav(sound, rate_hz)


def wav(samples: Samples, rate_hz: int) -> bytes:
    """A RIFF WAVE file of 16-bit PCM; `samples` [length, channels]."""
    channels = samples.shape[1]
    data = samples.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate_hz, 2 * channels * rate_hz, 2 * channels, 16)
    head = b"WAVE" + form + struct.pack("<4sI", b"data", len(data))
    return struct.pack("<4sI", b"RIFF", len(head) + len(data)) + head + data


def _channel(piece: Piece) -> int:
    return 1 if piece.role == "agent" else 0


def _decoded(file: bytes) -> tuple[Samples, int]:
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(file), dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise DataError("A file of this audio cannot be read: see TONEWATCH_STORE.") from error
    return samples[:, 0], rate_hz


def _at_rate(samples: Samples, rate_hz: int, wanted_hz: int) -> Samples:
    if rate_hz == wanted_hz:
        return samples
    resampled: Samples = soxr.resample(samples, rate_hz, wanted_hz).astype(np.int16)
    return resampled
