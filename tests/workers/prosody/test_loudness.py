"""Level, its slope and pauses of power that is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.workers.prosody import loudness

SPEECH = np.repeat([True, False, True], [50, 30, 40])
POWER = np.where(SPEECH, 1e-2, 1e-4)


def test_the_level_is_that_of_the_speech_alone() -> None:
    assert loudness.level_db(POWER, SPEECH) == pytest.approx(-20.0)


def test_the_noise_is_read_off_the_frames_between_and_a_click_is_none() -> None:
    power = POWER.copy()
    power[60] = 1.0
    assert loudness.noise_share(power, SPEECH) == pytest.approx(0.01)


def test_where_there_is_nothing_but_speech_a_little_noise_is_assumed() -> None:
    assert 0 < loudness.noise_share(POWER[:50], SPEECH[:50]) < 0.1


def test_noise_as_loud_as_the_speech_leaves_nothing_of_it() -> None:
    assert loudness.noise_share(np.full(120, 1e-2), SPEECH) == pytest.approx(1.0)


def test_a_level_that_rises_steadily_has_its_slope_and_a_short_one_has_none() -> None:
    power = 10 ** ((-30 + 6 * np.arange(200) / 100) / 10)
    assert loudness.level_slope_db_per_s(power, np.ones(200, np.bool_)) == pytest.approx(6.0, abs=0.1)
    assert loudness.level_slope_db_per_s(power, np.arange(200) < 99) is None


def test_pauses_are_counted_between_the_first_and_the_last_word_from_100_ms_on() -> None:
    around = np.pad(SPEECH, 20)
    share, longest_ms = loudness.pauses(around)
    assert share == pytest.approx(30 / 120)
    assert longest_ms == 300
    short = np.repeat([True, False, True], [50, 9, 50])
    assert loudness.pauses(short) == (0.0, 0)


def test_smoothing_keeps_the_level_and_the_length() -> None:
    assert loudness.smoothed_db(np.full(30, 1e-3)) == pytest.approx(np.full(30, -30.0))
