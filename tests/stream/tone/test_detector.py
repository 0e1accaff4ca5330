"""The sequential detector and the rolling tone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.detector import Verdict, rolling_tone, update
from tonewatch.stream.tone.memory import Detector, Heard

NEUTRAL = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)


def heard(index: int, score: float, speech_ms: int = 2_500) -> Heard:
    span = AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0)
    return Heard(
        segment_id=str(index),
        start_ms=3_000 * index,
        end_ms=3_000 * index + 2_700,
        speech_ms=speech_ms,
        features={},
        posterior=NEUTRAL,
        score=score,
        audio=span,
    )


def verdicts(scores: list[float]) -> list[Verdict]:
    state, window, out = Detector(), list[Heard](), list[Verdict]()
    for index, score in enumerate(scores):
        window = [*window, heard(index, score)][-4:]
        window[-1].tone = rolling_tone(window)[0]
        out.append(update(state, window[-1], window, ToneConfig()))
    return out


def test_scores_under_the_drift_never_fire() -> None:
    assert set(verdicts([0.19] * 200)) == {"none"}


def test_a_lasting_fall_fires_once_and_clears_once() -> None:
    found = verdicts([0.0] * 5 + [0.8] * 5 + [0.0] * 8)
    assert [v for v in found if v != "none"] == ["onset", "recovery"]
    assert found.index("onset") <= 7


def test_between_the_two_thresholds_nothing_flaps() -> None:
    config = ToneConfig()
    between = -(config.fire + config.clear) / 2
    found = verdicts([0.0] * 3 + [0.8] * 4 + [between] * 30)
    assert [v for v in found if v != "none"] == ["onset"]


@given(st.lists(st.floats(-1, 1), max_size=60))
def test_onsets_and_recoveries_alternate(scores: list[float]) -> None:
    changes = [v for v in verdicts(scores) if v != "none"]
    assert changes == (["onset", "recovery"] * len(changes))[: len(changes)]


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_the_rolling_tone_stays_in_its_range_and_has_a_spread(scores: list[float]) -> None:
    tone, spread = rolling_tone([heard(i, s) for i, s in enumerate(scores)])
    assert -1.0 <= tone <= 1.0
    assert spread >= 0.05


def test_the_newest_segment_weighs_most() -> None:
    assert rolling_tone([heard(0, 0.0), heard(1, 0.9)])[0] < -0.55
    assert rolling_tone([heard(0, 0.9), heard(1, 0.0)])[0] > -0.35
