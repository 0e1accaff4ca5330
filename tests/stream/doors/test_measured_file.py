"""Headers that were written before the audio: a killed recorder's, a pipe's, a full disk's."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.stream.doors.audio_file import chunks, inspect
from tonewatch.stream.doors.measured_file import measure
from tonewatch.stream.errors import AudioFileError

Tone = Callable[..., Path]
LIST = b"LIST" + struct.pack("<I", 4) + b"INFO"


def with_data_length(path: Path, length: int, behind: bytes = b"") -> Path:
    """The WAV file with another length of its data chunk, and with `behind` after its audio."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"data") + 4
    raw[at : at + 4] = struct.pack("<I", length)
    path.write_bytes(bytes(raw) + behind)
    return path


def with_flac_frames(path: Path, frames: int) -> Path:
    raw = bytearray(path.read_bytes())
    raw[21:26] = bytes([raw[21] & 0xF0]) + frames.to_bytes(4)
    path.write_bytes(raw)
    return path


def samples(path: Path) -> np.ndarray:
    return np.concatenate(list(chunks(inspect(path), 8000)))


@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "FLOAT"])
@pytest.mark.parametrize(
    ("length", "said"), [(0, "says 0.00 s, it holds 6.00 s"), (480, "it holds 6.00 s"), (0xFFFF_FFFF, "")]
)
def test_a_wav_file_is_read_to_its_end_whatever_its_header_says(
    tmp_path: Path, tone: Tone, subtype: str, length: int, said: str
) -> None:
    whole = samples(tone(tmp_path / "whole.wav", seconds=6.0, subtype=subtype))
    killed = with_data_length(tone(tmp_path / "killed.wav", seconds=6.0, subtype=subtype), length)
    assert inspect(killed).duration_ms == 6000
    assert said in inspect(killed).remark if said else not inspect(killed).remark
    assert np.array_equal(samples(killed), whole)


def test_a_wav_file_that_was_cut_off_says_so(tmp_path: Path, tone: Tone) -> None:
    path = tone(tmp_path / "cut.wav", seconds=6.0)
    path.write_bytes(path.read_bytes()[: 44 + 16_000])
    assert "says 6.00 s, it holds 1.00 s" in inspect(path).remark


@pytest.mark.parametrize("behind", [b"", LIST, LIST + b"id3 " + struct.pack("<I", 3) + b"abc", b"\0\0"])
def test_chunks_behind_the_audio_are_no_audio(tmp_path: Path, tone: Tone, behind: bytes) -> None:
    path = with_data_length(tone(tmp_path / "a.wav"), 16_000, behind)
    assert (inspect(path).frames, inspect(path).remark) == (8000, "")
    assert measure(path).patches == ()


def test_a_wav_file_without_audio_holds_none_whatever_follows(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    soundfile.write(path, np.zeros(0), 8000)
    path.write_bytes(path.read_bytes() + LIST)
    with pytest.raises(AudioFileError, match="0 samples"):
        inspect(path)


def test_a_long_wav_file_is_measured_too(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.full(8000, 0.5), 8000, format="RF64")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"ds64") + 16
    raw[at : at + 8] = bytes(8)
    size_at = raw.index(b"data") + 4
    raw[size_at : size_at + 4] = b"\xff" * 4
    path.write_bytes(raw)
    assert inspect(path).frames == 8000


@pytest.mark.parametrize(("frames", "said"), [(0, ""), (240, "says 0.03 s, it holds 6.00 s")])
def test_a_flac_file_is_decoded_to_its_end(tmp_path: Path, tone: Tone, frames: int, said: str) -> None:
    whole = samples(tone(tmp_path / "whole.flac", seconds=6.0))
    killed = with_flac_frames(tone(tmp_path / "killed.flac", seconds=6.0), frames)
    assert said in inspect(killed).remark if said else not inspect(killed).remark
    assert np.array_equal(samples(killed), whole)


@pytest.mark.parametrize("name", ["cut.flac", "cut.ogg"])
def test_a_compressed_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, tone: Tone, name: str) -> None:
    path = tone(tmp_path / name, seconds=60.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    found = inspect(path)
    assert 10_000 < found.duration_ms < 50_000 and found.remark
    assert len(samples(path)) == found.frames


def test_what_lies_before_damage_is_read(tmp_path: Path, tone: Tone) -> None:
    path = tone(tmp_path / "a.flac", seconds=6.0)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x5A
    path.write_bytes(raw)
    assert 0 < len(samples(path)) == inspect(path).frames < 48_000
    assert "says 6.00 s" in inspect(path).remark
