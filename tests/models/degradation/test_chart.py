from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import msgspec
import pytest

from tonewatch.models.degradation.chart import HEIGHT, WIDTH, Scale, chart, legend
from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.outcome import Outcome, Point, Result, run
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.tone.config import ToneConfig

ANGRY = Truth(file="c.wav", kind="escalate", onset_s=32.0, end_s=64.0, speaker="a")


@pytest.fixture
def result(listened_call: Callable[..., ListenedCall]) -> Result:
    return run([listened_call("ccccccccaaaaaaaa", ANGRY)], ToneConfig())


def test_the_picture_is_well_formed_and_shows_truth_tone_and_alert(result: Result) -> None:
    call = result.outcomes[0]
    picture = ElementTree.fromstring(chart(call, -0.3))
    classes = [element.get("class") for element in picture.iter()]
    assert {"truth", "onset", "tone", "spread", "fire", "learning", "alert hit"} <= set(classes)
    assert classes.count("dot") == sum(point.tone is not None for point in call.tone)


def test_the_truth_is_drawn_where_it_lies(result: Result) -> None:
    picture = ElementTree.fromstring(chart(result.outcomes[0], -0.3))
    (truth,) = (element for element in picture.iter() if element.get("class") == "truth")
    scale = Scale(result.outcomes[0].duration_s)
    assert float(truth.get("x", "nan")) == scale.x(32.0)
    assert float(truth.get("x", "nan")) + float(truth.get("width", "nan")) == pytest.approx(scale.x(64.0))


def test_a_call_of_which_nothing_could_be_judged_has_a_picture_too(outcome: Callable[..., Outcome]) -> None:
    silent = msgspec.structs.replace(outcome("steady", None), ready_s=None)
    assert "tone" not in {e.get("class") for e in ElementTree.fromstring(chart(silent, -0.3)).iter()}


def test_everything_lies_within_the_picture(outcome: Callable[..., Outcome]) -> None:
    scale = Scale(100.0)
    assert scale.x(-5.0) == scale.x(0.0) < scale.x(50.0) < scale.x(100.0) == scale.x(500.0) < WIDTH
    assert 0.0 < scale.y(2.0) == scale.y(1.0) < scale.y(0.0) < scale.y(-1.0) < HEIGHT


def test_an_abstention_is_marked_with_its_reason_unless_the_baseline_is_still_unknown(
    outcome: Callable[..., Outcome],
) -> None:
    tone = (Point(0.0, 3.0, None, 0.0, "learning_baseline"), Point(30.0, 40.0, None, 0.0, "noisy"))
    picture = ElementTree.fromstring(chart(msgspec.structs.replace(outcome("steady", None), tone=tone), -0.3))
    (mark,) = (element for element in picture.iter() if element.get("class") == "abstained")
    assert mark[0].text == "noisy"


def test_every_sign_of_the_legend_is_well_formed() -> None:
    entries = ElementTree.fromstring(legend())
    assert len(entries) == 8
    assert all(entry[0].tag == "svg" and (entry[0].tail or "").strip() for entry in entries)
