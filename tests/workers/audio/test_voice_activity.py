from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.stream.errors import Unprocessable
from tonewatch.workers.audio.voice_activity import (
    MEMORY_FRAMES,
    NoiseFloor,
    VadSettings,
    VoiceActivity,
    frame_levels_db,
)

Samples = NDArray[np.float32]


def noise(seconds: float, level: float, seed: int = 3) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * 8000))).astype(np.float32)


def decide(samples: Samples, cuts: list[int] | None = None, rate_hz: int = 8000, start: int = 0) -> NDArray[np.bool_]:
    detector = VoiceActivity(rate_hz, start)
    parts = [detector.push(part).speech for part in np.split(samples, sorted(cuts or []))]
    return np.concatenate([*parts, detector.flush().speech])


def test_speech_is_speech_and_the_line_around_it_is_not(voice: Callable[..., Samples]) -> None:
    line = noise(6, 0.001)
    line[16_000:32_000] += voice(2)
    speech = decide(line)
    assert speech[105:195].mean() > 0.8
    assert speech[:95].mean() < 0.1
    assert speech[215:].mean() < 0.05


def test_loud_steady_noise_is_not_speech() -> None:
    assert decide(noise(10, 0.1))[150:].mean() < 0.05


def test_silence_is_not_speech() -> None:
    assert not decide(np.zeros(16_000, np.float32)).any()


def test_speech_right_at_the_beginning_is_heard(voice: Callable[..., Samples]) -> None:
    assert decide(voice(1))[:40].mean() > 0.7


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 24_000), max_size=30))
def test_chunking_does_not_change_a_decision(voice: Callable[..., Samples], cuts: list[int]) -> None:
    audio = noise(3, 0.002)
    audio[6_000:18_000] += voice(1.5)
    np.testing.assert_array_equal(decide(audio, cuts), decide(audio))


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 60_000))
def test_where_listening_began_does_not_matter_after_the_memory(voice: Callable[..., Samples], start: int) -> None:
    audio = noise(20, 0.003)
    audio[20_000:90_000] += voice(8.75)
    whole, part = decide(audio), decide(audio[start:], start=start)
    np.testing.assert_array_equal(part[MEMORY_FRAMES:], whole[len(whole) - len(part) + MEMORY_FRAMES :])


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 48_000])
def test_every_accepted_rate_works(voice: Callable[..., Samples], rate_hz: int) -> None:
    assert decide(voice(2, rate_hz=rate_hz), rate_hz=rate_hz).mean() > 0.6


def test_another_rate_is_refused() -> None:
    with pytest.raises(Unprocessable, match="22050"):
        VoiceActivity(22_050)


def test_the_level_of_a_full_scale_square_wave_is_zero_db() -> None:
    square = np.tile(np.array([1, -1], np.float32), 80)[None, :]
    assert frame_levels_db(square)[0] == pytest.approx(0, abs=1e-6)


def test_on_a_recorded_call_each_party_speaks_less_than_two_thirds_of_the_time(speech_data: Path) -> None:
    call, rate_hz = soundfile.read(speech_data / "calls/audio/lca_auto_repairs_40_stereo.flac", dtype="float32")
    shares = [decide(call[:, channel].copy(), rate_hz=rate_hz).mean() for channel in (0, 1)]
    assert all(0.25 < share < 0.67 for share in shares)


@settings(max_examples=20)
@given(st.lists(st.integers(1, 260), min_size=1, max_size=5), st.integers(0, 1000))
def test_the_noise_floor_is_the_tenth_percentile_of_four_seconds_however_the_frames_came(
    counts: list[int], seed: int
) -> None:
    chosen = VadSettings()
    levels = np.random.default_rng(seed).uniform(-80, 0, sum(counts))
    floor = NoiseFloor(chosen)
    found = np.concatenate([floor.with_frames(part) for part in np.split(levels, np.cumsum(counts)[:-1])])
    known = [chosen.floor_min_db] * 5 + levels.tolist()
    windows = [sorted(known[max(0, end - 200) : end]) for end in range(6, len(known) + 1)]
    expected = [window[len(window) // 10] for window in windows]
    np.testing.assert_array_equal(found, np.clip(expected, chosen.floor_min_db, chosen.floor_max_db))
