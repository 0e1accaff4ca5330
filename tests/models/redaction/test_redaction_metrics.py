from __future__ import annotations

from tonewatch.models.redaction.pieces import find_in_pieces
from tonewatch.models.redaction.redaction_metrics import count
from tonewatch.models.redaction.spoken_lines import FRESH, MAILS, Line, read_lines
from tonewatch.workers.redaction.redactor import Found, find

LINE = Line("train", "en", "it is 12 34, yes", (Found(6, 11, "phone"),))


def test_a_span_of_which_a_digit_is_left_is_missed() -> None:
    counts = count([LINE], lambda _: [Found(6, 10, "phone")])
    assert (counts.recall, counts.precision, len(counts.missed)) == (0.0, 1.0, 1)


def test_a_span_that_is_marked_whole_under_another_name_is_found_and_not_named() -> None:
    counts = count([LINE], lambda _: [Found(6, 8, "number"), Found(9, 11, "number")])
    assert (counts.recall, counts.precision, counts.named) == (1.0, 1.0, 0)


def test_a_mark_that_touches_nothing_is_needless() -> None:
    counts = count([LINE], lambda _: [Found(0, 2, "number"), Found(6, 11, "phone")])
    assert (counts.recall, counts.precision, len(counts.needless)) == (1.0, 0.5, 1)
    assert count([LINE], lambda _: [], "card").recall == 1.0


def test_on_lines_that_were_written_after_an_attack_nearly_every_number_is_found_in_pieces_too() -> None:
    counts = count(read_lines(FRESH), find_in_pieces)
    assert counts.spans > 100
    assert counts.recall >= 0.97
    assert counts.precision >= 0.97


def test_on_lines_that_were_held_out_nearly_every_number_is_found_and_nearly_every_mark_is_right() -> None:
    counts = count([line for line in read_lines() if line.split == "held_out"], find)
    assert counts.recall >= 0.97
    assert counts.precision >= 0.97


def test_of_addresses_with_hosts_of_several_words_most_are_found_and_hardly_a_mark_is_needless() -> None:
    counts = count(read_lines(MAILS), find_in_pieces)
    assert counts.spans > 60
    assert counts.recall >= 0.9
    assert counts.precision >= 0.97
