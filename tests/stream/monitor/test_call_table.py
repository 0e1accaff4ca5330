from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.monitor.call_table import CallTable, is_behind, is_entry
from tonewatch.stream.withdrawn import Withdrawn

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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["seen", "state", "touched_s", "x"]), inner)
    ),
    max_leaves=8,
)


@dataclass
class Event:
    key: Any
    value: Any


class Storage(dict[str, Any]):
    """Of a faust table, as far as a recovery uses it."""

    def apply_changelog_batch(self, batch: list[Event], **_: object) -> None:
        for event in batch:
            self[event.key] = event.value


@given(st.lists(st.builds(Event, key=st.sampled_from(["a", "b"]) | JSON, value=JSON), max_size=8))
def test_no_record_of_the_changelog_ends_a_monitor_that_begins(events: list[Event]) -> None:
    table: Any = object.__new__(CallTable)
    table._data, table.withdrawn = storage, _ = Storage(), Withdrawn()
    table.apply_changelog_batch(events)
    assert all(isinstance(key, str) and (value is None or is_entry(value)) for key, value in storage.items())


def test_an_entry_is_restored_and_what_is_none_leaves_it_as_it_is() -> None:
    entry = {"seen": {SEGMENTS: 4}, "state": {}, "touched_s": 5}
    table: Any = object.__new__(CallTable)
    table._data, table.withdrawn = storage, _ = Storage(), Withdrawn()
    table.apply_changelog_batch([Event("a", entry), Event("a", {"seen": 7}), Event("a", [1]), Event(["a"], entry)])
    assert storage == {"a": entry}
