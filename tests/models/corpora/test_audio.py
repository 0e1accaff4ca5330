from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tonewatch.models import corpora
from tonewatch.models.corpora.audio import length_s
from tonewatch.stream.errors import AudioFileError


def test_samples_come_at_sixteen_kilohertz_from_the_first_channel(tmp_path: Path) -> None:
    stereo = np.stack([np.full(8000, 0.5), np.zeros(8000)], axis=1)
    soundfile.write(tmp_path / "a.wav", stereo, 8000)
    samples = corpora.load_samples(tmp_path / "a.wav")
    assert samples.shape == (16_000,)
    assert samples.dtype == np.dtype(np.float32)
    assert samples[8000] == pytest.approx(0.5, abs=0.01)


def test_what_is_no_audio_or_holds_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.flac").write_text("words")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    for name in ("text.flac", "empty.wav"):
        with pytest.raises(AudioFileError, match=name):
            corpora.load_samples(tmp_path / name)


def test_a_clip_is_cut_to_its_head(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(48_000), 16_000)
    clip = corpora.Clip(tmp_path / "a.wav", "made", "s", "", "sad", "sad", "en", "", 3.0, head_s=2.0)
    assert corpora.clip_samples(clip).size == 32_000
    assert length_s(clip.path) == 3.0


def test_the_sound_of_a_video_is_read(tmp_path: Path) -> None:
    tone = (0.5 * np.sin(2.0 * np.pi * 440.0 * np.arange(32_000) / 32_000)).astype(np.float32)
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=32_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
        frame.sample_rate = 32_000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    samples = corpora.load_samples(tmp_path / "a.mp4")
    assert samples.size == pytest.approx(16_000, abs=2000)
    assert np.argmax(np.abs(np.fft.rfft(samples[:16_000]))) == pytest.approx(440.0, abs=2.0)


def test_a_video_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("words")
    with pytest.raises(AudioFileError, match=r"a\.mp4"):
        corpora.load_samples(tmp_path / "a.mp4")
