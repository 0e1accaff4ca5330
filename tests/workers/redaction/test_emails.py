from __future__ import annotations

import pytest

from tonewatch.workers.redaction.emails import emails


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in emails(text)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("jane@example.com and", ["jane@example.com"]),
        ("my mail is jane at example dot com", ["jane at example dot com"]),
        ("tom99 at example punkt de", ["tom99 at example punkt de"]),
        ("it's john.smith@münchen.de. Thanks", ["john.smith@münchen.de"]),
        ("under john at gmail dot com", ["john at gmail dot com"]),
        ("john at g mail dot com", ["john at g mail dot com"]),
        ("max klammeraffe gmx punkt at", ["max klammeraffe gmx punkt at"]),
        ("max at t minus online punkt de", ["max at t minus online punkt de"]),
        ("dana underscore lee plus bills at example dot net", ["dana underscore lee plus bills at example dot net"]),
        ("smith @ gmail . com", ["smith @ gmail . com"]),
        ("j o h n at gmail com please", ["j o h n at gmail com"]),
        ("anna at example dot co dot nz", ["anna at example dot co dot nz"]),
        ("die Mail ist uwe strudel gmx", ["uwe strudel gmx"]),
        ("uwe strudel gmx punkt net", ["uwe strudel gmx punkt net"]),
        ("mail uwe at home de", ["uwe at home de"]),
    ],
)
def test_an_address_is_found_written_and_spoken(said: str, found: list[str]) -> None:
    assert cut(said) == found


@pytest.mark.parametrize(
    "said",
    [
        "look at example.com",
        "I am at home",
        "I bought it at amazon dot com",
        "he works at siemens dot com",
        "at",
        "@",
        "she sits at home de facto",
        "I'm at t minus online",
        "ein Strudel gmx egal",
        "der beste Strudel web punkt",
    ],
)
def test_what_stands_at_a_place_is_no_address(said: str) -> None:
    assert cut(said) == []


def test_an_address_that_was_begun_is_one_at_the_end_alone() -> None:
    assert cut("it's john dot smith") == ["john dot smith"]
    assert cut("the website dot com") == []
    assert cut("john dot smith said so") == []
