"""What words are about, beyond the topics that are evidence."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.reading.registry import READINGS, reading_of

PROBLEMS = [("en", "You gave me the wrong form."), ("de", "Sie haben mir das falsche Formular gegeben.")]
WARM = [("en", "That is lovely, thanks."), ("de", "Das ist sehr nett, vielen Dank.")]
ORDINARY = [("en", "Could you read me the number?"), ("de", "Können Sie mir die Nummer vorlesen?")]


WRY = [("en", "Great, so I wait again."), ("de", "Toll, dann warte ich wieder.")]


@pytest.mark.parametrize(("language", "text"), WRY)
def test_praise_that_leads_over_to_a_trouble_is_wry_and_plain_praise_is_not(language: str, text: str) -> None:
    assert READINGS[language].is_wry(text) and not READINGS[language].is_wry(dict(WARM)[language])
    assert READINGS[language].is_personal(text)


@pytest.mark.parametrize(("language", "text"), PROBLEMS)
def test_a_trouble_is_read(language: str, text: str) -> None:
    reading = READINGS[language]
    assert reading.names_a_problem(text) and reading.troubles(text) and not reading.is_warm(text)


@pytest.mark.parametrize(("language", "text"), WARM)
def test_warm_words_are_read(language: str, text: str) -> None:
    reading = READINGS[language]
    assert reading.is_warm(text) and not reading.names_a_problem(text)


@pytest.mark.parametrize(("language", "text"), ORDINARY)
def test_an_ordinary_request_is_neither(language: str, text: str) -> None:
    reading = READINGS[language]
    assert reading.is_ordinary(text) and not reading.is_warm(text) and not reading.names_a_problem(text)


def test_a_language_is_found_by_its_tag_and_english_by_none() -> None:
    assert reading_of("de-AT") is READINGS["de"] and reading_of("") is READINGS["en"] and reading_of("pl") is None
