from __future__ import annotations

from xml.etree import ElementTree

from tonewatch.models.pages.svg import Axes, plot, tag, text


def test_text_and_attributes_are_escaped() -> None:
    drawn = tag("g", text(1.0, 2.0, "<a & b>", class_='"x"'))
    element = ElementTree.fromstring(drawn)[0]
    assert element.text == "<a & b>"
    assert element.attrib == {"x": "1", "y": "2", "class": '"x"'}


def test_names_lose_their_underscores_and_none_is_left_out() -> None:
    assert tag("i", text_anchor="end", class_="a", rx=None) == '<i text-anchor="end" class="a"></i>'


def test_a_drawing_says_what_it_shows() -> None:
    element = ElementTree.fromstring(plot(100, "Recall & more"))
    assert element.attrib["aria-label"] == "Recall & more"
    assert element[0].text == "Recall & more"


def test_axes_run_to_the_right_and_upwards() -> None:
    axes = Axes(10.0, 20.0, 110.0, 120.0, y=(0.5, 1.0))
    assert axes.at(0.0, 0.5) == (10.0, 120.0)
    assert axes.at(1.0, 1.0) == (110.0, 20.0)


def test_a_path_draws_points_that_fall_together_once() -> None:
    path = Axes(0.0, 0.0, 100.0, 100.0).path([(index / 1e6, 0.0) for index in range(1000)] + [(1.0, 1.0)])
    assert ElementTree.fromstring(path).attrib["points"] == "0,100 0.1,100 100,0"
