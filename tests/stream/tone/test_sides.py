"""Who spoke first, and whether the caller's channel speaks like the house."""

from __future__ import annotations

from typing import Any

from tonewatch.stream.messages import ModelRef, Words
from tonewatch.stream.tone.sides import GREETED_WITHIN_MS, Sides


def words(text: str, start_ms: int = 0) -> Words:
    model = ModelRef(name="w", version="1")
    return Words(
        call_id="c",
        segment_id="s",
        channel=0,
        start_ms=start_ms,
        end_ms=start_ms + 1,
        text=text,
        confidence=1,
        model=model,
    )


def sides(calls: Any, customer_ms: int, agent_ms: int) -> Sides:
    found = Sides()
    found.note(calls.spoken(customer_ms, customer_ms + 3_000), None)
    found.note(calls.spoken(agent_ms, agent_ms + 3_000, role="agent", channel=1), None)
    return found


def test_who_spoke_first_is_told_by_when_and_not_by_whose_record_came_first(calls: Any) -> None:
    assert sides(calls, 4_000, 800).first == "agent"
    assert sides(calls, 800, 4_000).first == "customer"


def test_nothing_is_said_while_one_party_was_hardly_heard(calls: Any) -> None:
    found = Sides()
    found.note(calls.spoken(0, 3_000), None)
    found.note(calls.spoken(4_000, 5_000, role="agent", channel=1), None)
    assert found.first is None


def test_an_echo_is_nobodys_first_word(calls: Any) -> None:
    found = sides(calls, 4_000, 2_000)
    found.note(calls.spoken(0, 1_000), "echo")
    assert found.first == "agent"


def test_a_greeting_counts_at_the_beginning_only() -> None:
    early, late = Sides(), Sides()
    early.hear(words("Thank you for calling, how can I help?", 900))
    late.hear(words("Thank you for calling, how can I help?", GREETED_WITHIN_MS + 1))
    assert (early.greeted, late.greeted) == (True, False)
