"""Numbers whose groups stand apart, with ordinary words between them."""

from __future__ import annotations

import time

import pytest

from tonewatch.workers.redaction.redactor import find, redact


@pytest.mark.parametrize(
    "said",
    [
        "The card starts with {}, then there's {}, followed by {}, and the end is {}.",
        "card number: {} first, {} second, {} third, {} fourth",
        "my credit card is {}, next group {}, next group {}, last group {}",
        "{}, you with me? {}, still with me? {}, and {}",
        "{} have you got that? {} have you got that? {} have you got that? {}",
        "It's {} and four more, {}, and four more, {}, and the rest is {}",
        "Kreditkarte fängt an mit {}, weiter mit {}, weiter mit {}, endet mit {}",
        "Kartennummer: erst {}, dann kommt {}, dann kommt {}, am Ende {}",
        "die Karte: {} haben Sie das? {} haben Sie das? {} und zuletzt {}",
    ],
)
def test_no_group_of_a_card_is_left_whatever_is_said_between(said: str) -> None:
    left = redact(said.format("4111", "1111", "1111", "1111"))
    assert not any(letter.isdigit() for letter in left)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (
            "Handynummer 0171, weiter mit 234, und hinten 5678",
            "Handynummer [phone], weiter mit [phone], und hinten [phone]",
        ),
        ("0171 dann die 234 und dann die 5678", "[phone] dann die [phone] und dann die [phone]"),
        (
            "IBAN DE89 comes first, 3704 comes next, 0044 after it, 0532 then, 0130 then, 00",
            "IBAN [account] comes first, [account] comes next, [account] after it, [account]",
        ),
        (
            "the policy says 994 first, goes on with 271 next, and stops at 855 there",
            "the policy says [number] first, goes on with [number] next, and stops at [number] there",
        ),
    ],
)
def test_telephones_ibans_and_what_is_called_a_number_are_joined(said: str, left: str) -> None:
    assert redact(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "there are 120 in the first box, 130 in the second, 145 in the third",
        "my card was charged 120 in May, 130 in June, 145 in July and 160 in August",
        "the number of visitors was 120 last year, 130 this year, 145 with the families",
        "in 2019 there were 450 of us, in 2020 there were 480 of us, in 2021 only 310",
    ],
)
def test_counts_prices_and_years_that_lie_near_each_other_are_nobody_s(said: str) -> None:
    assert redact(said) == said


@pytest.mark.parametrize("said", ["12 x ", "card 4111 x ", "DE 12 x "])
def test_many_groups_apart_take_no_more_than_their_length(said: str, timeout_factor: float) -> None:
    text = (said * 15_000)[:15_000]
    began = time.process_time()
    find(text)
    assert time.process_time() - began < 6 * timeout_factor


@pytest.mark.parametrize(
    "line",
    [
        "The mobile costs 300, the other 450, the third 600",
        "phone screen 1080 by 2400 pixels, 120 hertz",
        "meine Nummer eins sind 300 Kunden, 450 Partner und 120 Filialen",
        "on the bank holiday 300 came, 450 left and 700 stayed",
    ],
)
def test_amounts_near_a_word_for_a_number_are_none(line: str) -> None:
    assert redact(line) == line
