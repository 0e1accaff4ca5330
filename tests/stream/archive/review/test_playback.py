from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.stream.archive import clips
from tonewatch.stream.archive.review.playback import LONGEST_MS, Piece, play
from tonewatch.stream.errors import DataError


def tone(folder: Path, name: str, milliseconds: int, rate_hz: int = 8000, level: float = 0.5) -> Path:
    times = np.arange(milliseconds * rate_hz // 1000) / rate_hz
    path = folder / name
    soundfile.write(path, level * np.sin(2 * np.pi * 300 * times), rate_hz, subtype="PCM_16")
    return path


def heard(data: bytes) -> tuple[np.ndarray, int]:
    samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="int16")
    return samples, rate_hz


def test_clips_lie_at_their_seconds_with_silence_between(tmp_path: Path) -> None:
    pieces = [Piece(24_000, tone(tmp_path, "a.wav", 500)), Piece(26_000, tone(tmp_path, "b.wav", 1000))]
    samples, rate_hz = heard(play(pieces))
    assert (rate_hz, len(samples)) == (8000, 3 * 8000)
    assert np.abs(samples[:4000]).max() > 10_000
    assert not samples[4000:16_000].any()
    assert np.abs(samples[16_000:]).max() > 10_000


def test_what_the_line_sent_as_mu_law_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    path.write_bytes(clips.wav(clips.Clip("mulaw", 8000, b"\x00\x80" * 400)))
    samples, rate_hz = heard(play([Piece(0, path)]))
    assert (rate_hz, len(samples)) == (8000, 800)
    assert (samples.min(), samples.max()) == (-32124, 32124)


def test_a_call_whose_codec_changed_is_played_at_the_higher_rate(tmp_path: Path) -> None:
    pieces = [Piece(0, tone(tmp_path, "a.wav", 1000)), Piece(1000, tone(tmp_path, "b.wav", 1000, rate_hz=16_000))]
    samples, rate_hz = heard(play(pieces))
    assert (rate_hz, len(samples)) == (16_000, 32_000)
    assert np.abs(samples[4000:12_000]).max() == pytest.approx(np.abs(samples[20_000:28_000]).max(), rel=0.02)


def test_what_cannot_be_played_says_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No audio"):
        play([])
    with pytest.raises(DataError, match="TONEWATCH_STORE"):
        play([Piece(0, tmp_path / "gone.wav")])
    clip = tone(tmp_path, "a.wav", 100)
    with pytest.raises(DataError, match="too far apart"):
        play([Piece(0, clip), Piece(LONGEST_MS, clip)])
