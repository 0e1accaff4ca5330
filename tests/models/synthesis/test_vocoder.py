from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.vocoder import FRAME_MS, Frames, analyse, render
from tonewatch.stream.errors import DependencyError

from .conftest import median_st, needs_world, vowel


@needs_world
def test_a_vowel_that_is_analysed_and_rendered_keeps_its_pitch_and_length() -> None:
    sound = vowel()
    frames = analyse(sound, RATE_HZ)
    again = render(frames)
    assert again.size / sound.size == pytest.approx(1.0, abs=0.02)
    assert median_st(again) == pytest.approx(median_st(sound), abs=0.2)
    assert frames.f0_hz.size == pytest.approx(1000.0 * sound.size / RATE_HZ / FRAME_MS, abs=2)


def test_levels_are_relative_to_the_loudest_frame_and_bins_reach_half_the_rate() -> None:
    frames = Frames(np.array([0.0, 120.0]), np.array([[0.5, 0.5], [5.0, 5.0]]), np.zeros((2, 2)), 24_000)
    assert frames.level_db.tolist() == pytest.approx([-10.0, 0.0])
    assert frames.bins_hz.tolist() == [0.0, 12_000.0]
    assert frames.voiced.tolist() == [False, True]


@pytest.mark.skipif(importlib.util.find_spec("pyworld") is not None, reason="pyworld is installed")
def test_without_world_it_is_said_what_to_install() -> None:
    with pytest.raises(DependencyError, match="tonewatch\\[synthesis\\]"):
        analyse(np.zeros(2400, dtype=np.float32), RATE_HZ)
