"""The table of prosodic measures holds to the messages that it names."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import Prosody
from tonewatch.stream.messages.measures import PROSODY_BY_NAME, PROSODY_MEASURES, ProsodyMeasure, unit_of


@pytest.mark.parametrize("measure", PROSODY_MEASURES, ids=lambda measure: measure.name)
def test_a_measure_reads_its_value_and_its_confidence_from_a_segments_prosody(measure: ProsodyMeasure) -> None:
    prosody = msgspec.convert({measure.field: 2.0, "confidence": {measure.confidence_field: 0.5}}, Prosody)
    assert (measure.value(prosody), measure.confidence(prosody)) == (2.0, 0.5)
    others = [other for other in PROSODY_MEASURES if other != measure]
    assert not any(other.value(prosody) or other.confidence(prosody) for other in others)


def test_a_segment_without_confidences_has_values_and_no_confidence() -> None:
    prosody = Prosody(tilt_db=-12.0)
    effort = PROSODY_BY_NAME["effort"]
    assert (effort.value(prosody), effort.confidence(prosody)) == (-12.0, None)


def test_names_fields_and_nouns_are_each_used_once() -> None:
    for column in ("name", "field", "confidence_field", "noun"):
        found = [getattr(measure, column) for measure in PROSODY_MEASURES]
        assert len(set(found)) == len(found), column


def test_a_fact_that_is_no_measure_of_the_voice_is_a_share() -> None:
    assert unit_of("angry") == unit_of("pauses")
    assert unit_of("pitch") == unit_of("pitch_range") != unit_of("angry")
