from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.stream.archive import clips
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.review.playback import LONGEST_MS, Piece, play
from tonewatch.stream.errors import DataError


def tone(folder: Path, name: str, milliseconds: int, rate_hz: int = 8000, level: float = 0.5) -> str:
    times = np.arange(milliseconds * rate_hz // 1000) / rate_hz
    soundfile.write(folder / name, level * np.sin(2 * np.pi * 300 * times), rate_hz, subtype="PCM_16")
    return name


def played(folder: Path, *pieces: Piece) -> tuple[np.ndarray, int]:
    return heard(play(pieces, Folder(folder).read))


def heard(data: bytes) -> tuple[np.ndarray, int]:
    samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="int16")
    return samples, rate_hz


def test_clips_lie_at_their_seconds_with_silence_between(tmp_path: Path) -> None:
    pieces = [Piece(24_000, tone(tmp_path, "a.wav", 500)), Piece(26_000, tone(tmp_path, "b.wav", 1000))]
    samples, rate_hz = played(tmp_path, *pieces)
    assert (rate_hz, len(samples)) == (8000, 3 * 8000)
    assert np.abs(samples[:4000]).max() > 10_000
    assert not samples[4000:16_000].any()
    assert np.abs(samples[16_000:]).max() > 10_000


def test_what_the_line_sent_as_mu_law_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    path.write_bytes(clips.wav(clips.Clip("mulaw", 8000, b"\x00\x80" * 400)))
    samples, rate_hz = played(tmp_path, Piece(0, "line.wav"))
    assert (rate_hz, len(samples)) == (8000, 800)
    assert (samples.min(), samples.max()) == (-32124, 32124)


def test_a_call_whose_codec_changed_is_played_at_the_higher_rate(tmp_path: Path) -> None:
    pieces = [Piece(0, tone(tmp_path, "a.wav", 1000)), Piece(1000, tone(tmp_path, "b.wav", 1000, rate_hz=16_000))]
    samples, rate_hz = played(tmp_path, *pieces)
    assert (rate_hz, len(samples)) == (16_000, 32_000)
    assert np.abs(samples[4000:12_000]).max() == pytest.approx(np.abs(samples[20_000:28_000]).max(), rel=0.02)


def test_the_agent_is_heard_on_the_right_and_the_caller_on_the_left(tmp_path: Path) -> None:
    clip = tone(tmp_path, "a.wav", 500)
    samples, _rate_hz = played(tmp_path, Piece(1000, clip), Piece(1500, clip, "agent"))
    assert samples.shape == (8000, 2)
    assert [bool(part.any()) for part in (samples[:4000, 0], samples[4000:, 0])] == [True, False]
    assert [bool(part.any()) for part in (samples[:4000, 1], samples[4000:, 1])] == [False, True]


def test_what_cannot_be_played_says_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No audio"):
        played(tmp_path)
    with pytest.raises(DataError, match="TONEWATCH_STORE"):
        played(tmp_path, Piece(0, "gone.wav"))
    clip = tone(tmp_path, "a.wav", 100)
    with pytest.raises(DataError, match="too far apart"):
        played(tmp_path, Piece(0, clip), Piece(LONGEST_MS, clip))
