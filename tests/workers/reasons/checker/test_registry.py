"""Every language in which reasons are told is one in which they are checked."""

from __future__ import annotations

import pytest

from tonewatch.stream.tone.phrasing.registry import PHRASINGS
from tonewatch.workers.reasons.checker.registry import CHECKED, language_of


def test_what_is_told_can_be_checked() -> None:
    assert CHECKED.keys() == PHRASINGS.keys()
    assert all(language.code == code for code, language in CHECKED.items())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Louder by 7 dB, and angrier than usual.", "en"),
        ("Um 7 dB lauter, und verärgerter als sonst.", "de"),
        ("0:42", "en"),
        ("Der Anrufer sagt „this is the wrong bill again“.", "de"),
    ],
)
def test_a_text_is_read_in_the_language_that_leaves_no_word_unread(text: str, code: str) -> None:
    assert language_of(text).code == code
