from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.workers import pitch
from tonewatch.workers.audio import codecs

Samples = NDArray[np.float32]


def harmonics(
    f0_hz: float, low_hz: float = 0, high_hz: float = 3400, seconds: float = 1.0, rate_hz: int = 8000
) -> Samples:
    """Harmonics of `f0_hz` inside a band, falling 6 dB an octave."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    orders = [k for k in range(1, 100) if low_hz <= k * f0_hz <= high_hz]
    tone = sum(np.sin(2 * np.pi * k * f0_hz * t + k * k) / k for k in orders)
    return np.asarray(0.1 * tone / np.max(np.abs(tone)), dtype=np.float32)


@settings(max_examples=40)
@given(st.floats(80, 330))
def test_f0_is_right_within_two_percent(f0_hz: float) -> None:
    track = pitch.track(harmonics(f0_hz), 8000)
    assert track.voiced.mean() > 0.9
    assert np.nanmedian(track.f0_hz) == pytest.approx(f0_hz, rel=0.02)


@settings(max_examples=40)
@given(st.floats(80, 330))
def test_f0_is_right_with_the_fundamental_missing(f0_hz: float) -> None:
    track = pitch.track(harmonics(f0_hz, low_hz=max(300, 1.5 * f0_hz)), 8000)
    wrong = np.abs(track.f0_hz[5:-5] / f0_hz - 1) > 0.02
    assert wrong.mean() < 0.05


def test_f0_does_not_depend_on_the_rate_or_the_level() -> None:
    quiet = pitch.track(0.01 * harmonics(150), 8000)
    wide = pitch.track(harmonics(150, rate_hz=16_000), 16_000)
    assert np.nanmedian(quiet.f0_hz) == pytest.approx(150, rel=0.01)
    assert np.nanmedian(wide.f0_hz) == pytest.approx(150, rel=0.01)


def test_a_glide_is_followed() -> None:
    t = np.arange(16_000) / 8000
    f0_hz = 120 * 2 ** (t / 4)
    phase = 2 * np.pi * np.cumsum(f0_hz) / 8000
    glide = np.sum([np.sin(k * phase) for k in range(3, 15)], axis=0).astype(np.float32) / np.float32(40)
    track = pitch.track(glide, 8000)
    assert np.nanmedian(np.abs(track.f0_st - 12 * np.log2(f0_hz[40::80] / 55))) < 0.2


def test_silence_has_no_pitch() -> None:
    assert not pitch.track(np.zeros(8000, np.float32), 8000).voiced.any()


def test_noise_has_hardly_any_pitch() -> None:
    noise = (0.1 * np.random.default_rng(1).standard_normal(16_000)).astype(np.float32)
    assert pitch.track(noise, 8000).voiced.mean() < 0.1


def test_audio_shorter_than_a_frame_gives_an_empty_track() -> None:
    assert len(pitch.track(np.zeros(79, np.float32), 8000).f0_hz) == 0


def test_confidence_falls_with_noise(voice: Callable[..., Samples]) -> None:
    clean = voice(2)
    noisy = clean + (0.05 * np.random.default_rng(2).standard_normal(len(clean))).astype(np.float32)
    means = [np.mean(t.confidence[t.voiced]) for t in (pitch.track(clean, 8000), pitch.track(noisy, 8000))]
    assert means[0] > means[1] + 0.03


def telephone(samples: Samples, rate_hz: int) -> Samples:
    """300 to 3400 Hz, mu-law, 8 kHz."""
    narrow = codecs.resample(samples, rate_hz, 8000)
    spectrum = np.fft.rfft(narrow)
    hz = np.fft.rfftfreq(len(narrow), 1 / 8000)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    band = np.fft.irfft(spectrum, len(narrow)).astype(np.float32)
    band *= 0.05 / np.sqrt(np.mean(band**2))
    return codecs.decode(codecs.encode(band, "mulaw"), "mulaw")


def test_on_recorded_speech_at_telephone_band_it_agrees_with_praat_at_full_band(speech_data: Path) -> None:
    parselmouth = pytest.importorskip("parselmouth")
    off = together = 0
    for path in sorted((speech_data / "emodb").rglob("*.flac"))[::40]:
        samples, rate_hz = soundfile.read(path, dtype="float32")
        sound = parselmouth.Sound(samples.astype(np.float64), rate_hz)
        praat = sound.to_pitch_ac(time_step=0.01, pitch_floor=55, pitch_ceiling=500)
        truth = praat.selected_array["frequency"]
        ours = pitch.track(telephone(samples, rate_hz), 8000).f0_hz
        at = np.clip(np.rint(praat.xs() / 0.01 - 0.5).astype(int), 0, len(ours) - 1)
        both = (truth > 0) & ~np.isnan(ours[at])
        off += int((np.abs(12 * np.log2(ours[at][both] / truth[both])) > 2).sum())
        together += int(both.sum())
    assert together > 500
    assert off / together < 0.079
