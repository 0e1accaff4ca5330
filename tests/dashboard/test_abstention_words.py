"""Every reason not to judge a segment, or to refuse a line's audio, has a text on the page, and no other word has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tonewatch.stream.messages import ABSTENTIONS, REFUSALS

WORDS = Path(__file__).parents[2] / "dashboard" / "web" / "src" / "words.ts"


@pytest.mark.parametrize(("name", "words"), [("ABSTENTIONS", ABSTENTIONS), ("REFUSALS", REFUSALS)])
def test_every_word_of_the_contract_has_a_text_and_no_other_has(name: str, words: Mapping[str, str]) -> None:
    table = re.search(rf"export const {name}[^=]*= \{{(.*?)\n\}};", WORDS.read_text(), re.DOTALL)
    assert table
    assert set(re.findall(r"^  (\w+):", table[1], re.MULTILINE)) == set(words)
