from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tonewatch.models.evaluation.report.bars import Bar, bars
from tonewatch.models.pages.svg import WIDTH


def drawn(*rows: Bar, chance_level: float | None = None) -> dict[str, list[ElementTree.Element]]:
    found: dict[str, list[ElementTree.Element]] = {}
    for element in ElementTree.fromstring(bars(rows, "Recall", chance_level)).iter():
        found.setdefault(element.get("class", ""), []).append(element)
    return found


def test_a_bar_is_as_long_as_its_share_with_its_interval_and_tick() -> None:
    found = drawn(Bar("a", 0.5, interval=(0.25, 0.75), tick=0.8))
    assert float(found["bar main"][0].get("width", "nan")) == WIDTH / 2
    whisker = found["whisker"][0]
    assert [float(whisker.get(end, "nan")) for end in ("x1", "x2")] == [WIDTH / 4, WIDTH * 3 / 4]
    assert float(found["tickmark"][0].get("x1", "nan")) == pytest.approx(0.8 * WIDTH)


def test_a_missing_share_has_its_reason_cut_to_the_line_and_no_bar() -> None:
    found = drawn(Bar("a", None, missing="x" * 60), Bar("b", None))
    assert "bar main" not in found
    reasons = [element.text or "" for element in found["tick"]]
    assert len(reasons[0]) == 30 and reasons[0].endswith("…")
    assert reasons[1] == "does not occur"


def test_random_guessing_is_a_line_through_all_bars() -> None:
    (line,) = drawn(Bar("a", 0.9), Bar("b", 0.3), chance_level=0.25)["chance-level"]
    assert line.get("x1") == line.get("x2") == f"{WIDTH / 4:g}"
    assert "chance-level" not in drawn(Bar("a", 0.9))
