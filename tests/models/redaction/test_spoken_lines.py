from __future__ import annotations

import re

import pytest

from tonewatch.models.redaction.spoken_lines import DESK, FRESH, LANGUAGES, MAILS, parse, read_lines
from tonewatch.stream.errors import DataError
from tonewatch.workers.redaction.checks import is_card
from tonewatch.workers.redaction.redactor import KINDS, Found


def test_a_line_is_its_text_with_the_spans_that_are_to_be_marked() -> None:
    (line,) = parse(["", "# no line", "train en it's {card:4111} or {phone:0}"])
    assert (line.split, line.language, line.text) == ("train", "en", "it's 4111 or 0")
    assert line.spans == (Found(5, 9, "card"), Found(13, 14, "phone"))


@pytest.mark.parametrize("line", ["test en x", "train xx x", "train en", "train en {name:x}"])
def test_a_line_of_another_form_is_named(line: str) -> None:
    with pytest.raises(DataError, match="line 2"):
        list(parse(["# head", line]))


def test_the_committed_lines_are_three_hundred_of_two_splits_with_no_sentence_in_both() -> None:
    lines = read_lines()
    texts = {split: {one.text for one in lines if one.split == split} for split in ("train", "held_out")}
    assert len(lines) >= 300
    assert not texts["train"] & texts["held_out"]
    assert {span.kind for one in lines if one.split == "held_out" for span in one.spans} == set(KINDS)
    assert sum(not one.spans for one in lines) >= 90


def test_the_fresh_lines_are_all_held_out_half_of_them_without_anything_and_none_is_among_the_others() -> None:
    fresh = read_lines(FRESH)
    assert len(fresh) >= 150
    assert {one.split for one in fresh} == {"held_out"}
    assert {span.kind for one in fresh for span in one.spans} == set(KINDS)
    assert sum(not one.spans for one in fresh) * 2 >= len(fresh)
    assert not {one.text for one in fresh} & {one.text for one in read_lines()}


def test_the_lines_of_a_desk_are_held_out_half_of_them_without_anything_and_none_is_among_the_others() -> None:
    desk = read_lines(DESK)
    assert len(desk) >= 80
    assert {one.split for one in desk} == {"held_out"}
    assert sum(not one.spans for one in desk) * 2 >= len(desk)
    assert not {one.text for one in desk} & {one.text for one in [*read_lines(), *read_lines(FRESH)]}


def test_the_lines_of_addresses_are_of_every_language_and_none_is_among_the_others() -> None:
    mails = read_lines(MAILS)
    assert {span.kind for one in mails for span in one.spans} == {"email"}
    assert {(one.split, one.language) for one in mails} == {(s, n) for s in ("train", "held_out") for n in LANGUAGES}
    texts = [one.text for one in [*read_lines(), *read_lines(FRESH), *read_lines(DESK), *mails]]
    assert all(texts.count(one.text) == 1 for one in mails)


def test_the_cards_that_are_written_in_digits_are_test_cards_with_a_right_check_digit() -> None:
    # One card a line, in one span or in several.
    spans = [" ".join(one.text[s.start : s.end] for s in one.spans if s.kind == "card") for one in read_lines()]
    written = [re.sub(r"\D", "", span) for span in spans if span and not re.search(r"[a-z]", span)]
    assert len(written) > 15
    assert all(is_card(digits) for digits in written)
