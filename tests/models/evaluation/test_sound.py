from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.models.evaluation.sound import Band, UnreadableClip, over_band, read_sound
from tonewatch.models.shipped import voice_like
from tonewatch.workers.encoder import LONGEST_S, SHORTEST_S


def write(path: Path, samples: np.ndarray, rate_hz: int = 16_000, subtype: str | None = None) -> Path:
    soundfile.write(path, samples, rate_hz, subtype=subtype)
    return path


def test_the_phone_band_is_narrower_than_the_wide_one() -> None:
    hiss = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    above = np.fft.rfftfreq(16_000, 1 / 16_000) > 4500.0
    phone, wide = (np.abs(np.fft.rfft(over_band(hiss, band).samples))[above].sum() for band in Band)
    assert phone < 0.01 * wide


def test_a_clip_of_ten_seconds_is_one_piece() -> None:
    assert [piece.size for piece in over_band(voice_like(10.0, 150.0), Band.WIDE).pieces] == [160_000]


@given(st.integers(int(SHORTEST_S * 16_000), 400_000), st.sampled_from(Band))
def test_pieces_hold_the_whole_clip_and_each_fits_the_encoder(size: int, band: Band) -> None:
    sound = over_band(np.random.default_rng(size).uniform(-1, 1, size).astype(np.float32), band)
    assert sum(piece.size for piece in sound.pieces) == sound.samples.size
    assert all(SHORTEST_S <= piece.size / 16_000 <= LONGEST_S for piece in sound.pieces)
    assert sound.shares.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("size", [16_001, 16_079, 16_159, 16_161, 16_239, 16_319])
def test_a_clip_of_any_length_has_prosody(size: int) -> None:
    sound = over_band(voice_like(2.0, 150.0)[:size], Band.WIDE)
    assert sound.prosody.f0_median_st is not None
    assert sound.abstained is None


def test_a_piece_of_silence_does_not_count() -> None:
    spoken = np.concatenate([voice_like(10.0, 150.0), np.zeros(160_000, dtype=np.float32)])
    assert over_band(spoken, Band.WIDE).shares == pytest.approx([1.0, 0.0])


def test_the_gain_that_was_added_is_remembered() -> None:
    quiet, loud = (over_band(level * voice_like(1.0, 150.0), Band.PHONE) for level in (np.float32(0.01), np.float32(1)))
    assert quiet.gain_db - loud.gain_db == pytest.approx(40.0)
    assert quiet.samples == pytest.approx(loud.samples, abs=1e-3)


def test_a_sound_that_is_hardly_speech_would_not_be_judged() -> None:
    burst = np.concatenate([voice_like(0.3, 150.0), np.zeros(32_000, dtype=np.float32)])
    assert over_band(burst, Band.PHONE).abstained == "too_short"


def test_speech_is_found_whatever_the_level_of_the_recording(data_dir: Path) -> None:
    quietest = read_sound(data_dir / "ravdess" / "audio" / "03-01-04-01-02-02-09.flac", Band.WIDE)
    assert quietest.abstained is None
    assert quietest.quality.speech_ms > 1_000


def test_what_cannot_be_read_is_told_with_its_reason(tmp_path: Path) -> None:
    voice = voice_like(1.0, 150.0)
    (tmp_path / "nothing.flac").write_bytes(b"")
    (tmp_path / "words.flac").write_text("these are words")
    write(tmp_path / "none.wav", voice[:0])
    write(tmp_path / "short.wav", voice[:4_000])
    write(tmp_path / "silent.wav", np.zeros(16_000))
    write(tmp_path / "nan.wav", np.where(np.arange(16_000) == 9, np.nan, voice), subtype="FLOAT")
    reasons = {
        "gone.flac": "no such file",
        "nothing.flac": "empty file",
        "words.flac": "not audio, or without any",
        "none.wav": "not audio, or without any",
        "short.wav": "shorter than 0.3 s",
        "silent.wav": "too silent",
        "nan.wav": "samples that are no numbers",
    }
    for name, reason in reasons.items():
        with pytest.raises(UnreadableClip, match=name) as caught:
            read_sound(tmp_path / name, Band.PHONE)
        assert caught.value.reason == reason
