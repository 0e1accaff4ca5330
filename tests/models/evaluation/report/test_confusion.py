from __future__ import annotations

from xml.etree import ElementTree

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8
from tonewatch.models.evaluation.report.confusion import confusion


def test_a_cell_has_percent_and_count_of_its_row() -> None:
    matrix = [[3, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]
    drawing = ElementTree.fromstring(confusion(matrix, EMOTIONS, "Confusion"))
    titles = [element.text for element in drawing.iter("title")]
    assert "angry taken for happy: 1 of 4" in titles
    shares = [float(e.get("fill-opacity", "nan")) for e in drawing.iter("rect") if e.get("class") == "heat"]
    assert shares[:4] == [0.75, 0.25, 0.0, 0.0]
    # The emotion without clips has cells without a number.
    assert [e.text for e in drawing.iter("text") if (e.get("class") or "").startswith("cell")].count("75") == 1


def test_many_classes_have_slanted_names_and_no_counts() -> None:
    matrix = [[int(row == column) for column in range(8)] for row in range(8)]
    drawing = ElementTree.fromstring(confusion(matrix, EMOTIONS8, "Confusion"))
    assert sum("rotate" in (element.get("transform") or "") for element in drawing.iter("text")) == 8
    assert not [element for element in drawing.iter("text") if (element.get("class") or "").startswith("count")]
