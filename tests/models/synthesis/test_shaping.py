"""Each shaping does to a vowel what its name says, measured on the sound and not on its own parameters."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from numpy.typing import NDArray

from tonewatch.models.synthesis import shaping
from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.styles import STYLES, shape
from tonewatch.models.synthesis.vocoder import Frames, analyse, render

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyworld") is None, reason="pyworld is missing: pip install 'tonewatch[synthesis]'"
)

Sound = NDArray[np.float32]


def vowel(f0_hz: float = 140.0, seconds: float = 1.2, glide_st: float = 4.0) -> Sound:
    """An /a/: a pulse train that glides up through `f0_hz`, through four resonances."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    track_hz = f0_hz * 2.0 ** (glide_st * (time / seconds - 0.5) / 12.0)
    phase = np.cumsum(track_hz) / RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    spectrum = np.fft.rfft(pulses)
    hz = np.fft.rfftfreq(pulses.size, 1.0 / RATE_HZ)
    for centre_hz, width_hz in ((700.0, 90.0), (1200.0, 110.0), (2600.0, 160.0), (3300.0, 200.0)):
        spectrum *= centre_hz**2 / (centre_hz**2 - hz**2 + 1j * hz * width_hz)
    sound = np.fft.irfft(spectrum, pulses.size)
    return np.asarray(0.1 * sound / np.abs(sound).max(), dtype=np.float32)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return analyse(vowel(), RATE_HZ)


def pitch_track_hz(sound: Sound, window: int = 1200) -> NDArray[np.float64]:
    """The autocorrelation's strongest lag between 70 and 500 Hz, every 10 ms."""
    found = []
    for start in range(window, sound.size - 2 * window, RATE_HZ // 100):
        part = sound[start : start + 2 * window].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size), 4 * window)) ** 2
        lags = np.fft.irfft(spectrum)[RATE_HZ // 500 : RATE_HZ // 70]
        found.append(RATE_HZ / (RATE_HZ // 500 + int(np.argmax(lags))))
    return np.asarray(found)


def median_st(sound: Sound) -> float:
    return float(12.0 * np.log2(np.median(pitch_track_hz(sound))))


def spread_st(sound: Sound) -> float:
    low, high = np.percentile(12.0 * np.log2(pitch_track_hz(sound)), [10, 90])
    return float(high - low)


def level_db(sound: Sound) -> float:
    return float(10.0 * np.log10(np.mean(np.square(sound, dtype=np.float64))))


def band_balance_db(sound: Sound, edge_hz: float = 1000.0) -> float:
    """Power above `edge_hz` against power below it, within 300 to 3400 Hz."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(sound.size, 1.0 / RATE_HZ)
    above, below = (hz >= edge_hz) & (hz < 3400.0), (hz >= 300.0) & (hz < edge_hz)
    return float(10.0 * np.log10(power[above].sum() / power[below].sum()))


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


def test_silence_passes_through_every_shaping() -> None:
    silent = analyse(np.zeros(RATE_HZ // 2, dtype=np.float32), RATE_HZ)
    for style in STYLES.values():
        assert np.isfinite(render(shape(silent, style, np.random.default_rng(3)))).all()


def test_an_angry_vowel_is_higher_and_shorter_and_a_sobbing_one_longer(frames: Frames) -> None:
    neutral, angry, sobbing = (
        render(shape(frames, STYLES[name], np.random.default_rng(4))) for name in ("neutral", "angry", "sobbing")
    )
    assert median_st(angry) - median_st(neutral) > 3.5
    assert angry.size < 0.9 * neutral.size < neutral.size < 0.9 * sobbing.size
