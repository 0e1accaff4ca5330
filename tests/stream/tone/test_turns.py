"""Turn-taking arithmetic."""

from tonewatch.stream.tone.turns import (
    Turn,
    agent_share,
    interruptions,
    longest_silence_ms,
    remember,
    silences,
    talk_over_ms,
)

TURNS = [Turn(0, 4_000, False), Turn(3_000, 6_000, True), Turn(8_000, 9_000, False)]


def test_talk_over_is_where_both_speak() -> None:
    assert talk_over_ms(TURNS, 0, 10_000) == 1_000
    assert talk_over_ms(TURNS, 3_500, 10_000) == 500


def test_the_agents_share_is_of_what_was_spoken() -> None:
    assert agent_share(TURNS, 0, 10_000) == 0.375
    assert agent_share([], 0, 10_000) is None


def test_turns_are_kept_in_the_order_of_time_once_each_for_two_minutes() -> None:
    turns: list[Turn] = []
    for turn in (*reversed(TURNS), *TURNS):
        remember(turns, turn)
    assert turns == TURNS
    remember(turns, Turn(130_000, 131_000, True))
    assert turns == [Turn(130_000, 131_000, True)]


def test_whoever_begins_while_the_other_has_the_floor_interrupts() -> None:
    found = interruptions(TURNS, 0, 10_000)
    assert [(i.at_ms, i.by_agent, i.overlap_ms) for i in found] == [(3_000, True, 1_000)]
    assert interruptions(TURNS, 0, 10_000, least_ms=1_500) == []


def test_going_on_after_a_breath_is_no_interruption() -> None:
    turns = [Turn(0, 4_000, False), Turn(1_000, 9_000, True), Turn(4_400, 8_000, False)]
    assert [i.at_ms for i in interruptions(turns, 0, 10_000)] == [1_000]


def test_silences_lie_between_the_turns_and_after_the_last() -> None:
    assert silences(TURNS, 12_000) == [(6_000, 8_000), (9_000, 12_000)]
    assert silences(TURNS, 7_000) == [(6_000, 7_000)]
    assert silences([], 7_000) == []
    assert longest_silence_ms(TURNS, 0, 12_000) == 3_000
