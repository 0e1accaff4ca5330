"""The scripts of the calls whose words alone turn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tonewatch.models.words.scripts import read_scripts
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.tone.evidence.manner import MANNERS


def test_forty_calls_turn_eight_in_each_manner_and_twelve_stay_plain() -> None:
    scripts = read_scripts()
    assert Counter(one.manner for one in scripts) == {**dict.fromkeys(MANNERS[1:], 8), "plain": 12}
    assert len({one.name for one in scripts}) == len(scripts)


def test_words_turn_after_several_plain_lines_and_do_not_turn_back() -> None:
    for call in read_scripts():
        kinds = [line.kind for line in call.lines if line.kind != "agent"]
        turned = kinds.index("turned") if call.turns else len(kinds)
        assert turned >= 3 and set(kinds[turned:]) <= {"turned"}, call.name


def test_a_line_that_belongs_to_nothing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.txt"
    file.write_text("[a plain]\nA Hello.\nHello?\n")
    with pytest.raises(SettingsError, match=r"calls\.txt, line 3"):
        read_scripts(file)
