"""Any WAV, FLAC or OGG file as telephone chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.stream.errors import AudioFileError
from tonewatch.stream.messages import Role

CHUNK_MS = 200


@dataclass(frozen=True)
class AudioFile:
    """What a file holds, before any sample is read."""

    path: Path
    rate_hz: int
    channels: int
    duration_ms: int


def inspect(path: Path) -> AudioFile:
    """Look at a file's header.

    Raises:
        AudioFileError: it is not there, empty, or not audio that libsndfile reads.
    """
    if not path.is_file():
        raise AudioFileError(f"{path}: no such file.")
    if path.stat().st_size == 0:
        raise AudioFileError(f"{path}: the file is empty (0 bytes).")
    try:
        info = soundfile.info(str(path))
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{path}: not readable as WAV, FLAC or OGG ({error.error_string.strip()})") from error
    if info.frames == 0:
        raise AudioFileError(f"{path}: the file holds no audio (0 samples).")
    return AudioFile(path, info.samplerate, info.channels, round(1000 * info.frames / info.samplerate))


def roles_for(file: AudioFile, wanted: tuple[Role, ...] | None) -> tuple[Role, ...]:
    """Who speaks on which channel: as told, else two channels are customer and agent, and one is both in one.

    Raises:
        AudioFileError: the number of channels does not fit.
    """
    default: dict[int, tuple[Role, ...]] = {1: ("mixed",), 2: ("customer", "agent")}
    roles = wanted if wanted is not None else default.get(file.channels)
    if roles is None or len(roles) != file.channels:
        given = "no --channels" if wanted is None else f"--channels {','.join(wanted)}"
        raise AudioFileError(
            f"{file.path}: {file.channels} channels but {given}; name one role a channel, e.g. --channels "
            + ",".join((["customer", "agent", "mixed"] * file.channels)[: file.channels])
        )
    return roles


def chunks(file: AudioFile, rate_hz: int, chunk_ms: int = CHUNK_MS) -> Iterator[NDArray[np.float32]]:
    """The audio at `rate_hz`, in blocks of `chunk_ms`: float32 [samples, channels]; the last one may be shorter.

    Raises:
        AudioFileError: the file breaks off or is damaged inside.
    """
    resample = soxr.ResampleStream(file.rate_hz, rate_hz, file.channels, dtype="float32")
    size = rate_hz * chunk_ms // 1000
    held = np.zeros((0, file.channels), dtype=np.float32)
    try:
        with soundfile.SoundFile(str(file.path)) as source:
            while True:
                # A second at a time: a call of an hour need not fit into memory.
                block = source.read(file.rate_hz, dtype="float32", always_2d=True)
                last = len(block) < file.rate_hz
                # The resampler holds some samples back until `last`, so block and chunk limits do not coincide.
                fresh = block if file.rate_hz == rate_hz else resample.resample_chunk(block, last=last)
                held = np.concatenate([held, fresh.reshape(-1, file.channels)])
                while len(held) >= size:
                    yield held[:size]
                    held = held[size:]
                if last:
                    break
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{file.path}: damaged audio ({error.error_string.strip()})") from error
    if len(held):
        yield held
