"""What words say beside a voice, and what of them may be quoted."""

from __future__ import annotations

import pytest

from tonewatch.stream.messages import Quote
from tonewatch.stream.tone.wording import phrases, repeated


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
