"""Every language of the folder is in the registry, and whole; any other is no evidence."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tonewatch.stream.tone.evidence import languages
from tonewatch.stream.tone.evidence.languages.language import Language
from tonewatch.stream.tone.evidence.languages.registry import LANGUAGES, language_of
from tonewatch.stream.tone.evidence.word_evidence import NATS, spoken_of

EACH = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


def test_every_language_of_the_folder_is_registered() -> None:
    modules = [import_module(f"{languages.__name__}.{found.name}") for found in iter_modules(languages.__path__)]
    written = {id(one) for module in modules for one in vars(module).values() if isinstance(one, Language)}
    assert written == {id(one) for one in LANGUAGES.values()}


@pytest.mark.parametrize("tag", ["pl", "PL", "pl-PL", "pl_PL"])
def test_a_language_is_found_by_its_tag_whatever_the_region(tag: str) -> None:
    assert language_of(tag) is LANGUAGES["pl"]


def test_a_language_that_is_not_known_speaks_of_nothing_and_none_given_is_english() -> None:
    assert language_of("xx") is None
    assert spoken_of("this is the third time", "xx") == ()
    assert spoken_of("this is the third time", "") == ("again",)


@EACH
def test_a_language_has_patterns_for_every_topic_and_words_that_negate(language: Language) -> None:
    assert language.patterns.keys() == NATS.keys()
    assert all(language.patterns.values())
    assert language.negations
    assert language.boundaries


@EACH
def test_patterns_are_in_lower_case_and_match_something(language: Language) -> None:
    lines = [line for lines in language.patterns.values() for line in lines]
    assert [line for line in lines if line != re.sub(r"(?<!\\)[A-ZÄÖÜŁŻ]", "", line)] == []
    assert [line for line in lines if re.fullmatch(line, "")] == []
    words = language.negations | language.negations_after | language.boundaries
    assert {word for word in words if word != word.lower()} == set()
