from __future__ import annotations

import pytest

from tonewatch.stream.bench.floods import FLOODS, SPAN_OFFSETS, wide_spans
from tonewatch.stream.bench.fuzz import DECODERS
from tonewatch.stream.topics import ALERTS, CALLS, SEGMENTS


@pytest.mark.parametrize("name", FLOODS)
def test_each_record_of_a_flood_is_one_that_its_readers_take(name: str) -> None:
    records = list(FLOODS[name](600))
    assert {one.topic for one in records} <= {CALLS.name, SEGMENTS.name, ALERTS.name}
    for one in records:
        assert DECODERS[one.topic](one.value).call_id == one.call_id


def test_the_spans_of_an_alert_are_wider_than_any_segment() -> None:
    (first, *_) = wide_spans(1_000)
    spans = [item.audio for item in DECODERS[ALERTS.name](first.value).evidence]
    assert max(one.last_offset - one.first_offset for one in spans) == SPAN_OFFSETS
