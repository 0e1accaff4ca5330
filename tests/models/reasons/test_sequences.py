"""Whole calls read as sequences: what contradicts and what repeats is counted."""

from __future__ import annotations

from tonewatch.models.reasons.sequences import contradictions, figures
from tonewatch.stream.messages import FactsTable, Moment, MomentKind


def moment(at_ms: int, text: str, kind: MomentKind = "update") -> Moment:
    facts = FactsTable(
        at_ms=at_ms, window_start_ms=0, window_end_ms=at_ms, baseline_segments=5, tone=0.0, tone_before=0.0,
        facts=(), posterior=None, posterior_baseline=None,
    )  # fmt: skip
    return Moment(call_id="c", moment_id=f"c/{at_ms}", kind=kind, at_ms=at_ms, alert_id="", facts=facts, sentence=text)


ANGRY = moment(30_000, "Angrier since 0:20: the voice is louder than usual. Sure; listen in.", "onset")
OVER = moment(60_000, "Calmed down since 0:30: loudness is back. No need to step in.", "recovery")


def test_a_call_that_goes_on_from_what_was_told_has_no_fault() -> None:
    again = moment(90_000, "Angry again since 1:00: the voice is louder than usual. Listen in; this is sure.", "onset")
    found = figures([[ANGRY, OVER, again]])
    assert (found.calls, found.texts, found.repeated, found.contradictions) == (1, 3, 0, ())


def test_each_contradiction_is_seen() -> None:
    within = moment(90_000, "Angry again since 0:40: the voice is louder than usual.", "onset")
    unsaid = moment(90_000, "Angrier since 1:10: the voice is louder than usual.", "onset")
    unknown = moment(90_000, "Calmed down since 0:45: the anger is gone.", "recovery")
    untold = moment(90_000, "Still angry, as at 0:45: the voice is still louder.")
    other = moment(90_000, "Still sad, as at 0:30: the voice is still quieter.")
    assert len(contradictions([ANGRY, OVER, within])) == 1
    assert len(contradictions([ANGRY, OVER, unsaid])) == 1
    assert contradictions([ANGRY, unknown]) == []
    assert len(contradictions([ANGRY, untold])) == 1
    assert len(contradictions([ANGRY, other])) == 1


def test_a_sentence_that_was_said_is_counted() -> None:
    twice = moment(90_000, "Angry again since 1:10: the voice is louder. Sure; listen in.", "onset")
    assert figures([[ANGRY, OVER, twice]]).repeated == 1
