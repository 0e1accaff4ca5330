"""Measures of a segment's prosody, each with its confidence."""

from __future__ import annotations

from tonewatch.stream.messages import PROSODY_MEASURES, Prosody, ProsodyConfidence


def test_every_confidence_is_of_a_measure_of_that_name() -> None:
    assert set(ProsodyConfidence.__struct_fields__) <= set(Prosody.__struct_fields__)


def test_every_measure_that_is_compared_with_the_baseline_has_its_fields() -> None:
    for measure in PROSODY_MEASURES:
        assert measure.field in Prosody.__struct_fields__
        assert measure.confidence_field in ProsodyConfidence.__struct_fields__


def test_nothing_measured_is_nothing_carried() -> None:
    assert [measure.value(Prosody()) for measure in PROSODY_MEASURES if measure.name != "pauses"] == [None] * 6
