"""Numbers, addresses and dates that come in several transcripts."""

from __future__ import annotations

import pytest

from tonewatch.workers.redaction import call_redactor
from tonewatch.workers.redaction.call_redactor import GOES_ON_MS, Redactor


def heard(pieces: list[str], pause_ms: int = 1000) -> list[str]:
    redactor, left, at_ms = Redactor(), [], 0
    for piece in pieces:
        left.append(redactor(("c", 0), at_ms, at_ms + 2000, piece, ())[0])
        at_ms += 2000 + pause_ms
    return left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("my card number is 4111 | 1111 | 1111 | 1111", "my card number is [number] | [number] | [number] | [card]"),
        ("4111 | and then 1111 | and then 1111 | and 1111", "[number] | [number] | [number] | [card]"),
        ("it's oh seven seven | yes. nine double oh | um four five six", "it's [number] | [number] | [number]"),
        ("so double | oh seven double four | nine one", "so double | [number] | [number]"),
        ("my pin is | 42 | 19", "my pin is | [number] | [number]"),
        ("my pin is | four | two", "my pin is | [number] | [number]"),
        ("account number | 12345 | 678", "account number | [account] | [account]"),
        (
            "meine Nummer ist | null eins sieben eins | dreihundertzwölf vierundvierzig",
            "meine Nummer ist | [number] | [number]",
        ),
        ("john dot smith | at gmail dot com", "[email] | [email]"),
        ("my email is j | dot smith at gmail | dot com", "my email is j | [email] | [email]"),
        ("date of birth | fifth of March | eighty four", "date of birth | [birth] | [birth]"),
        ("geboren am | fünften dritten | vierundachtzig", "geboren am | [birth] | [birth]"),
        ("I waited 20 | minutes and then 3 of us left", "I waited 20 | minutes and then 3 of us left"),
        ("I called three | times this week", "I called three | times this week"),
    ],
)
def test_what_goes_on_over_a_pause_is_found_in_each_of_its_parts(said: str, left: str) -> None:
    assert " | ".join(heard(said.split(" | "))) == left


def test_a_longer_pause_ends_a_number_and_other_parties_have_their_own() -> None:
    assert (
        heard(["it's forty one eleven", "eleven eleven four people"], GOES_ON_MS + 1)[1] == "eleven eleven four people"
    )
    redactor = Redactor()
    redactor(("c", 0), 0, 1000, "forty one eleven", ())
    assert redactor(("c", 1), 1500, 2000, "20 said so", ())[0] == "20 said so"
    assert redactor(("c", 0), 1500, 2000, "20 said so", ())[0] == "[number] said so"


def test_a_transcript_that_comes_late_is_judged_with_the_one_behind_it() -> None:
    redactor = Redactor()
    redactor(("c", 0), 3000, 5000, "1111 1111 1111 is the rest", ())
    assert redactor(("c", 0), 0, 2000, "here it comes: 4111", ())[0] == "here it comes: [card]"


def test_what_was_heard_last_is_forgotten_with_the_call() -> None:
    redactor = Redactor()
    redactor(("c", 0), 0, 1000, "forty one eleven", ())
    redactor.forget("c")
    assert redactor(("c", 0), 1500, 2000, "20 said so", ())[0] == "20 said so"


def test_calls_that_never_end_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_redactor, "CHANNELS_KEPT", 3)
    redactor = Redactor()
    for call in range(5):
        redactor((str(call), 0), 0, 1000, "forty one", ())
    assert redactor(("0", 0), 1500, 2000, "20 said so", ())[0] == "20 said so"


def test_nothing_is_kept_where_nothing_is_to_be_marked() -> None:
    redactor = Redactor(())
    assert redactor(("c", 0), 0, 1000, "4111 1111 1111 1111", ()) == ("4111 1111 1111 1111", ())


@pytest.mark.parametrize(("text", "left"), [("4 8", "[number]"), ("seven", "[number]"), ("fourth of July", "[birth]")])
def test_a_call_that_is_joined_in_its_midst_may_have_said_a_word_for_a_number(text: str, left: str) -> None:
    assert Redactor()(("c", 0), GOES_ON_MS + 1, GOES_ON_MS + 900, text, ())[0] == left
    assert Redactor()(("c", 0), 0, 900, text, ())[0] == text
    known = Redactor()
    known(("c", 0), 0, 900, "hello", ())
    assert known(("c", 0), GOES_ON_MS + 1, GOES_ON_MS + 900, text, ())[0] == text


def test_what_nobody_heard_pushes_out_nothing_that_was_said() -> None:
    redactor = Redactor()
    redactor(("c", 0), 0, 2_000, "my pin is", ())
    for index in range(60):
        redactor.missed(("c", 0), 6_000 + 1_000 * index, 6_900 + 1_000 * index)
    assert redactor(("c", 0), 3_000, 5_000, "four seven", ())[0] == "[number]"


def test_the_earliest_transcript_of_a_call_that_is_joined_is_marked_whenever_it_is_heard() -> None:
    redactor = Redactor()
    redactor(("c", 0), 63_000, 65_000, "hello there", ())
    assert redactor(("c", 0), 60_000, 62_000, "four seven", ())[0] == "[number]"
