"""Whole calls read as sequences: what contradicts and what repeats is counted."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.reasons.evaluate_reasons_command import reasons
from tonewatch.models.reasons.sequences import accounts, contradictions, figures, one_after_another, show_accounts
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import AudioSpan, CallClosed, CallOpened, FactsTable, Moment, MomentKind, Segment
from tonewatch.stream.tone.config import ToneConfig


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


def segment(start_ms: int) -> Segment:
    return Segment(
        call_id="c", segment_id=f"c/0/{start_ms}", channel=0, role="customer", start_ms=start_ms, end_ms=start_ms + 900,
        closed_by="pause", audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=9),
    )  # fmt: skip


def test_a_long_call_is_the_longest_one_over_and_over() -> None:
    opened, closed = (
        CallOpened(call_id="c", notice_given=True),
        CallClosed(call_id="c", reason="ended", duration_ms=2_000),
    )
    calls = [
        ListenedCall("short", None, 1.0, (opened, closed)),
        ListenedCall("long", None, 2.0, (opened, segment(0), segment(1_000), closed)),
    ]
    [made] = one_after_another(calls, least_ms=5_000)
    assert (made.name, made.duration_s) == ("3 times long", 6.0)
    spoken = [one for one in made.messages if isinstance(one, Segment)]
    assert [one.start_ms for one in spoken] == [0, 1_000, 2_000, 3_000, 4_000, 5_000]
    assert len({one.segment_id for one in spoken}) == 6
    assert made.messages[0] == opened and made.messages[-1] == CallClosed(
        call_id="c", reason="ended", duration_ms=6_000
    )
    assert one_after_another([]) == []
    assert accounts([made], lambda _: ToneConfig()) == {"3 times long": []}


def test_the_command_prints_each_call_as_it_is_read_and_what_was_counted() -> None:
    out = io.StringIO()
    show_accounts(Console(file=out, width=200), {"a": [ANGRY, OVER], "b": []})
    text = out.getvalue()
    assert "  0:30 onset    Angrier since 0:20: the voice is louder than usual. Sure; listen in." in text
    assert "2 calls, of 1 something is told: 2 texts, 4 sentences; 0 repeated (0.0%), 0 contradictions" in text


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SettingsError, match="--calls is missing"):
        reasons(sequences=True)
    with pytest.raises(SettingsError, match="--json is missing"):
        reasons()
