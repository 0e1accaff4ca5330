"""The reducer gives the views that the front end's reducer is held to as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.board.view import POINTS_KEPT, BoardEvent, CallView, apply
from tonewatch.stream.messages import Tone

GOLDEN: list[dict[str, Any]] = json.loads(Path(__file__).with_name("golden_board.json").read_text())


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_the_events_give_the_view(case: dict[str, Any]) -> None:
    view = CallView(call_id=case["events"][0]["call_id"])
    for event in case["events"]:
        apply(view, msgspec.convert(event, BoardEvent))
    assert json.loads(msgspec.json.encode(view)) == case["view"]


def test_only_the_newest_points_of_a_long_call_are_kept() -> None:
    view = CallView(call_id="long")
    for at in range(POINTS_KEPT + 5):
        apply(
            view, Tone(call_id="long", segment_id="", role="customer", start_ms=at, end_ms=at, tone=0, spread=0, risk=0)
        )
    assert [point.start_ms for point in view.points] == list(range(5, POINTS_KEPT + 5))
