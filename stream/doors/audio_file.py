"""Any WAV, FLAC or OGG file as telephone chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.stream.doors.measured_file import Layout, MeasuredFile, measure
from tonewatch.stream.errors import AudioFileError
from tonewatch.stream.messages import Role

CHUNK_MS = 200

FileRoles = tuple[Role | None, ...]
"""Who speaks on each channel of a file; null for a channel that is left out."""


@dataclass(frozen=True)
class AudioFile:
    """What a file holds, measured. `remark` says in a sentence where that differs from what its header says.

    `frames`: samples of each channel.
    """

    path: Path
    rate_hz: int
    channels: int
    duration_ms: int
    frames: int = 0
    remark: str = ""


def inspect(path: Path) -> AudioFile:
    """Look at what a file holds; FLAC has to be decoded for it.

    Raises:
        AudioFileError: it is not there, empty, or not audio that libsndfile reads.
    """
    if path.is_dir():
        raise AudioFileError(f"{path}: is a folder; name the files in it, as {path}/*.wav does.")
    if not path.is_file():
        raise AudioFileError(f"{path}: no such file.")
    try:
        layout = measure(path)
        if layout.end == 0:
            raise AudioFileError(f"{path}: the file is empty (0 bytes).")
        with MeasuredFile(path, layout) as file, soundfile.SoundFile(file) as source:
            frames = source.frames if layout.flac_frames_at is None else _decodable(source)
            rate_hz, channels = source.samplerate, source.channels
    except OSError as error:
        raise AudioFileError(f"{path}: cannot be read ({error.strerror}).") from error
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{path}: not readable as WAV, FLAC or OGG ({error.error_string.strip()})") from error
    if frames == 0:
        raise AudioFileError(f"{path}: the file holds no audio (0 samples).")
    remark = _remark(path, layout, frames, rate_hz)
    return AudioFile(path, rate_hz, channels, round(1000 * frames / rate_hz), frames, remark)


def _decodable(source: soundfile.SoundFile) -> int:
    """Frames up to the end of the file or to the first damage."""
    frames = 0
    block = np.empty((source.samplerate, source.channels), dtype=np.float32)
    while True:
        # Behind the last frame and at damage soundfile raises, though libsndfile gave the frames before: what it wrote
        # over tells how many.
        block.fill(np.nan)
        try:
            source.read(out=block)
        except soundfile.LibsndfileError:
            return frames + int(np.count_nonzero(~np.isnan(block[:, 0])))
        frames += len(block)


def _remark(path: Path, layout: Layout, frames: int, rate_hz: int) -> str:
    if layout.end < path.stat().st_size:
        return f"{path}: it breaks off in the middle of a page; the {frames / rate_hz:.2f} s before are read."
    declared = round(frames * layout.declared_share)
    if layout.flac_frames_at is not None:
        declared = soundfile.info(str(path)).frames
        if declared >= 1 << 36:  # FLAC counts in 36 bits: libsndfile's way to say that the header does not know.
            declared = frames
    if abs(declared - frames) <= rate_hz // 100:
        return ""
    return f"{path}: its header says {declared / rate_hz:.2f} s, it holds {frames / rate_hz:.2f} s; all of it is read."


def roles_for(file: AudioFile, wanted: FileRoles | None) -> FileRoles:
    """Who speaks on which channel: as told, else two channels are customer and agent, and one is both in one.

    Raises:
        AudioFileError: the number of channels does not fit.
    """
    default: dict[int, FileRoles] = {1: ("mixed",), 2: ("customer", "agent")}
    roles = wanted if wanted is not None else default.get(file.channels)
    if roles is None or len(roles) != file.channels:
        given = "no --channels" if wanted is None else f"--channels {roles_text(wanted)}"
        raise AudioFileError(
            f"{file.path}: {_count_text(file.channels)} but {given}; name who is on each, and - for one to leave out, "
            f"e.g. --channels {roles_text(_example(file.channels))}"
        )
    return roles


def roles_text(roles: FileRoles) -> str:
    """As `--channels` takes them."""
    return ",".join(role or "-" for role in roles)


def _count_text(channels: int) -> str:
    return f"{channels} channel{'s' if channels > 1 else ''}"


def _example(channels: int) -> FileRoles:
    both: FileRoles = ("customer", "agent")
    return (both + (None,) * channels)[:channels]


def chunks(file: AudioFile, rate_hz: int, chunk_ms: int = CHUNK_MS) -> Iterator[NDArray[np.float32]]:
    """The audio at `rate_hz`, in blocks of `chunk_ms`: float32 [samples, channels]; the last one may be shorter.

    Raises:
        AudioFileError: the file breaks off or is damaged inside.
    """
    resample = soxr.ResampleStream(file.rate_hz, rate_hz, file.channels, dtype="float32")
    size = rate_hz * chunk_ms // 1000
    held = np.zeros((0, file.channels), dtype=np.float32)
    try:
        layout = measure(file.path).with_frames(file.frames)
        with MeasuredFile(file.path, layout) as opened, soundfile.SoundFile(opened) as source:
            while True:
                # A second at a time: a call of an hour need not fit into memory.
                block = source.read(file.rate_hz, dtype="float32", always_2d=True)
                last = len(block) < file.rate_hz or source.tell() >= source.frames
                # The resampler holds some samples back until `last`, so block and chunk limits do not coincide.
                fresh = block if file.rate_hz == rate_hz else resample.resample_chunk(block, last=last)
                held = np.concatenate([held, fresh.reshape(-1, file.channels)])
                while len(held) >= size:
                    yield held[:size]
                    held = held[size:]
                if last:
                    break
    except OSError as error:
        raise AudioFileError(f"{file.path}: cannot be read ({error.strerror}).") from error
    except soundfile.LibsndfileError as error:
        raise AudioFileError(f"{file.path}: damaged audio ({error.error_string.strip()})") from error
    if len(held):
        yield held
