"""What words say beside a voice, and what of them may be quoted."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.messages import FactsTable, Quote
from tonewatch.stream.tone.wording import phrase_beside, phrase_of, phrases, relates, repeated

from .tables import table


def quote(text: str, start_ms: int, confidence: float = 0.9) -> Quote:
    return Quote(segment_id=f"c/0/{start_ms}", start_ms=start_ms, text=text, confidence=confidence)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("No, listen to me. I just told you that.", ["listen to me", "I just told you that"]),
        ("Four days without heating. And November, that is completely", ["Four days without heating"]),
        ("I was told that it would be sent to me by post, it never came.", ["it never came"]),
        ("I want my...", []),
    ],
)
def test_only_whole_phrases_can_be_quoted(text: str, found: list[str]) -> None:
    assert phrases(text) == found


def test_what_is_said_twice_is_found_where_both_were_surely_heard() -> None:
    first = quote("Nobody called me back.", 1_000)
    assert repeated([first, quote("I said nobody called me back!", 9_000)], 5_000) == "nobody called me back"
    assert repeated([first, quote("I said nobody called me back!", 9_000, 0.2)], 5_000) == ""
    assert repeated([first, quote("I said nobody called me back!", 9_000)], 10_000) == ""


def told(*texts: str) -> FactsTable:
    return msgspec.structs.replace(table(), quotes=tuple(quote(text, 1_000 * n) for n, text in enumerate(texts, 51)))


def test_of_two_troubles_the_one_that_the_caller_has_is_quoted() -> None:
    facts = told("The neighbours have the same problem.", "You said two hours and that was yesterday.")
    assert phrase_of(facts, "explain", degraded=True) == "You said two hours and that was yesterday"


def test_a_trouble_behind_thanks_is_no_trouble_that_is_over() -> None:
    assert relates(told("It was all wrong.", "Thank you so much."), degraded=False) == "explain"
    assert relates(told("Thank you so much.", "It was all wrong."), degraded=False) == "mixed"


@pytest.mark.parametrize("text", ["Wonderful, so I wait again.", "Thank you for nothing."])
def test_praise_as_nobody_means_it_is_ironic_beside_a_degraded_voice(text: str) -> None:
    assert relates(told(text), degraded=True) == "ironic"


def test_beside_a_topic_the_other_trouble_is_found() -> None:
    facts = told("I am frightened, please help me.", "You gave me the wrong form.")
    assert phrase_beside(facts, "distress") == "You gave me the wrong form"
