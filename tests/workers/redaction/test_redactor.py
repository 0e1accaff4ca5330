from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.messages import SpokenWord
from tonewatch.stream.settings import REDACTED
from tonewatch.stream.tone.evidence.languages.registry import LANGUAGES
from tonewatch.workers.redaction.redactor import KINDS, find, redact, redact_words

CARD = "4111 1111 1111 1111"


def words(text: str) -> tuple[SpokenWord, ...]:
    return tuple(
        SpokenWord(text=word, start_ms=100 * at, end_ms=100 * at + 90, confidence=0.9 - at / 100)
        for at, word in enumerate(text.split())
    )


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (f"my card is {CARD}, thanks", "my card is [card], thanks"),
        ("call me on 07700 900123 after six", "call me on [phone] after six"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [account] please"),
        ("write to jane dot sample at example dot com now", "write to [email] now"),
        ("I was born on March 12, 1985 in Leeds", "I was born on [birth] in Leeds"),
        ("meine Nummer ist null eins sieben eins drei neun zwei null null eins fünf", "meine Nummer ist [phone]"),
        ("the code is four eight three nine two oh", "the code is [number]"),
    ],
)
def test_a_mark_stands_for_what_tells_who_somebody_is_and_the_rest_is_as_it_was(said: str, left: str) -> None:
    assert redact(said) == left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("my card is 4111_1111_1111_1111", "my card is [card]"),
        ("4111: 1111: 1111: 1111", "[card]"),
        ("4111 – 1111 – 1111 – 1111", "[card]"),
        ("4111\u200b1111\u200b1111\u200b1111", "[card]"),
        ("4111 1111 like 1111 okay 1111", "[card]"),
        ("four one one one yeah one one one one, right, one one one one. one one one one", "[card]"),
        ("four triple one one um treble one dash double one double one double one one one", "[card]"),
        ("it's 4111 and then it's 1111 and the last bit is 1111", "it's [number] and the last bit is [number]"),
        ("null einhunderteinundsiebzig zweihundertdreiundvierzig", "[number]"),
        ("pin 1984", "pin [number]"),
        ("der pin ist 12:34", "der pin ist [number]"),
        ("the code is 99", "the code is [number]"),
        ("cvv 123 expiry 04 27", "cvv [number] expiry [number]"),
        ("I was born in 1984", "I was born in [birth]"),
        ("1938 geboren", "[birth] geboren"),
        ("born on five three eighty four", "born on [birth]"),
        ("my national insurance number is AB 12 34 56 C", "my national insurance number is [number]"),
    ],
)
def test_no_separator_filler_or_form_hides_a_number(said: str, left: str) -> None:
    assert redact(said) == left


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("it costs 4111 1111 1111 1111 euros", "it costs [card] euros"),
        ("4,111,111,111,111,111", "[card]"),
        ("+49 171 2345678 pm", "[phone] pm"),
        ("four hundred and 55 5512 0191 is my number", "[number] is my number"),
        ("my number is 555,123,456", "my number is [number]"),
        ("account 12345678 pounds", "account [account] pounds"),
        ("my phone is 12.34.56.78", "my phone is [phone]"),
        ("077 12:34 56 78", "[phone]"),
        ("my mobile is 7700 900 12:34", "my mobile is [phone]"),
        ("telefon 12.03.45 67 89", "telefon [phone]"),
    ],
)
def test_no_amount_time_or_date_shields_a_number(said: str, left: str) -> None:
    assert redact(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "I waited two three four five weeks",
        "call me between 10:30 and 11:15",
        "your account was charged 4500 in 2019",
        "from 9.99 to 14.99",
        "seit 2019 2020 2021 2022 geht das so",
        "one and two and three and four",
    ],
)
def test_lists_measures_and_years_are_nobody_s(said: str) -> None:
    assert redact(said) == said


