import dataclasses
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.stream.messages import Prosody, Quality
from tonewatch.workers import prosody
from tonewatch.workers.audio import quality
from tonewatch.workers.audio.segmenter import Segmenter, SpeechSegment

Samples = NDArray[np.float32]
Voice = Callable[..., Samples]
GOOD = Quality(snr_db=25, clipped_share=0, missing_ms=0, speech_ms=2000, overlap_share=0)


def segment(samples: Samples, speech: NDArray[np.bool_], missing_ms: int = 0) -> SpeechSegment:
    return SpeechSegment(
        samples=samples,
        rate_hz=8000,
        start_ms=1000,
        end_ms=1000 + len(samples) // 8,
        speech=speech,
        closed_by="pause",
        first_offset=1,
        last_offset=9,
        missing_ms=missing_ms,
        spoken_at_ms=0,
    )


def noisy(samples: Samples, snr_db: float, level: float) -> Samples:
    noise = np.random.default_rng(4).standard_normal(len(samples))
    return np.asarray(samples + level * 10 ** (-snr_db / 20) * noise, dtype=np.float32)


@pytest.mark.parametrize("snr_db", [0, 5, 10, 20, 30])
def test_the_snr_is_found_to_two_db(voice: Voice, snr_db: float) -> None:
    samples = np.concatenate((np.zeros(1600, np.float32), voice(2, level=0.1), np.zeros(1600, np.float32)))
    mask = np.repeat([False, True, False], [10, 100, 10])
    found = quality.estimate_snr_db(segment(noisy(samples, snr_db, 0.1), mask))
    assert found == pytest.approx(snr_db, abs=2)


def test_digital_silence_between_words_gives_the_greatest_snr(voice: Voice) -> None:
    samples = np.concatenate((np.zeros(1600, np.float32), voice(1)))
    assert quality.estimate_snr_db(segment(samples, np.repeat([False, True], [10, 50]))) == quality.MAX_SNR_DB


def test_without_speech_there_is_no_snr() -> None:
    assert quality.estimate_snr_db(segment(np.zeros(1600, np.float32), np.zeros(10, np.bool_))) is None


def test_an_overdriven_voice_is_clipped_and_a_loud_one_is_not(voice: Voice) -> None:
    samples = voice(2)
    loud = samples / np.abs(samples).max()
    assert quality.clipped_share(np.clip(4 * loud, -1, 1).astype(np.float32)) > 0.02
    assert quality.clipped_share(loud) == 0
    assert quality.clipped_share(np.zeros(0, np.float32)) == 0


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=8))
def test_overlap_is_the_share_of_milliseconds_that_the_other_spoke(spans: list[tuple[int, int]]) -> None:
    other = [(min(span), max(span)) for span in spans]
    covered = {ms for first, last in other for ms in range(max(first, 1000), min(last, 3000))}
    assert quality.overlap_share(1000, 3000, other) == pytest.approx(len(covered) / 2000)


def test_a_good_segment_is_judged() -> None:
    assert quality.abstain_reason(GOOD, Prosody(voiced_share=0.6)) is None
    assert quality.abstain_reason(GOOD) is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Quality(snr_db=25, speech_ms=300), "too_short"),
        (Quality(snr_db=25, speech_ms=1000, missing_ms=400), "missing_audio"),
        (Quality(snr_db=25, speech_ms=1000, clipped_share=0.9), "clipped"),
        (Quality(snr_db=1, speech_ms=1000), "noisy"),
    ],
)
def test_a_bad_segment_is_not_judged_and_says_why(bad: Quality, reason: str) -> None:
    assert quality.abstain_reason(bad, Prosody(voiced_share=0.6)) == reason


@pytest.mark.parametrize("gain_db", [0, 10, 20, 30])
def test_a_shout_into_a_line_that_overloads_is_judged_and_the_share_is_carried(voice: Voice, gain_db: int) -> None:
    samples = voice(2)
    shout = np.clip(10 ** (gain_db / 20) * samples / np.abs(samples).max(), -1, 1).astype(np.float32)
    found = quality.assess(segment(shout, np.ones(100, np.bool_)))
    assert quality.abstain_reason(found) is None
    assert (found.clipped_share > 0.02) is (gain_db > 0)


