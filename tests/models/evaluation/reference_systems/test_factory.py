from __future__ import annotations

from tonewatch.models.evaluation.reference_systems.factory import EXTRACTORS, REFERENCE_SYSTEMS


def test_every_system_has_an_extractor_that_exists_and_every_extractor_is_used() -> None:
    assert {spec.extractor for spec in REFERENCE_SYSTEMS} == set(EXTRACTORS)


def test_systems_are_told_apart_by_name_and_the_speakers_baseline_is_the_only_variant() -> None:
    assert len({spec.name for spec in REFERENCE_SYSTEMS}) == len(REFERENCE_SYSTEMS)
    plain = {(spec.extractor, spec.make_model) for spec in REFERENCE_SYSTEMS if not spec.per_speaker}
    assert {(spec.extractor, spec.make_model) for spec in REFERENCE_SYSTEMS if spec.per_speaker} <= plain
