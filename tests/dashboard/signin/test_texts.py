"""The sign-in page in the language of whoever opens it."""

from __future__ import annotations

import string
from html import escape
from typing import Any

import pytest

from tonewatch.dashboard.signin import texts
from tonewatch.dashboard.signin.texts import COOKIE, GERMAN, LATER, NAME, SIGN_IN, SIGNED_OUT, WRONG

from .test_routes import sign_in

ENGLISH = {
    value
    for name, value in vars(texts).items()
    if name.isupper() and not name.startswith("_") and isinstance(value, str) and name != "COOKIE"
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_there_in_german_and_takes_the_same_values() -> None:
    assert set(GERMAN) == ENGLISH
    assert {text: fields(german) for text, german in GERMAN.items()} == {text: fields(text) for text in GERMAN}
    assert all(GERMAN.values())


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "de-AT,de;q=0.9,en;q=0.8"}, "de"),
        ({"accept-language": "fr, en;q=0.4, de;q=0.6"}, "de"),
        ({"accept-language": "de;q=0, en"}, "en"),
        ({"accept-language": "de-" * 5_000}, "de"),
        ({"accept-language": "en", "cookie": f"{COOKIE}=de"}, "de"),
        ({"accept-language": "de", "cookie": f"{COOKIE}=xx"}, "de"),
    ],
)
async def test_the_page_speaks_the_chosen_language_else_the_browsers(
    board: Any, headers: dict[str, str], language: str
) -> None:
    async with board.client() as http:
        text = (await http.get("/sign-in?out", headers=headers)).text
    assert f'<html lang="{language}">' in text
    for sentence in (SIGN_IN, NAME, SIGNED_OUT):
        assert (f">{escape(GERMAN[sentence])}<" in text) == (language == "de")


async def test_a_language_that_is_chosen_here_stays_and_the_way_back_with_it(board: Any) -> None:
    async with board.client() as http:
        page = await http.get("/sign-in?next=/%3Fcall%3D7")
        assert 'href="/sign-in?language=de&amp;next=/%3Fcall%3D7"' in page.text
        await http.get("/sign-in?language=de&next=/%3Fcall%3D7")
        assert GERMAN[WRONG] in (await sign_in(http, password="something else")).text
        for _ in range(4):
            await sign_in(http, password="something else")
        assert GERMAN[LATER].format(minutes="5") in (await sign_in(http)).text
