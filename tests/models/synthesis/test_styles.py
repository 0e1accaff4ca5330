from __future__ import annotations

import numpy as np

from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.styles import STYLES, Style, shape
from tonewatch.models.synthesis.vocoder import Frames, analyse, render

from .conftest import median_st, needs_world


@needs_world
def test_silence_passes_through_every_shaping() -> None:
    silent = analyse(np.zeros(RATE_HZ // 2, dtype=np.float32), RATE_HZ)
    for style in STYLES.values():
        assert np.isfinite(render(shape(silent, style, np.random.default_rng(3)))).all()


@needs_world
def test_an_angry_vowel_is_higher_and_shorter_and_a_sobbing_one_longer(frames: Frames) -> None:
    neutral, angry, sobbing = (
        render(shape(frames, STYLES[name], np.random.default_rng(4))) for name in ("neutral", "angry", "sobbing")
    )
    assert median_st(angry) - median_st(neutral) > 3.5
    assert angry.size < 0.9 * neutral.size < neutral.size < 0.9 * sobbing.size


def made_frames(size: int = 300) -> Frames:
    """A steady voice with a falling spectrum, without any vocoder."""
    envelope = np.tile(1.0 / np.arange(1.0, 66.0) ** 2, (size, 1))
    return Frames(np.full(size, 150.0), envelope, np.full((size, 65), 0.1), 24_000)


def test_a_style_changes_length_and_pitch_as_its_numbers_say() -> None:
    style = Style(shift_st=4.0, duration=0.8, pitch_range=1.0)
    shaped = shape(made_frames(), style, np.random.default_rng(0))
    assert shaped.f0_hz.size == 300 * 0.8 or abs(shaped.f0_hz.size - 240) <= 6
    assert abs(12.0 * np.log2(np.median(shaped.f0_hz) / 150.0) - 4.0) < 0.35


def test_degraded_styles_are_those_of_anger_and_distress() -> None:
    degraded = {name for name, style in STYLES.items() if style.degraded}
    assert degraded == {"irritated", "angry", "furious", "cold_anger", "distressed", "sobbing"}
