from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.workers.redaction.spans import Spans

SPAN = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda one: (one[0], one[0] + one[1]))


@given(st.lists(SPAN, max_size=8), SPAN)
def test_a_stretch_touches_as_one_of_them_does(spans: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    assert Spans(spans).touch(*asked) == any(start < asked[1] and asked[0] < end for start, end in spans)
