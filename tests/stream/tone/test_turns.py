"""Turn-taking arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tonewatch.stream.tone.turns import Turn, Turns

Calls = Any
TURNS = Turns(spoken=[Turn(0, 4_000, False), Turn(3_000, 6_000, True), Turn(8_000, 9_000, False)])


def turns_of(*spoken: Turn) -> Turns:
    return Turns(spoken=list(spoken))


def test_talk_over_is_where_both_speak() -> None:
    assert TURNS.talk_over_ms(0, 10_000) == 1_000
    assert TURNS.talk_over_ms(3_500, 10_000) == 500


def test_the_agents_share_is_of_what_was_spoken() -> None:
    assert TURNS.agent_share(0, 10_000) == 0.375
    assert Turns().agent_share(0, 10_000) is None


def test_turns_are_kept_in_the_order_of_time_once_each_for_two_minutes(calls: Calls) -> None:
    caller = [calls.spoken(0, 4_000), calls.spoken(8_000, 9_000)]
    agent = calls.spoken(3_000, 6_000, role="agent", channel=1)
    turns = Turns()
    for segment in (caller[1], agent, caller[0], agent, *caller):
        turns.remember(segment)
    assert spans(turns.spoken) == [(0, 4_000, False), (3_000, 6_000, True), (8_000, 9_000, False)]
    turns.remember(calls.spoken(130_000, 131_000, role="agent", channel=1))
    assert spans(turns.spoken) == [(130_000, 131_000, True)]


@pytest.mark.parametrize(
    ("why", "held"),
    [
        ("echo", 0),
        ("noisy", 0),
        ("too_quiet", 0),
        ("tonal", 0),
        ("no_voice", 0),
        ("music", 0),
        ("not_speech", 0),
        ("laughter", 1),
        ("too_short", 1),
        ("unsure", 1),
        ("talk_over", 1),
    ],
)
def test_only_speech_holds_a_turn_however_uncertain_it_was(calls: Calls, why: str, held: int) -> None:
    turns = Turns()
    turns.remember(calls.spoken(0, 4_000, role="agent", channel=1))
    turns.remember(calls.spoken(1_000, 3_000), why)
    assert len(turns.interruptions(0, 10_000)) == held


def spans(turns: Sequence[Turn]) -> list[tuple[int, int, bool]]:
    return [(turn.start_ms, turn.end_ms, turn.agent) for turn in turns]


def test_only_the_callers_turns_carry_audio(calls: Calls) -> None:
    turns = Turns()
    turns.remember(calls.spoken(0, 4_000))
    turns.remember(calls.spoken(3_000, 6_000, role="agent", channel=1))
    assert [turn.segment_id for turn in turns.of_caller()] == ["c/0/0"]


def test_whoever_begins_while_the_other_has_the_floor_interrupts() -> None:
    found = TURNS.interruptions(0, 10_000)
    assert [(i.at_ms, i.by_agent, i.overlap_ms) for i in found] == [(3_000, True, 1_000)]
    assert TURNS.interruptions(0, 10_000, least_ms=1_500) == []


def test_going_on_after_a_breath_is_no_interruption() -> None:
    turns = turns_of(Turn(0, 4_000, False), Turn(1_000, 9_000, True), Turn(4_400, 8_000, False))
    assert [i.at_ms for i in turns.interruptions(0, 10_000)] == [1_000]


def test_silences_lie_between_the_turns_and_after_the_last() -> None:
    assert TURNS.silences(12_000) == [(6_000, 8_000), (9_000, 12_000)]
    assert TURNS.silences(7_000) == [(6_000, 7_000)]
    assert Turns().silences(7_000) == []
    assert TURNS.longest_silence_ms(0, 12_000) == 3_000
    assert TURNS.longest_silence_ms(8_200, 8_800) == 0


def test_no_silence_reaches_over_audio_that_was_missing() -> None:
    turns = turns_of(Turn(0, 4_000, False), Turn(30_000, 31_000, True))
    turns.unheard(25_000)
    assert turns.silences(31_000) == [(25_000, 30_000)]
    turns.unheard(30_000)
    assert turns.silences(31_000) == []


def test_music_is_no_silence_and_a_click_ends_none(calls: Calls) -> None:
    turns = Turns()
    turns.remember(calls.spoken(0, 4_000))
    turns.remember(calls.spoken(10_000, 10_400, abstained="no_voice"), "no_voice")
    assert turns.silences(20_000) == [(4_000, 20_000)]
    turns.remember(calls.spoken(20_000, 24_000, abstained="tonal"), "tonal")
    assert turns.silences(30_000) == [(24_000, 30_000)]


def test_a_silence_of_the_caller_is_one_that_the_agents_words_leave_and_the_callers_end() -> None:
    turns = turns_of(
        Turn(0, 2_000, False), Turn(3_000, 6_000, True), Turn(9_500, 11_000, False), Turn(16_000, 17_000, True)
    )
    assert turns.silent_after_agent_ms(0, 20_000) == 3_500
    assert turns.silent_after_agent_ms(7_000, 20_000) == 0


def test_an_answer_is_all_that_the_caller_says_soon_behind_the_agents_words() -> None:
    turns = turns_of(Turn(0, 3_000, True), Turn(3_500, 4_000, False), Turn(4_300, 6_000, False))
    assert not turns.is_answer(3_500, 4_000)  # the caller goes on
    assert not turns.is_answer(4_300, 6_000)  # behind the caller's own words
    alone = turns_of(Turn(0, 3_000, True), Turn(3_500, 4_000, False))
    assert alone.is_answer(3_500, 4_000)
    assert not turns_of(Turn(0, 3_000, True), Turn(9_000, 9_400, False)).is_answer(9_000, 9_400)
