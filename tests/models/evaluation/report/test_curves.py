from __future__ import annotations

import re

from tonewatch.models.evaluation.report.curves import COLOURS, coverage, roc

from ..conftest import MakeAnswers


def test_a_curve_is_drawn_for_every_set_in_which_the_class_and_others_occur(make_answers: MakeAnswers) -> None:
    both, never = make_answers([0, 1, 0, 1], [0, 1, 1, 1]), make_answers([1, 2], [1, 2])
    drawing = roc([("both", both), ("never", never)], "angry")
    assert drawing.count("<polyline") == 1
    assert "both" in drawing and "never" not in drawing
    assert roc([("never", never)], "angry") == ""


def test_the_legend_carries_the_area_and_the_recall_at_half_coverage(make_answers: MakeAnswers) -> None:
    perfect = make_answers([0, 1, 2, 3], [0, 1, 2, 3])
    assert "<b>1</b>" in roc([("made", perfect)], "angry")
    assert "<b>1</b>" in coverage([("made", perfect)])


def test_sets_beyond_the_colours_are_dashed(make_answers: MakeAnswers) -> None:
    sets = [(f"set{n}", make_answers([0, 1], [0, 1])) for n in range(COLOURS + 1)]
    assert len(re.findall(r'class="curve s\d again"', coverage(sets))) == 1