def test_samples_nearly_all_at_the_rails_are_a_defect_of_the_line(voice: Voice) -> None:
    found = quality.assess(segment(np.sign(voice(2)), np.ones(100, np.bool_)))
    assert quality.abstain_reason(found) == "clipped"


@given(st.floats(0, 1))
def test_who_speaks_while_the_other_does_on_a_channel_of_their_own_is_judged(share: float) -> None:
    assert quality.abstain_reason(msgspec.structs.replace(GOOD, overlap_share=share)) is None


def test_sound_without_voice_is_not_judged() -> None:
    assert quality.abstain_reason(GOOD, Prosody(voiced_share=0.02)) == "no_voice"


@pytest.mark.parametrize("tones_hz", [(440, 480), (425,), (480, 620), (770, 1336)])
def test_the_tones_of_the_telephone_are_not_judged(tones_hz: tuple[int, ...]) -> None:
    t = np.arange(8000) / 8000
    pure = np.sum([0.1 * np.sin(2 * np.pi * hz * t) for hz in tones_hz], axis=0)
    ring = noisy(pure.astype(np.float32), 40, 0.1)
    facts = prosody.measure(ring, 8000, np.ones(50, np.bool_))
    assert quality.abstain_reason(GOOD, facts) in ("tonal", "no_voice")


def test_a_segment_is_assessed_whole(voice: Voice) -> None:
    found = quality.assess(segment(voice(2), np.ones(100, np.bool_), missing_ms=200), [(2000, 9000)])
    assert (found.speech_ms, found.missing_ms, found.overlap_share) == (2000, 200, 0.5)


def judged_share(call: Samples, rate_hz: int) -> tuple[int, float]:
    """Segments with enough speech, and how many of them are judged."""
    segmenter, found = Segmenter(rate_hz), []
    for at in range(0, len(call), rate_hz // 5):
        found += segmenter.push(call[at : at + rate_hz // 5], at * 1000 // rate_hz, at)
    long = [one for one in found + segmenter.flush() if one.speech_ms >= 400]
    reasons = [
        quality.abstain_reason(quality.assess(one), prosody.measure(one.samples, rate_hz, one.speech)) for one in long
    ]
    return len(long), reasons.count(None) / len(long)


def test_a_recorded_call_is_judged_even_with_noise_at_ten_db(speech_data: Path) -> None:
    call, rate_hz = soundfile.read(speech_data / "calls/audio/lca_demo_agent_mono.flac", dtype="float32")
    loud = float(np.sqrt(np.mean(np.sort(call**2)[len(call) // 2 :])))
    for samples, least in ((call, 1.0), (noisy(call, 10, loud), 0.9)):
        count, share = judged_share(samples, rate_hz)
        assert count > 15
        assert share >= least


@pytest.mark.parametrize(("gap_ms", "reason"), [(20, None), (200, "missing_audio")])
def test_lost_packets_that_can_be_bridged_do_not_keep_a_segment_from_being_judged(
    voice: Voice, gap_ms: int, reason: str | None
) -> None:
    gaps = tuple((8 * at_ms, 8 * (at_ms + gap_ms)) for at_ms in range(0, 3000, 2 * gap_ms + gap_ms))
    whole = segment(voice(3), np.ones(150, np.bool_), missing_ms=1000)
    found = quality.assess(dataclasses.replace(whole, speech=whole.speech[:100], missing=gaps))
    assert found.concealed_ms == (1000 if reason is None else 0)
    assert quality.abstain_reason(found) == reason


def test_of_a_segment_more_than_half_lost_nothing_is_judged() -> None:
    assert (
        quality.abstain_reason(Quality(snr_db=25, speech_ms=900, missing_ms=1000, concealed_ms=1000)) == "missing_audio"
    )
