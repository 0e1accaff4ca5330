"""The sequential detector and the rolling tone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.detector import moved, rest, rolling_tone, update
from tonewatch.stream.tone.memory import Detector, Heard

NEUTRAL = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)
CONFIG = ToneConfig()


def heard(index: int, score: float = 0.0, speech_ms: int = 2_500) -> Heard:
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


def chances(evidence: list[float], state: Detector | None = None) -> list[float]:
    state = state or Detector()
    return [update(state, heard(i), nats, CONFIG) for i, nats in enumerate(evidence)]


def test_lasting_evidence_makes_it_certain_and_its_end_makes_it_doubtful_again() -> None:
    found = chances([-1.0] * 5 + [3.0] * 4 + [-2.0] * 6)
    assert found[4] < 0.2
    assert found[8] > 0.95
    assert found[14] < 0.2


@given(st.lists(st.floats(-6, 6), max_size=60))
def test_it_is_never_so_certain_that_it_cannot_come_back(evidence: list[float]) -> None:
    for found in chances([*evidence, *[-CONFIG.least_evidence] * 4])[-1:]:
        assert 0.0 < found < 0.5


def test_the_onset_is_where_the_evidence_began_to_add_up() -> None:
    state = Detector()
    chances([-1.0, -1.0, 2.0, -0.5, 2.0], state)
    assert state.fall_since_ms == 6_000
    rest(state)
    assert (state.fall_since_ms, state.chance) == (-1, None)


@given(st.floats(0, 1), st.floats(0, 1_000))
def test_time_without_evidence_draws_a_chance_to_the_ordinary(chance: float, seconds: float) -> None:
    falls, recovers = 1 / CONFIG.falls_every_s, 1 / CONFIG.recovers_after_s
    ordinary = falls / (falls + recovers)
    assert 0.0 <= moved(chance, seconds, CONFIG) <= 1.0
    assert moved(chance, 0.0, CONFIG) == pytest.approx(chance)
    assert abs(moved(chance, 5.0, CONFIG) - ordinary) <= abs(chance - ordinary) + 0.2


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_the_rolling_tone_stays_in_its_range_and_has_a_spread(scores: list[float]) -> None:
    tone, spread = rolling_tone([heard(i, s) for i, s in enumerate(scores)])
    assert -1.0 <= tone <= 1.0
    assert spread >= 0.05


def test_the_newest_segment_weighs_most() -> None:
    assert rolling_tone([heard(0, 0.0), heard(1, 0.9)])[0] < -0.55
    assert rolling_tone([heard(0, 0.9), heard(1, 0.0)])[0] > -0.35
