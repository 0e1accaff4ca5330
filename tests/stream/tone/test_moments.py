"""Moments: what changed since the last one, while an alert is open and while none is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from tonewatch.stream.messages import Alert, ModelRef, Moment, Posterior, Prosody, Words
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.step import Output

Calls = Any
BRIGHT = (
    Posterior(angry=0.05, happy=0.55, neutral=0.35, sad=0.05),
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
    assert found[0].moment_id == f"c/update/{found[0].at_ms}"
    assert all(b.at_ms - a.at_ms >= 30_000 for a, b in itertools.pairwise(found))
    [bright, closing] = found
    assert bright.facts.since_ms is None and bright.sentence.startswith("Happier since ")
    assert closing.closing and closing.sentence.startswith("In all: a calm call, brighter from ")


def test_a_call_on_which_nothing_changes_or_that_is_not_rolled_has_no_moments(calls: Calls) -> None:
    steady, bright = [calls.STEADY] * 40, [calls.STEADY] * 10 + [BRIGHT] * 30
    assert moments(calls.run(call(calls, steady), None, ToneConfig(rolling_ms=20_000))) == []
    assert moments(calls.run(call(calls, bright), None, ToneConfig(rolling_ms=0))) == []
    assert moments(calls.run(call(calls, bright), None, ToneConfig(rolling_ms=20_000))) != []


def test_an_update_and_a_recovery_say_what_changed_since_the_moment_before(calls: Calls) -> None:
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 10 + [calls.STEADY] * 8
    found = moments(calls.run(call(calls, kinds)))
    assert [m.kind for m in found if not m.closing] == ["onset", "update", "update", "recovery"]
    onset, update, last, recovery, closing = found
    assert onset.facts.since_ms is None
    assert (update.facts.since_ms, update.facts.tone_since) == (onset.at_ms, onset.facts.tone)
    assert recovery.facts.tone_since == last.facts.tone < recovery.facts.tone
    assert {fact.name for fact in recovery.facts.changed if fact.delta < 0} >= {"pitch", "level"}
    assert recovery.sentence.startswith(f"Calmed down since {last.at_ms // 60000}:")
    assert "loudness, strain and pitch are back at this caller's usual" in recovery.sentence
    assert [one.at_ms for one in recovery.told] == [onset.at_ms, update.at_ms, last.at_ms]
    assert re.fullmatch(r"In all: angry from 0:\d\d; (?:worst at \d:\d\d; )?over by \d:\d\d\.", closing.sentence)


def said(segment: Any, text: str, confidence: float = 0.9) -> Words:
    where = {name: getattr(segment, name) for name in ("call_id", "segment_id", "channel", "start_ms", "end_ms")}
    return Words(**where, text=text, confidence=confidence, model=ModelRef(name="m", version="1"))


def test_the_words_that_came_meanwhile_are_part_of_what_a_moment_says(calls: Calls) -> None:
    caller = [calls.segment(i, kind) for i, kind in enumerate([calls.STEADY] * 6 + [calls.SHOUTING] * 3)]
    words = said(caller[6], "I just told you that.")
    [onset, *_] = moments(calls.run([calls.opened(), *caller[:7], words, *caller[7:], calls.closed()]))
    assert '("I just told you that")' in onset.sentence
    assert [quote.confidence for quote in onset.facts.quotes] == [0.9]


def test_a_silent_moment_is_written_nowhere_and_nothing_is_compared_with_it(calls: Calls) -> None:
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 24 + [calls.STEADY] * 8
    found = [m for m in moments(calls.run(call(calls, kinds))) if not m.closing]
    assert all(moment.sentence for moment in found)
    assert [m.facts.since_ms for m in found[1:]] == [m.at_ms for m in found[:-1]]


def test_a_call_of_which_nothing_was_told_has_no_closing_line(calls: Calls) -> None:
    assert moments(calls.run(call(calls, [calls.STEADY] * 20))) == []


def test_reasons_are_told_in_the_language_that_is_set(calls: Calls) -> None:
    kinds = [calls.STEADY] * 6 + [calls.SHOUTING] * 6
    outputs = calls.run(call(calls, kinds), None, ToneConfig(language="de"))
    onset, *_, closing = moments(outputs)
    assert onset.sentence.startswith("Verärgerter seit 0:") and closing.sentence.startswith(
        "Insgesamt: verärgert ab 0:"
    )
    alerts = [output.sentence for output in outputs if isinstance(output, Alert)]
    assert alerts and not any("since" in text or "voice" in text for text in alerts)


def test_a_caller_who_falls_silent_after_the_agent_and_answers_in_one_word_is_told_of(calls: Calls) -> None:
    shouting = [calls.segment(i, calls.STEADY) for i in range(6)] + [
        calls.segment(i, calls.SHOUTING) for i in range(6, 12)
    ]
    # The agent's words end half a second before the caller's, and once more than three seconds before.
    late = calls.spoken(51_500, 54_500, calls.SHOUTING)
    agent = [calls.spoken(4_000 * i - 900, 4_000 * i - 500, role="agent", channel=1) for i in (8, 9, 12)]
    words = [
        Words(
            call_id="c", segment_id=f"c/0/{4_000 * i}", channel=0, start_ms=4_000 * i, end_ms=4_000 * i + 3_000,
            text=text, confidence=0.9, model=ModelRef(name="w", version="1"),
        )
        for i, text in ((8, "No."), (9, "Fine."), (10, "Whatever that is."))
    ]  # fmt: skip
    spoken = sorted([*shouting, late, *agent, *words], key=lambda m: m.end_ms + (300 if isinstance(m, Words) else 0))
    found = moments(calls.run([calls.opened(), *spoken, calls.closed()]))
    assert max(moment.facts.one_word_answers for moment in found) == 2
    curt = next(moment for moment in found if moment.facts.one_word_answers == 2)
    assert "answers in one word" in curt.sentence
    silent = [moment for moment in found if moment.facts.falls_silent_ms >= 2_500]
    assert all("falls silent after the agent" in moment.sentence for moment in silent if moment.kind != "recovery")


def test_laughter_that_the_listener_told_from_words_is_counted(calls: Calls) -> None:
    bright = [calls.segment(i, BRIGHT) for i in range(10, 20)]
    laughter = [calls.spoken(4_000 * i + 3_100, 4_000 * i + 3_800, abstained="laughter") for i in range(10, 19)]
    steady = [calls.segment(i, calls.STEADY) for i in range(10)]
    spoken = sorted([*steady, *bright, *laughter], key=lambda m: m.end_ms)
    found = moments(calls.run([calls.opened(), *spoken, calls.closed()], None, ToneConfig(rolling_ms=30_000)))
    assert found[0].facts.laughs >= 1
    assert "the caller laughs" in found[0].sentence
