from __future__ import annotations

import time

import pytest

from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.plates import begun, plates


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in plates(text, Names(text))]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("S-UV 100 war das", "S-UV 100"),
        ("parked outside is XY21 ZZZ and I can't leave", "XY21 ZZZ"),
        ("V wie Viktor, K wie Kaufmann, acht acht eins", "V wie Viktor, K wie Kaufmann, acht acht eins"),
        ("F as in Foxtrot, dash, Q R 5 5 0 and I wait", "F as in Foxtrot, dash, Q R 5 5 0"),
        ("my plate's C for Charlie A 1 2 3", "C for Charlie A 1 2 3"),
        ("number plate 4 K L M 7 7 7", "4 K L M 7 7 7"),
        ("papa quebec two zero uniform victor whiskey", "papa quebec two zero uniform victor whiskey"),
        ("Q W E 8 0 0 is what the tag says", "Q W E 8 0 0"),
    ],
)
def test_plates_of_three_countries_are_found_written_and_spelled(said: str, found: str) -> None:
    assert cut(said) == [found]


@pytest.mark.parametrize(
    "said",
    [
        "der H D M I 2 Anschluss",
        "an I P 6 5 rating",
        "I use an A 4 page",
        "my name is Otto, it's 3 years",
        "Mike and Oscar, 12 of us",
        "the model is TX 55",
        "B wie Berta, so heißt der Block",
        "the plate fell and 2 more broke",
        "registration took A B 30 minutes",
    ],
)
def test_letters_and_digits_of_other_things_are_no_plate(said: str) -> None:
    assert cut(said) == []


def test_a_plate_that_is_being_read_out_begins_where_its_letters_do() -> None:
    assert begun("it's B as in Bravo, M W") == len("it's ")
    assert begun("it's B as in Bravo and it is blue") is None
    assert begun("that was plan A") is None


@pytest.mark.parametrize("said", ["A B 1 ", "a as in a ", "B wie ", "1 A ", "alpha "])
def test_a_long_row_of_letters_takes_no_more_than_its_length(said: str, timeout_factor: float) -> None:
    text = (said * 30_000)[:30_000]
    began = time.process_time()
    cut(text)
    assert time.process_time() - began < 6 * timeout_factor