@pytest.mark.parametrize(
    "said",
    ["1.1", "a@", "@a", "one uh uh uh uh ", "und", "1 x ", "a at a dot ", "A 1 ", "from 1 to ", "4th of May um "],
)
def test_a_hostile_line_takes_no_more_than_its_length(said: str, timeout_factor: float) -> None:
    text = (said * 30_000)[:30_000]
    began = time.process_time()
    find(text)
    assert time.process_time() - began < 6 * timeout_factor  # twenty and more where a recogniser is quadratic


@pytest.mark.parametrize("said", ["I paid 250 dollars", "since 10:30, in 2019", "twenty twenty five was terrible"])
def test_amounts_times_and_years_stay(said: str) -> None:
    assert redact(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "security number on the back, it's {987}",
        "my pin is a {four then a seven and two ones}",
        "meine pin ist {vier mal die eins}",
        "my card ends {4242}",
        "account number ending {678}",
        "meine Karte endet mit {4242}",
        "{4111} x {1111} x {1111} x {1111}",
        "my email is {jane at web de}",
        "{jane, at, example, dot, com}",
        "{jane@example}",
        "{jane.sample (at) example.com}",
        "{jane strudel example punkt de}",
        "{jane at example dot london}",
        "{smith at yahoo co uk}",
        "born in {eighty two}",
        "Jahrgang {82}",
    ],
)
def test_what_is_said_in_other_forms_is_found_too(said: str) -> None:
    left = redact(said.replace("{", "").replace("}", ""))
    assert re.sub(r"\[\w+\]", "*", left) == re.sub(r"\{[^}]*\}", "*", said)


@pytest.mark.parametrize(
    "said",
    [
        "my kids are 12 14 and 16",
        "the bill was 120 then 130 then 140",
        "I've been waiting since 14 30",
        "it is 50 50",
        "das kostet eins neunundneunzig",
        "meet me at the bank at ten",
        "2019 2020 2021",
        "he is at work dot matrix",
        "I'm at home, dot the i's please",
    ],
)
def test_plain_speech_is_not_destroyed(said: str) -> None:
    assert redact(said) == said


def test_only_the_kinds_that_are_asked_for_are_marked() -> None:
    said = f"{CARD}, and jane@example.com"
    assert redact(said, {"email"}) == f"{CARD}, and [email]"
    assert redact(said, ()) == said


def test_words_of_one_number_become_one_word_from_its_first_to_its_last_moment() -> None:
    made = redact_words(words("it is four one one two okay"))
    assert [word.text for word in made] == ["it", "is", "[number]", "okay"]
    assert (made[2].start_ms, made[2].end_ms) == (200, 590)
    assert made[2].confidence == pytest.approx(0.85)


def test_no_word_of_the_lexicons_is_taken_for_a_number() -> None:
    said = "I already told you twice, cancel it, I want your manager, this is terrible, thank you"
    assert LANGUAGES
    assert redact(said) == said


def test_the_setting_names_the_kinds_that_there_are() -> None:
    assert REDACTED == KINDS


@given(st.text(alphabet="0123456789 aet@.,+-()DE:/$€ßäö", max_size=60) | st.text(max_size=40))
def test_spans_lie_in_the_text_in_order_and_none_over_another(text: str) -> None:
    found = find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


@given(
    st.lists(
        st.sampled_from(
            ["four", "one", "oh", "double", "zwei", "4111", "my", "card", "is", "at", "dot", "com", "12.03.85"]
        ),
        max_size=12,
    )
)
def test_text_and_single_words_lose_the_same(said: list[str]) -> None:
    text = " ".join(said)
    assert " ".join(word.text for word in redact_words(words(text))) == redact(text)


@given(st.integers(0, 10**15 - 1))
def test_no_card_with_a_right_check_digit_is_left_however_it_is_grouped(number: int) -> None:
    body = f"4{number:015d}"[:15]
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(body))]
    check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    card = f"{body}{check}"
    for said in (card, " ".join(card), "-".join(card[at : at + 4] for at in range(0, 16, 4))):
        assert redact(f"it is {said}") == "it is [card]"
