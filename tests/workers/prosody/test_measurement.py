from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.stream.messages import Prosody, ProsodyConfidence
from tonewatch.workers import prosody
from tonewatch.workers.audio import codecs

Samples = NDArray[np.float32]
Voice = Callable[..., Samples]
RATE = 8000


def everywhere(samples: Samples) -> NDArray[np.bool_]:
    return np.ones(len(samples) // 160, dtype=np.bool_)


def measure(samples: Samples, mask: NDArray[np.bool_] | None = None) -> Prosody:
    return prosody.measure(samples, RATE, everywhere(samples) if mask is None else mask)


def spoken(f0_st: NDArray[np.float64], level_db: NDArray[np.float64] | float = -20.0) -> Samples:
    """Harmonics from 300 to 3400 Hz that follow an F0 contour in semitones above 55 Hz, one value a sample."""
    f0_hz = 55 * 2 ** (f0_st / 12)
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    tone = sum(np.cos(k * phase + k * k) * ((k * f0_hz > 300) & (k * f0_hz < 3400)) for k in range(1, 60))
    tone = tone / np.sqrt(np.mean(tone**2))
    return np.asarray(tone * 10 ** (np.asarray(level_db) / 20), dtype=np.float32)


def syllables(count: int, ms: int = 200, gap_ms: int = 50, f0_hz: float = 130) -> Samples:
    """`count` bursts of voice, each followed by a dip of `gap_ms`."""
    one = np.concatenate((np.hanning(ms * 8), np.zeros(gap_ms * 8)))
    envelope = np.tile(one, count) + 0.01
    return spoken(np.full(len(envelope), 12 * np.log2(f0_hz / 55))) * envelope.astype(np.float32)


def test_silence_has_no_pitch_no_level_and_no_rate() -> None:
    facts = measure(np.zeros(16_000, np.float32))
    assert (facts.f0_median_st, facts.level_db, facts.rate_syl_per_s) == (None, None, None)
    assert facts.intonation == "uncertain"


def test_no_speech_gives_the_empty_facts(voice: Voice) -> None:
    assert measure(voice(1), np.zeros(50, np.bool_)) == Prosody()


def test_a_word_too_short_carries_its_level_only(voice: Voice) -> None:
    facts = measure(voice(0.2))
    assert facts.level_db is not None
    assert (facts.f0_median_st, facts.rate_syl_per_s, facts.stress_per_s) == (None, None, None)


def test_every_measure_that_is_there_has_a_confidence_and_no_other(voice: Voice) -> None:
    for samples in (voice(3), voice(0.5), voice(0.2), np.zeros(8_000, np.float32)):
        facts = measure(samples)
        assert facts.confidence is not None
        for name in set(ProsodyConfidence.__struct_fields__) - {"intonation", "pause_share"}:
            sure = getattr(facts.confidence, name)
            assert (sure is None) == (getattr(facts, name) is None), name
            assert sure is None or 0.2 <= sure <= 1, name


@example(299.0)
@example(237.0)
@settings(max_examples=20)
@given(st.floats(80, 330))
def test_the_median_pitch_is_in_semitones_above_55_hz_though_the_fundamental_is_missing(f0_hz: float) -> None:
    f0_st = 12 * np.log2(f0_hz / 55)
    facts = measure(spoken(np.full(12_000, f0_st)))
    assert facts.f0_median_st == pytest.approx(f0_st, abs=0.35)
    assert facts.voiced_share > 0.9


def test_range_and_slope_of_a_glide() -> None:
    facts = measure(spoken(np.linspace(12, 22, 16_000)))
    assert facts.f0_slope_st_per_s == pytest.approx(5, abs=0.2)
    assert facts.f0_range_st == pytest.approx(9, abs=0.5)
    assert facts.intonation == "rise"


@pytest.mark.parametrize(
    ("end_st", "shape"),
    [(np.linspace(0, 5, 4000), "rise"), (np.linspace(0, -5, 4000), "fall"), (np.zeros(4000), "flat")],
)
def test_the_shape_is_that_of_the_end_of_the_phrase(end_st: NDArray[np.float64], shape: str) -> None:
    contour = 16 + np.concatenate((np.zeros(12_000), end_st))
    facts = measure(spoken(contour))
    assert facts.intonation == shape
    assert facts.f0_final_st == pytest.approx(end_st[-1], abs=0.7)
    assert facts.f0_final_st_per_s == pytest.approx(end_st[-1] / 0.5, abs=1.5)


def test_a_wide_melody_that_ends_level_is_expressive() -> None:
    contour = 18 + np.concatenate((6 * np.sin(np.linspace(0, 4 * np.pi, 16_000)), np.zeros(4_500)))
    assert measure(spoken(contour)).intonation == "expressive"


def test_a_melody_between_flat_and_wide_is_level() -> None:
    contour = 18 + np.concatenate((3 * np.sin(np.linspace(0, 4 * np.pi, 16_000)), np.zeros(4_500)))
    assert measure(spoken(contour)).intonation == "level"


@settings(max_examples=30)
@given(st.integers(0, 1_000), st.floats(0, 1))
@example(157, 0.5)
def test_noise_of_any_colour_has_no_pitch_worth_the_name(seed: int, colour: float) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(16_000))
    spectrum *= np.maximum(np.fft.rfftfreq(16_000, 1 / RATE), 50) ** -colour
    noise = np.fft.irfft(spectrum, 16_000)
    facts = measure((0.1 * noise / noise.std()).astype(np.float32))
    assert facts.voiced_share < 0.2
    assert facts.confidence is not None
    assert (facts.confidence.intonation or 0) < 0.6
    assert (facts.confidence.f0_median_st or 0) < 0.6
    assert (facts.confidence.rate_syl_per_s or 0) < 0.6


