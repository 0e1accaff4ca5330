import pytest

from tonewatch.stream.monitor.call_table import is_behind

SEGMENTS, REASONS = "segments", "reasons"


@pytest.mark.parametrize(
    ("seen", "known", "behind"),
    [
        ({SEGMENTS: 4}, {SEGMENTS: 5}, True),
        ({SEGMENTS: 5}, {SEGMENTS: 5}, False),
        ({SEGMENTS: 6}, {SEGMENTS: 5}, False),
        ({SEGMENTS: 5}, {SEGMENTS: 5, REASONS: 1}, True),
        ({SEGMENTS: 6, REASONS: 1}, {SEGMENTS: 5, REASONS: 2}, False),
        ({}, {}, False),
        ({}, {SEGMENTS: 5}, True),
    ],
)
def test_an_entry_is_behind_when_it_saw_less_and_nothing_more(
    seen: dict[str, int], known: dict[str, int], behind: bool
) -> None:
    assert is_behind({"seen": seen}, {"seen": known}) is behind
