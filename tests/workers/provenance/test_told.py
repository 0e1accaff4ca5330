"""The lines that an auditor reads."""

from __future__ import annotations

from tonewatch.stream.messages import Provenance
from tonewatch.stream.provenance import provenance_of
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.provenance.recompute import Agreement
from tonewatch.workers.provenance.story import Story
from tonewatch.workers.provenance.told import told as lines_of

from .conftest import Told


def lines(told: Told, agreements: dict[str, Agreement] | None = None, gone: dict[str, str] | None = None) -> str:
    story = Story(told.alert.alert_id)
    story.take([told.alert, told.rationale])
    story.rest_on(told.segments)
    return "\n".join(lines_of(story, Provenance(code="abc"), agreements or {}, gone or {}))


def test_the_chain_goes_from_the_sentence_to_the_offsets(told: Told) -> None:
    text, first = lines(told), told.alert.evidence[0]
    assert told.alert.sentence in text
    assert f"{first.segment_id}, " in text
    assert f"offsets {first.audio.first_offset} to {first.audio.last_offset}" in text
    assert told.alert.model is not None and told.alert.model.version in text
    assert told.rationale.text in text and "checked: " in text and "thresholds fires at" in text


def test_what_came_out_again_what_differs_and_what_is_gone_are_told_apart(told: Told) -> None:
    one, two, *_ = (item.segment_id for item in told.alert.evidence)
    text = lines(
        told, {one: Agreement(one, 0.0, 0.0), two: Agreement(two, 0.3, 0.0, "a share differs")}, {"x": "no audio"}
    )
    assert "made again, and agrees" in text
    assert "made again, and DIFFERS: a share differs" in text
    assert "2 of " in text and "1 differ" in text and "1 cannot be: no audio" in text


def test_an_alert_of_a_release_that_did_not_say_is_told_as_not_known(told: Told) -> None:
    assert ("made by    not known" in lines(told)) is (told.alert.made_by is None)


def test_code_rules_and_settings_have_digests_that_follow_them() -> None:
    plain, other = provenance_of(ToneConfig()), provenance_of(ToneConfig(gain=2.0))
    assert len(plain.code) == len(plain.rules) == len(plain.settings) == 12
    assert plain.code == other.code and plain.rules == other.rules and plain.settings != other.settings