def test_confidence_falls_with_noise_on_the_line(voice: Voice) -> None:
    padded = np.pad(voice(2), 4_000)
    mask = np.pad(everywhere(voice(2)), 25)
    noise = np.random.default_rng(4).standard_normal(len(padded)).astype(np.float32)
    clean, noisy = (measure(padded + np.float32(level) * noise, mask).confidence for level in (0.001, 0.05))
    assert clean is not None
    assert noisy is not None
    for name in ("f0_median_st", "level_db", "tilt_db"):
        assert (getattr(noisy, name) or 0) < getattr(clean, name), name


def test_a_clipped_voice_has_no_level(voice: Voice) -> None:
    facts = measure(np.clip(10 * voice(2), -1, 1))
    assert facts.level_db is None
    assert facts.f0_median_st is not None


@settings(max_examples=10)
@given(st.floats(-5, 8))
def test_a_voice_moved_by_semitones_has_its_pitch_moved_and_nothing_else_of_its_melody(shift_st: float) -> None:
    contour = 16 + np.concatenate((3 * np.sin(np.linspace(0, 4 * np.pi, 16_000)), np.linspace(0, -4, 4_000)))
    plain, moved = measure(spoken(contour)), measure(spoken(contour + shift_st))
    assert plain.f0_median_st is not None
    assert moved.f0_median_st == pytest.approx(plain.f0_median_st + shift_st, abs=0.35)
    assert moved.f0_range_st == pytest.approx(plain.f0_range_st, abs=0.8)
    assert moved.f0_final_st == pytest.approx(plain.f0_final_st, abs=0.8)
    assert moved.intonation == plain.intonation == "fall"


@settings(max_examples=10)
@given(st.floats(0.8, 1.4))
def test_a_voice_played_faster_has_a_faster_rate_and_a_higher_pitch(factor: float) -> None:
    plain = syllables(6, 220, 60)
    faster = codecs.resample(plain, round(RATE * factor), RATE)
    slow, fast = measure(plain), measure(faster)
    assert slow.rate_syl_per_s is not None
    assert slow.f0_median_st is not None
    assert fast.rate_syl_per_s == pytest.approx(slow.rate_syl_per_s * factor, rel=0.08)
    assert fast.f0_median_st == pytest.approx(slow.f0_median_st + 12 * np.log2(factor), abs=0.3)


@settings(max_examples=8)
@given(st.integers(0, 79))
def test_where_the_frames_begin_hardly_matters(voice: Voice, shift: int) -> None:
    samples = voice(2.1)
    plain, later = measure(samples[:16_000]), measure(samples[shift : 16_000 + shift])
    assert later.f0_median_st == pytest.approx(plain.f0_median_st, abs=0.1)
    assert later.level_db == pytest.approx(plain.level_db, abs=0.2)
    assert later.tilt_db == pytest.approx(plain.tilt_db, abs=0.3)


def test_a_pause_is_not_a_valley() -> None:
    """Two flat halves a fifth apart: the jump over the pause is no turn at the end, and the pause no syllable."""
    first, second = spoken(np.full(8000, 14.0)), spoken(np.full(8000, 21.0))
    joined = np.concatenate((first, np.zeros(3200, np.float32), second))
    mask = np.repeat([True, False, True], [50, 20, 50])
    facts = measure(joined, mask)
    assert facts.intonation not in ("rise", "fall")
    assert facts.longest_pause_ms == 400
    assert facts.pause_share == pytest.approx(400 / 2400)
    assert facts.level_db == pytest.approx(-20, abs=0.1)


@settings(max_examples=10)
@given(st.integers(0, 60), st.integers(0, 60))
def test_silence_around_the_speech_changes_nothing(voice: Voice, before: int, after: int) -> None:
    samples = voice(2)
    padded = np.pad(samples, (before * 160, after * 160))
    mask = np.pad(everywhere(samples), (before, after))
    plain, more = measure(samples), measure(padded, mask)
    assert more.level_db == pytest.approx(plain.level_db, abs=0.05)
    assert more.rate_syl_per_s == pytest.approx(plain.rate_syl_per_s, rel=0.15)
    assert more.f0_median_st == pytest.approx(plain.f0_median_st, abs=0.1)
    assert (more.pause_share, more.longest_pause_ms) == (plain.pause_share, plain.longest_pause_ms)


