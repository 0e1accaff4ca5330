"""Moments: what changed since the last one, while an alert is open and while none is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from tonewatch.stream.messages import ModelRef, Moment, Posterior, Prosody, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.step import Output

Calls = Any
BRIGHT = (
    Posterior(angry=0.08, happy=0.3, neutral=0.52, sad=0.1),
    Prosody(f0_median_st=15.0, f0_range_st=6.0, level_db=-19.0, tilt_db=-14.0, rate_syl_per_s=4.2, stress_per_s=0.8),
)


def moments(outputs: Sequence[Output]) -> list[Moment]:
    return [output for output in outputs if isinstance(output, Moment)]


def call(calls: Calls, kinds: Sequence[object]) -> list[Any]:
    return [calls.opened(), *(calls.segment(i, kind) for i, kind in enumerate(kinds)), calls.closed(400_000)]


def test_a_call_without_an_alert_is_told_of_every_so_often_if_anything_changed(calls: Calls) -> None:
    config = ToneConfig(rolling_ms=30_000)
    found = moments(calls.run(call(calls, [calls.STEADY] * 10 + [BRIGHT] * 10 + [calls.STEADY] * 20), None, config))
    assert {(m.kind, m.alert_id) for m in found} == {("update", "")}
    assert [m.moment_id for m in found] == [f"c/update/{m.at_ms}" for m in found]
    assert all(b.at_ms - a.at_ms >= 30_000 for a, b in itertools.pairwise(found))
    first, second = found[:2]
    assert (first.facts.since_ms, second.facts.since_ms) == (None, first.at_ms)
    assert {fact.name for fact in second.facts.changed} >= {"pitch", "level"}
    assert second.sentence.startswith("Mood steady, as at 0:")


def test_a_call_on_which_nothing_changes_or_that_is_not_rolled_has_no_moments(calls: Calls) -> None:
    steady, bright = [calls.STEADY] * 40, [calls.STEADY] * 10 + [BRIGHT] * 30
    assert moments(calls.run(call(calls, steady), None, ToneConfig(rolling_ms=20_000))) == []
    assert moments(calls.run(call(calls, bright), None, ToneConfig(rolling_ms=0))) == []
    assert moments(calls.run(call(calls, bright), None, ToneConfig(rolling_ms=20_000))) != []


def test_an_update_and_a_recovery_say_what_changed_since_the_moment_before(calls: Calls) -> None:
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 10 + [calls.STEADY] * 8
    found = moments(calls.run(call(calls, kinds)))
    assert [m.kind for m in found] == ["onset", "update", "update", "recovery"]
    onset, update, last, recovery = found
    assert onset.facts.since_ms is None
    assert (update.facts.since_ms, update.facts.tone_since) == (onset.at_ms, onset.facts.tone)
    assert recovery.facts.tone_since == last.facts.tone < recovery.facts.tone
    assert {fact.name for fact in recovery.facts.changed if fact.delta < 0} >= {"pitch", "level"}
    assert recovery.sentence.startswith(
        "Calmed down since 1:07: loudness, strain and pitch are back at this caller's usual"
    )


def said(segment: Any, text: str, confidence: float = 0.9) -> Words:
    where = {name: getattr(segment, name) for name in ("call_id", "segment_id", "channel", "start_ms", "end_ms")}
    return Words(**where, text=text, confidence=confidence, model=ModelRef(name="m", version="1"))


def test_the_words_that_came_meanwhile_are_part_of_what_a_moment_says(calls: Calls) -> None:
    caller = [calls.segment(i, kind) for i, kind in enumerate([calls.STEADY] * 6 + [calls.SHOUTING] * 3)]
    words = said(caller[6], "I just told you that.")
    [onset, *_] = moments(calls.run([calls.opened(), *caller[:7], words, *caller[7:], calls.closed()]))
    assert '("I just told you that")' in onset.sentence
    assert [quote.confidence for quote in onset.facts.quotes] == [0.9]
