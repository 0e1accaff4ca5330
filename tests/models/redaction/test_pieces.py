from __future__ import annotations

from tonewatch.models.redaction.pieces import find_in_pieces
from tonewatch.workers.redaction.redactor import Found, find


def test_a_line_is_heard_segment_by_segment_and_its_marks_stand_where_they_are_in_it() -> None:
    text = "my pin is | 42 | yes"
    assert find_in_pieces(text) == [Found(12, 14, "number")]


def test_a_line_of_one_segment_is_judged_as_it_is() -> None:
    text = "my card is 4111 1111 1111 1111"
    assert find_in_pieces(text) == find(text)
