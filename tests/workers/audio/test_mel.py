from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.workers.audio import mel
from tonewatch.workers.audio.mel import log_mel, mel_filters, normalise_loudness, speech_mel, speech_rms


def noise(seconds: float, seed: int = 0) -> mel.Samples:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(int(seconds * mel.RATE_HZ))).astype(np.float32)


def whisper_features() -> Any:
    transformers = pytest.importorskip("transformers", reason="needs transformers: make test EXTRAS=train")
    return transformers.WhisperFeatureExtractor()


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.345])
def test_it_equals_whispers_own_front_end_without_its_padding(seconds: float) -> None:
    samples = noise(seconds)
    ours = log_mel(samples)
    # The last two frames reach into the 30 s of silence that Whisper's front end adds, where ours mirrors the samples.
    theirs = whisper_features()(samples, sampling_rate=mel.RATE_HZ, return_tensors="np").input_features[0]
    np.testing.assert_allclose(ours[:, :-2], theirs[:, : ours.shape[1] - 2], atol=1e-4)


def test_the_filterbank_equals_the_one_whisper_was_trained_with() -> None:
    np.testing.assert_allclose(mel_filters(), whisper_features().mel_filters, atol=1e-7)


def test_there_is_one_frame_for_every_ten_milliseconds() -> None:
    assert log_mel(noise(1.0)).shape == (80, 100)
    assert log_mel(noise(1.0)[:-1]).shape == (80, 99)


def test_a_tone_is_loudest_in_the_band_around_it() -> None:
    time_s = np.arange(mel.RATE_HZ) / mel.RATE_HZ
    bands = log_mel(np.sin(2 * np.pi * 1000 * time_s).astype(np.float32)).mean(1)
    heard = mel_filters()[:, int(bands.argmax())]
    assert abs(heard.argmax() * mel.RATE_HZ / mel.WINDOW - 1000.0) < 50.0


def test_nothing_lies_more_than_eight_decades_under_the_peak() -> None:
    samples = np.concatenate([noise(0.5), np.zeros(8000, dtype=np.float32)])
    bands = log_mel(samples)
    assert bands.max() - bands.min() == pytest.approx(8.0 / 4.0, abs=1e-5)


@pytest.mark.parametrize("gain_db", [-40.0, -12.0, 18.0])
def test_gain_changes_nothing_of_what_the_encoder_hears(gain_db: float) -> None:
    samples = noise(1.0)
    louder = samples * np.float32(10.0 ** (gain_db / 20.0))
    np.testing.assert_allclose(speech_mel(louder), speech_mel(samples), atol=1e-4)


def test_loudness_is_measured_over_speech_and_not_over_pauses() -> None:
    speech = noise(1.0)
    with_pause = np.concatenate([speech, np.zeros(mel.RATE_HZ, dtype=np.float32)])
    assert speech_rms(with_pause) == pytest.approx(speech_rms(speech), rel=0.02)


def test_silence_stays_silence() -> None:
    silence = np.zeros(mel.RATE_HZ, dtype=np.float32)
    assert not normalise_loudness(silence).any()
    assert np.isfinite(speech_mel(silence)).all()


def glide(seconds: float) -> NDArray[np.float32]:
    """Harmonics that rise and swell, as those of a voice do."""
    at_s = np.arange(int(seconds * mel.RATE_HZ)) / mel.RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * at_s)) / mel.RATE_HZ
    swell = 1.2 + np.sin(5 * at_s)
    voiced: NDArray[np.float32] = (0.05 * swell * sum(np.sin(k * phase) / k for k in range(1, 20))).astype(np.float32)
    return voiced


def without(samples: NDArray[np.float32], gaps: mel.Ranges) -> NDArray[np.float32]:
    torn = samples.copy()
    for first, end in gaps:
        torn[first:end] = 0.0
    return torn


def test_lost_packets_are_interpolated_and_leave_a_spectrum_near_the_whole_one() -> None:
    whole, gaps = glide(2.0), [(320 * n, 320 * n + 320) for n in range(3, 100, 5)]
    torn = without(whole, gaps)
    expected = log_mel(whole)
    clicks, concealed = (np.abs(log_mel(torn, missing=of) - expected).mean() for of in ((), gaps))
    assert concealed < 0.4 * clicks


def test_frames_that_see_no_gap_and_gaps_too_long_to_bridge_stay_as_they_are() -> None:
    whole = glide(2.0)
    short, long = [(8000, 8320)], [(8000, 8000 + mel.RATE_HZ // 2)]
    torn = without(whole, short)
    changed = np.flatnonzero((log_mel(torn, missing=short) != log_mel(torn)).any(axis=0))
    assert set(changed) <= set(range(48, 55))
    np.testing.assert_array_equal(log_mel(without(whole, long), missing=long), log_mel(without(whole, long)))


def test_where_every_frame_sees_a_gap_there_is_nothing_to_interpolate_between() -> None:
    gaps = [(160 * n, 160 * n + 120) for n in range(100)]
    torn = without(glide(1.0), gaps)
    np.testing.assert_array_equal(log_mel(torn, missing=gaps), log_mel(torn))
