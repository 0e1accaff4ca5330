"""Samples and lengths of audio files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.models.corpora.clip import Clip
from tonewatch.stream.errors import AudioFileError, DependencyError

Samples = NDArray[np.float32]

RATE_HZ = 16_000
# Containers that libsndfile does not open: MELD comes as video.
VIDEO = (".mp4", ".m4a", ".mkv", ".webm")


def load_samples(path: Path) -> Samples:
    """First channel as float32 at 16 kHz; AudioFileError when the file cannot be read or is empty."""
    samples, rate_hz = _video_sound(path) if path.suffix.lower() in VIDEO else _sound(path)
    if samples.shape[0] == 0:
        raise AudioFileError(f"{path} holds no audio")
    mono = np.ascontiguousarray(samples[:, 0])
    return mono if rate_hz == RATE_HZ else np.asarray(soxr.resample(mono, rate_hz, RATE_HZ), dtype=np.float32)


def clip_samples(clip: Clip) -> Samples:
    """`load_samples`, cut to the clip's `head_s`."""
    samples = load_samples(clip.path)
    return samples if clip.head_s is None else samples[: round(clip.head_s * RATE_HZ)]


def length_s(path: Path) -> float:
    """From the header alone, in seconds rounded to the millisecond; AudioFileError when there is none."""
    try:
        info = soundfile.info(path)
    except (OSError, soundfile.SoundFileError) as error:
        raise AudioFileError(f"cannot read {path} as audio: {error}") from error
    return round(float(info.frames) / float(info.samplerate), 3)


def _sound(path: Path) -> tuple[Samples, int]:
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise AudioFileError(f"cannot read {path} as audio: {error}") from error
    return samples, int(rate_hz)


def _video_sound(path: Path) -> tuple[Samples, int]:
    try:
        import av
    except ImportError as error:
        raise DependencyError(f"{path} is a video: pip install av, or convert it to WAV or FLAC") from error
    try:
        with av.open(str(path)) as container:
            floats = av.AudioResampler(format="fltp")
            decoded = [part for frame in container.decode(audio=0) for part in floats.resample(frame)]
    except (OSError, IndexError, av.FFmpegError) as error:
        raise AudioFileError(f"cannot read {path} as audio: {error}") from error
    if not decoded:
        return np.zeros((0, 1), dtype=np.float32), RATE_HZ
    return np.concatenate([frame.to_ndarray() for frame in decoded], axis=1).T, int(decoded[0].sample_rate)
