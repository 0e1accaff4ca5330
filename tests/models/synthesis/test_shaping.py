"""Each shaping does to a vowel what its name says, measured on the sound and not on its own parameters."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.synthesis import shaping
from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.vocoder import Frames, analyse, render

from .conftest import band_balance_db, level_db, median_st, needs_world, pitch_track_hz, spread_st, vowel

pytestmark = needs_world


@pytest.mark.parametrize("shift_st", [-3.0, 4.0, 7.0])
def test_a_shift_moves_the_pitch_by_that_many_semitones(frames: Frames, shift_st: float) -> None:
    moved = median_st(render(shaping.shift_pitch(frames, shift_st))) - median_st(render(frames))
    assert moved == pytest.approx(shift_st, abs=0.35)


def test_widening_stretches_the_melody_and_keeps_its_middle(frames: Frames) -> None:
    plain, wide = render(frames), render(shaping.widen_pitch(frames, 1.8))
    assert spread_st(wide) / spread_st(plain) == pytest.approx(1.8, rel=0.12)
    assert median_st(wide) == pytest.approx(median_st(plain), abs=0.3)


def test_calming_a_melody_about_a_fixed_pitch_draws_the_utterance_towards_it(frames: Frames) -> None:
    calmed = median_st(render(shaping.widen_pitch(frames, 0.5, about_hz=280.0)))
    assert calmed - median_st(render(frames)) == pytest.approx(6.0, abs=0.4)


@pytest.mark.parametrize("change_db", [-6.0, 9.0])
def test_a_change_of_level_is_that_many_decibels(frames: Frames, change_db: float) -> None:
    changed = level_db(render(shaping.change_level(frames, change_db))) - level_db(render(frames))
    assert changed == pytest.approx(change_db, abs=0.3)


@pytest.mark.parametrize("ratio", [0.8, 1.2])
def test_stretching_changes_the_length_and_not_the_pitch(frames: Frames, ratio: float) -> None:
    plain, stretched = render(frames), render(shaping.stretch(frames, ratio))
    assert stretched.size / plain.size == pytest.approx(ratio, rel=0.02)
    assert median_st(stretched) == pytest.approx(median_st(plain), abs=0.3)


def test_tilting_brings_out_what_lies_above_1_khz(frames: Frames) -> None:
    plain, pressed, lax = (render(shaping.tilt(frames, slope)) for slope in (0.0, 4.0, -2.0))
    assert band_balance_db(pressed) - band_balance_db(plain) > 2.0
    assert band_balance_db(lax) - band_balance_db(plain) < -0.8


def test_a_raised_first_formant_moves_power_upwards_and_leaves_the_pitch(frames: Frames) -> None:
    plain, open_mouth = render(frames), render(shaping.warp_formants(frames, 1.15, up_to_hz=1000.0))
    assert band_balance_db(open_mouth, 760.0) - band_balance_db(plain, 760.0) > 2.0
    assert median_st(open_mouth) == pytest.approx(median_st(plain), abs=0.3)


def test_an_end_that_bends_down_ends_lower_and_begins_the_same(frames: Frames) -> None:
    plain = 12.0 * np.log2(pitch_track_hz(render(frames)))
    bent = 12.0 * np.log2(pitch_track_hz(render(shaping.bend_end(frames, -5.0))))
    assert bent[-1] - plain[-1] < -2.5
    assert abs(float(np.median(bent[:20] - plain[:20]))) < 0.3


def test_stress_raises_pitch_where_the_voice_is_strongest(frames: Frames) -> None:
    nuclei = shaping.strongest_nuclei(frames, 400.0)
    stressed = shaping.stress(frames, 3.0, 3.0)
    rise_st = 12.0 * np.log2(stressed.f0_hz[nuclei] / frames.f0_hz[nuclei])
    assert nuclei
    np.testing.assert_allclose(rise_st, 3.0, atol=0.01)
    assert np.all(np.diff(nuclei) * 5.0 >= 400.0)


def test_a_trembling_voice_swings_about_the_same_pitch(frames: Frames) -> None:
    level = analyse(vowel(glide_st=0.0), RATE_HZ)
    trembling = render(shaping.tremble(level, 0.8, 6.0, np.random.default_rng(1)))
    assert spread_st(trembling) > spread_st(render(level)) + 0.8
    assert median_st(trembling) == pytest.approx(median_st(render(level)), abs=0.5)


def test_a_breaking_voice_loses_its_tone_for_moments_only(frames: Frames) -> None:
    broken = shaping.break_voice(frames, 400.0, np.random.default_rng(2))
    lost = frames.voiced & ~broken.voiced
    assert 0.03 < lost.mean() < 0.4


def test_a_harsh_voice_jitters_about_the_same_pitch(frames: Frames) -> None:
    harsh = shaping.roughen(frames, 0.5, np.random.default_rng(3))
    steps_st = 12.0 * np.log2(harsh.f0_hz[harsh.voiced] / frames.f0_hz[harsh.voiced])
    assert float(np.std(steps_st)) == pytest.approx(0.5, rel=0.2)
    assert median_st(render(harsh)) == pytest.approx(median_st(render(frames)), abs=0.4)


def test_breath_makes_the_voice_noisier(frames: Frames) -> None:
    breathy = shaping.breathe(frames, 0.4)
    assert breathy.aperiodicity.mean() > frames.aperiodicity.mean() + 0.02
    assert breathy.aperiodicity.max() <= 1.0