@settings(max_examples=15)
@given(st.floats(-20, 6))
def test_gain_moves_the_level_by_itself_and_nothing_else(voice: Voice, gain_db: float) -> None:
    samples = voice(2)
    plain, louder = measure(samples), measure(samples * np.float32(10 ** (gain_db / 20)))
    assert plain.level_db is not None
    assert louder.level_db == pytest.approx(plain.level_db + gain_db, abs=0.01)
    for name in set(Prosody.__struct_fields__) - {"level_db", "intonation", "confidence"}:
        assert getattr(louder, name) == pytest.approx(getattr(plain, name), abs=0.02), name
    assert louder.intonation == plain.intonation


@pytest.mark.parametrize(("count", "ms"), [(4, 250), (6, 200), (8, 150)])
def test_syllables_are_counted(count: int, ms: int) -> None:
    samples = syllables(count, ms)
    facts = measure(samples)
    assert facts.rate_syl_per_s == pytest.approx(count / (len(samples) / RATE), rel=0.05)


def test_bursts_without_voice_are_no_syllables() -> None:
    noise = np.random.default_rng(1).standard_normal(16_000) * (0.01 + np.tile(np.hanning(2000), 8))
    facts = measure((0.1 * noise).astype(np.float32))
    assert (facts.rate_syl_per_s or 0) < 1.5


def test_a_loud_long_high_syllable_is_stressed_and_its_time_told() -> None:
    even = [syllables(1) for _ in range(6)]
    even[3] = 3 * syllables(1, ms=350, f0_hz=170)
    stressed, plain = measure(np.concatenate(even)), measure(syllables(6))
    assert (plain.stress_per_s, plain.stress_count) == (0, 0)
    assert stressed.stress_count == 1
    assert stressed.stress_per_s == pytest.approx(1 / (sum(map(len, even)) / RATE), rel=0.05)
    assert (stressed.stress_peak_z or 0) > 3 + (plain.stress_peak_z or 0)
    assert stressed.stress_peak_ms == pytest.approx(3 * 250 + 175, abs=40)


def test_two_syllables_carry_no_stress() -> None:
    facts = measure(syllables(2))
    assert (facts.stress_per_s, facts.stress_count, facts.stress_peak_ms) == (None, None, None)


def test_a_breathy_voice_has_less_harmonicity(voice: Voice) -> None:
    clear = voice(2)
    breath = np.random.default_rng(5).standard_normal(len(clear)) * np.abs(clear)
    breathy = (clear + 0.4 * breath).astype(np.float32)
    plain, hoarse = measure(clear).harmonicity_db, measure(breathy).harmonicity_db
    assert plain is not None
    assert hoarse is not None
    assert hoarse < plain - 2


def test_a_voice_that_swells_has_a_level_slope() -> None:
    facts = measure(spoken(np.full(16_000, 15.0), np.linspace(-30, -18, 16_000)))
    assert facts.level_slope_db_per_s == pytest.approx(6, abs=0.3)


def test_effort_shows_in_the_tilt() -> None:
    t = np.arange(16_000) / RATE
    low, high = np.sin(2 * np.pi * 500 * t), np.sin(2 * np.pi * 2000 * t)
    soft, strained = ((0.1 * (low + part * high)).astype(np.float32) for part in (0.1, 1.0))
    assert measure(soft).tilt_db == pytest.approx(-20, abs=0.3)
    assert measure(strained).tilt_db == pytest.approx(0, abs=0.3)


def test_the_rate_of_the_audio_hardly_matters(voice: Voice) -> None:
    narrow = voice(2)
    wide = prosody.measure(codecs.resample(narrow, RATE, 16_000), 16_000, everywhere(narrow))
    plain = measure(narrow)
    assert wide.f0_median_st == pytest.approx(plain.f0_median_st, abs=0.1)
    assert wide.level_db == pytest.approx(plain.level_db, abs=0.3)
    assert wide.tilt_db == pytest.approx(plain.tilt_db, abs=0.5)


def test_the_facts_survive_the_wire(voice: Voice) -> None:
    facts = measure(voice(2))
    assert msgspec.json.decode(msgspec.json.encode(facts), type=Prosody) == facts


def test_sentences_of_seven_syllables_are_counted_to_within_one_on_average(speech_data: Path) -> None:
    counts = []
    for path in sorted((speech_data / "ravdess").rglob("*.flac"))[::36]:
        samples, rate_hz = soundfile.read(path, dtype="float32")
        narrow = codecs.resample(samples, rate_hz, RATE)
        power = np.mean(narrow[: len(narrow) // 160 * 160].reshape(-1, 160) ** 2, axis=1)
        mask = power > np.percentile(power, 95) / 1000
        facts = measure(narrow, mask)
        counts.append((facts.rate_syl_per_s or 0) * mask.sum() * 0.02)
    assert np.mean(counts) == pytest.approx(7, abs=1)
