from __future__ import annotations

import pytest

from tonewatch.stream.messages import AudioSpan, Posterior, Prosody, ProsodyConfidence
from tonewatch.stream.tone import facts_table as facts
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import LEAST_CONFIDENCE, confidences, features
from tonewatch.stream.tone.state import JudgedSegment

EVEN = Posterior(angry=0.25, happy=0.25, neutral=0.25, sad=0.25)


def heard(at_s: int, pitch_st: float, sure: float | None) -> JudgedSegment:
    certainty = None if sure is None else ProsodyConfidence(f0_median_st=sure)
    prosody = Prosody(f0_median_st=pitch_st, confidence=certainty)
    return JudgedSegment(
        segment_id=str(at_s),
        start_ms=1000 * at_s,
        end_ms=1000 * at_s + 4000,
        speech_ms=4000,
        features=features(prosody, EVEN),
        confidences=confidences(prosody),
        posterior=EVEN,
        audio=AudioSpan(topic="calls", partition=0, first_offset=0, last_offset=1),
    )


def test_a_measurement_that_is_hardly_sure_is_left_out() -> None:
    assert "pitch" not in heard(0, 12.0, LEAST_CONFIDENCE - 0.01).features
    assert heard(0, 12.0, LEAST_CONFIDENCE).features["pitch"] == 12.0


def test_what_an_older_listener_wrote_counts_as_it_did() -> None:
    assert heard(0, 12.0, None).features["pitch"] == 12.0
    assert heard(0, 12.0, None).confidences == {}


@pytest.mark.parametrize(("sure", "told"), [(0.6, 0.6), (None, 1.0)])
def test_a_fact_is_as_sure_as_its_measurements(sure: float | None, told: float) -> None:
    usual = [heard(4 * index, 12.0, 0.9) for index in range(5)]
    (fact,) = (f for f in facts.measure([heard(20, 16.0, sure)], usual, ToneConfig()) if f.name == "pitch")
    assert fact.confidence == told
    assert fact.salient
