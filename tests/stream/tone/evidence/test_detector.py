"""The sequential detector and the rolling tone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import AudioSpan, Posterior
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.detector import Detector, moved, rolling_tone
from tonewatch.stream.tone.evidence.likelihood import Nats
from tonewatch.stream.tone.judged_segment import JudgedSegment

NEUTRAL = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)
CONFIG = ToneConfig()


def heard(index: int, own_tone: float = 0.0, speech_ms: int = 2_500) -> JudgedSegment:
    span = AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0)
    return JudgedSegment(
        segment_id=str(index),
        start_ms=3_000 * index,
        end_ms=3_000 * index + 2_700,
        speech_ms=speech_ms,
        features={},
        posterior=NEUTRAL,
        own_tone=own_tone,
        audio=span,
    )


def probabilities(evidence: list[float], state: Detector | None = None) -> list[float]:
    """After segments that speak for anger against neutral by so many nats, and never for happy or sad."""
    state = state or Detector()
    return [
        probability_after(state, i, speaking(angry=max(0.0, n), neutral=max(0.0, -n))) for i, n in enumerate(evidence)
    ]


def probability_after(state: Detector, index: int, nats: Nats) -> float:
    item = heard(index)
    state.add(item, nats, CONFIG)
    assert item.probability is not None
    return item.probability


def speaking(angry: float = 0.0, happy: float = -8.0, neutral: float = 0.0, sad: float = -8.0) -> Nats:
    return angry, happy, neutral, sad


def test_lasting_evidence_makes_it_certain_and_its_end_makes_it_unlikely_again() -> None:
    found = probabilities([-1.0] * 5 + [3.0] * 4 + [-2.0] * 6)
    assert found[4] < 0.2
    assert found[8] > 0.95
    assert found[14] < 0.2


@given(st.lists(st.floats(-6, 6), max_size=60))
def test_it_is_never_so_certain_that_it_cannot_come_back(evidence: list[float]) -> None:
    for found in probabilities([*evidence, *[-CONFIG.most_nats] * 2])[-1:]:
        assert 0.0 < found < 0.5


def test_a_caller_who_sounds_angry_and_happy_by_turns_is_happy_rather_than_angry() -> None:
    angry_or_happy, happy_only = speaking(0.0, 0.0, -4.0, -4.0), speaking(-3.0, 0.0, -4.0, -4.0)
    mixed, angry = Detector(), Detector()
    for index in range(6):
        probability_after(mixed, index, happy_only if index % 2 else angry_or_happy)
        probability_after(angry, index, angry_or_happy)
    assert (mixed.probability or 0.0) < 0.1 < 0.5 < (angry.probability or 0.0)


def test_distress_and_anger_are_told_apart_by_the_posterior() -> None:
    crying, shouting = Detector(), Detector()
    for index in range(4):
        probability_after(crying, index, speaking(-3.0, -8.0, -3.0, 0.0))
        probability_after(shouting, index, speaking(0.0, -8.0, -3.0, -3.0))
    assert (crying.is_sad, shouting.is_sad, Detector().is_sad) == (True, False, False)


def test_the_onset_is_where_the_evidence_began_to_add_up() -> None:
    state = Detector()
    probabilities([-1.0, -1.0, 2.0, -0.5, 2.0], state)
    assert state.rises_since_ms == 6_000
    state.reset()
    assert (state.rises_since_ms, state.probability, state.posterior) == (-1, None, None)


def test_the_change_is_dated_where_the_likeliest_path_became_degraded_however_long_ago_that_was() -> None:
    state = Detector()
    happy_or_angry, angry, calm = (
        speaking(-0.7, 0.0, -4.0, -4.0),
        speaking(0.0, -2.0, -4.0, -4.0),
        speaking(-4.0, -4.0, 0.0, -4.0),
    )
    for index, found in enumerate([calm, calm, happy_or_angry, *[angry] * 8]):
        probability_after(state, index, found)
    # What sounded happy as much as angry was the beginning of the anger that nothing else explains.
    assert state.degraded_since_ms == 6_000
    assert state.rises_since_ms == 9_000
    for index in (11, 12, 13):
        probability_after(state, index, calm)
    probability_after(state, 14, angry)
    assert state.degraded_since_ms == 42_000


def test_a_voice_that_leans_to_anger_from_its_first_word_is_dated_where_the_evidence_began_to_add_up() -> None:
    state = Detector()
    for index in range(10):
        probability_after(state, index, speaking(-0.05, -4.0, 0.0, -4.0))
    assert (state.rises_since_ms, state.degraded_since_ms) == (-1, -1)
    for index in range(10, 13):
        probability_after(state, index, speaking(0.0, -4.0, -4.0, -4.0))
    assert state.path is not None and state.path.degraded_since_ms == 0
    assert state.degraded_since_ms == state.rises_since_ms == 30_000


def test_a_state_without_a_path_goes_on_from_what_it_knew_of_the_emotions() -> None:
    whole, former = Detector(), Detector()
    for index in range(5):
        probability_after(whole, index, speaking(0.0, -2.0, -2.0, -3.0))
        probability_after(former, index, speaking(0.0, -2.0, -2.0, -3.0))
    former.path = None
    for state in (whole, former):
        probability_after(state, 5, speaking(0.0, -2.0, -2.0, -3.0))
    assert former.degraded_since_ms == whole.degraded_since_ms == former.rises_since_ms
    former.reset()
    assert (former.path, former.degraded_since_ms) == (None, -1)


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), st.floats(0, 1_000))
def test_time_without_evidence_keeps_a_whole_posterior_and_draws_it_to_the_ordinary(
    weights: list[float], seconds: float
) -> None:
    posterior = [weight / sum(weights) for weight in weights]
    after = moved(posterior, seconds, CONFIG)
    assert sum(after) == pytest.approx(1.0)
    assert min(after) >= 0.0
    assert moved(posterior, 0.0, CONFIG) == pytest.approx(posterior)
    much_later = moved(posterior, 3.0 * CONFIG.returns_after_s, CONFIG)
    assert abs(much_later[0] - much_later[1]) <= abs(posterior[0] - posterior[1]) + 1e-9


@pytest.mark.parametrize("seconds", [-0.5, -600_000.0])
def test_a_segment_that_ends_before_the_last_one_moves_nothing(seconds: float) -> None:
    posterior = (0.2, 0.1, 0.6, 0.1)
    assert moved(posterior, seconds, CONFIG) == pytest.approx(posterior)
    state = Detector()
    probability_after(state, 200, speaking(0.0, -2.0, -2.0, -3.0))
    assert 0.0 < probability_after(state, 0, speaking(0.0, -2.0, -2.0, -3.0)) < 1.0


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_the_rolling_tone_stays_in_its_range_and_has_a_spread(scores: list[float]) -> None:
    tone, spread = rolling_tone([heard(i, s) for i, s in enumerate(scores)])
    assert -1.0 <= tone <= 1.0
    assert spread >= 0.05


def test_the_newest_segment_weighs_most() -> None:
    assert rolling_tone([heard(0, 0.0), heard(1, -0.9)])[0] < -0.55
    assert rolling_tone([heard(0, -0.9), heard(1, 0.0)])[0] > -0.35


def test_a_segment_that_was_judged_leaves_its_voice_and_keeps_its_place() -> None:
    detector, items = Detector(), [heard(0), heard(1)]
    for item in items:
        item.embedding = b"voice"
        detector.add(item, speaking(), CONFIG)
        detector.leave_voice(item)
    assert [(one.segment_id, one.embedding) for one in detector.window] == [("0", b""), ("1", b"")]
    assert [item.embedding for item in items] == [b"voice", b"voice"]
    assert detector.tone == items[1].tone
