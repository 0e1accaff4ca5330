"""The sentences that manners are learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.models.words.scripts import read_scripts
from tonewatch.models.words.training_text import FILLINGS, read_training
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.tone.evidence.manner import MANNERS


def test_every_manner_has_many_templates_and_the_same_seed_makes_the_same_sentences() -> None:
    text = read_training()
    counts = [sum(manner == name for manner, _ in text.templates) for name in MANNERS]
    assert min(counts) >= 80 and counts[0] == max(counts)
    assert text.examples(1) == text.examples(1)
    assert len(text.examples(1)) > 3_000


def test_slots_are_filled_and_a_template_makes_a_few_sentences_at_most() -> None:
    made = read_training().examples(0)
    assert not any("{" in one.text for one in made)
    of_each = [sum(one.template == index for one in made) for index in range(40)]
    assert max(of_each) <= 2 * FILLINGS


def test_no_held_out_line_of_a_caller_is_a_sentence_of_the_training() -> None:
    trained = {one.text.lower() for one in read_training().examples(0)}
    held_out = {line.text.lower() for call in read_scripts() for line in call.lines if line.kind != "agent"}
    assert not trained & held_out


def test_a_manner_or_list_that_is_not_known_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "t.txt"
    file.write_text("= rude\nNo.\n")
    with pytest.raises(SettingsError, match=r"t\.txt, line 2: 'rude'"):
        read_training(file)
    file.write_text("= cold\nNo {thing}.\n")
    with pytest.raises(SettingsError, match="'thing'"):
        read_training(file)
