"""Two runs of `tonewatch bench stage` as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from tonewatch.stream.bench.stage_picture import bars, picture
from tonewatch.stream.bench.stages import StageCost


def cost(name: str, ms: float | None, within: str = "") -> StageCost:
    return StageCost(name=name, within=within, ms_per_call_second=ms)


BEFORE = [cost("intake", 6.0), cost("pitch", 3.0, within="prosody"), cost("prosody", 5.0), cost("tones", 0.01)]
AFTER = [cost("intake", 4.0), cost("prosody", 2.5), cost("tones", 0.02), cost("not run", None), cost("gate", 0.5)]


def test_a_stage_stands_beside_itself_and_small_ones_are_the_rest() -> None:
    assert bars(BEFORE, AFTER) == [
        ("intake", 6.0, 4.0),
        ("prosody", 5.0, 2.5),
        ("gate", 0.0, 0.5),
        ("the rest", 0.01, 0.02),
        ("all", 11.01, 7.02),
    ]


def test_the_widest_bar_is_the_sum_and_names_are_escaped() -> None:
    drawn = ElementTree.fromstring(picture(BEFORE, AFTER, ("a<b", "now")))
    widths = [float(one.get("width", "0")) for one in drawn.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert max(widths) == widths[-2] == 420.0
    assert "a<b" in "".join(drawn.itertext())
