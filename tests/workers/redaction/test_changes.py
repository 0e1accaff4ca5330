from __future__ import annotations

import time

import pytest

from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.changes import changes
from tonewatch.workers.redaction.redactor import redact
from tonewatch.workers.redaction.runs import tokens


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in changes(text, tokens(text), Names(text))]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("complaints went from twelve hundred to fifteen hundred", "twelve hundred to fifteen hundred"),
        ("the tariff moved from 1299 down to 1099", "1299 down to 1099"),
        ("from 80 to 12 and then to 4 it fell", "80 to 12 and then to 4"),
        ("between 700 and 820 callers", "700 and 820"),
        ("von 1200 auf 900 und dann auf 750 zurück", "1200 auf 900 und dann auf 750"),
        ("zwischen 300 und 400 Anrufe", "300 und 400"),
    ],
)
def test_an_amount_that_changes_is_one_from_its_first_to_its_last_value(said: str, found: str) -> None:
    assert cut(said) == [found]


@pytest.mark.parametrize(
    "said",
    [
        "I moved it from 07700 to 07701",
        "the pin was changed from 6120 to 8833",
        "from 4929421234600821 to the other card",
        "from here to 20",
        "von hier auf 20",
    ],
)
def test_numbers_codes_and_places_are_no_amounts(said: str) -> None:
    assert cut(said) == []


@pytest.mark.parametrize(
    "said",
    [
        "my cell phone charges went from 18 to 29 pounds",
        "phone volumes were 700 then 820",
        "the premium rose from 310 to 480",
        "the card fee was 20 then 35 then 50",
        "das Telefonvolumen war 700, dann 820",
    ],
)
def test_figures_beside_a_word_for_a_number_are_left(said: str) -> None:
    assert redact(said) == said


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (
            "it was changed from 07700 900 118 to 07700 900 456",
            "it was changed from [phone] to [phone]",
        ),
        ("the pin was changed from 6120 to 8833", "the pin was changed from [number] to [number]"),
        ("my card was 4111 then 1111", "my card was [number]"),
        ("my phone number was 4471 then 3310", "my phone number was [phone]"),
    ],
)
def test_what_is_called_a_number_is_one_whatever_it_changes_to(said: str, left: str) -> None:
    assert redact(said) == left


@pytest.mark.parametrize("said", ["from 1 to 2 ", "from ", "from 1 ", "between 1 and 2 then to 3 "])
def test_many_changes_take_no_more_than_their_length(said: str, timeout_factor: float) -> None:
    text = (said * 30_000)[:30_000]
    began = time.process_time()
    cut(text)
    assert time.process_time() - began < 6 * timeout_factor
