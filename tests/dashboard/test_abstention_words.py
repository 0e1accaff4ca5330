"""Every reason not to judge a segment, or to refuse audio, has a text in every language, and no other word has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tonewatch.stream.messages import ABSTENTIONS, REFUSALS

MESSAGES = Path(__file__).parents[2] / "dashboard" / "web" / "src" / "messages"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("name", "words"), [("abstentions", ABSTENTIONS), ("refusals", REFUSALS)])
def test_every_word_of_the_contract_has_a_text_and_no_other_has(
    language: str, name: str, words: Mapping[str, str]
) -> None:
    text = (MESSAGES / f"{language}.ts").read_text()
    table = re.search(rf"^  {name}: \{{(.*?)^  \}},", text, re.DOTALL | re.MULTILINE)
    assert table
    assert set(re.findall(r"^    (\w+):", table[1], re.MULTILINE)) == set(words)
