from __future__ import annotations

from xml.etree import ElementTree

from tonewatch.models.evaluation.report.calibration import calibration

from ..conftest import MakeAnswers


def titles(drawing: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawing).iter("title")]


def test_every_bin_with_clips_has_a_point_that_says_confidence_and_accuracy(make_answers: MakeAnswers) -> None:
    drawing = calibration(make_answers([0, 0, 1, 1], [0, 0, 1, 2], sure=0.7), "Reliability of made")
    assert "4 clips, sure 0.70, right 0.75" in titles(drawing)
    classes = [element.get("class") for element in ElementTree.fromstring(drawing).iter()]
    assert classes.count("point") == 1
    assert "chance-level" in classes


def test_the_histogram_counts_right_and_wrong_answers_by_confidence(make_answers: MakeAnswers) -> None:
    found = titles(calibration(make_answers([0, 0, 1, 1], [0, 0, 1, 2], sure=0.72), "Reliability"))
    assert "sure 0.70 to 0.75: 3 right, 1 wrong" in found
    assert sum(title.endswith("0 right, 0 wrong") for title in found) == 19
