"""Turn-taking arithmetic."""

from tonewatch.stream.tone.turns import agent_share, remember, talk_over_ms

TURNS = [(0, 4_000, False), (3_000, 6_000, True), (8_000, 9_000, False)]


def test_talk_over_is_where_both_speak() -> None:
    assert talk_over_ms(TURNS, 0, 10_000) == 1_000
    assert talk_over_ms(TURNS, 3_500, 10_000) == 500


def test_the_agents_share_is_of_what_was_spoken() -> None:
    assert agent_share(TURNS, 0, 10_000) == 0.375
    assert agent_share([], 0, 10_000) is None


def test_turns_of_more_than_a_minute_ago_are_forgotten() -> None:
    turns = list(TURNS)
    remember(turns, (70_000, 71_000, True))
    assert turns == [(70_000, 71_000, True)]
