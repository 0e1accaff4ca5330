"""Every reason for which a segment is not judged has a text on the page, and no other word has one."""

from __future__ import annotations

import re
from pathlib import Path

from tonewatch.stream.messages import ABSTENTIONS

WORDS = Path(__file__).parents[2] / "dashboard" / "web" / "src" / "words.ts"


def test_every_word_of_the_contract_has_a_text_and_no_other_has() -> None:
    table = re.search(r"export const ABSTENTIONS[^=]*= \{(.*?)\n\};", WORDS.read_text(), re.DOTALL)
    assert table
    assert set(re.findall(r"^  (\w+):", table[1], re.MULTILINE)) == set(ABSTENTIONS)
