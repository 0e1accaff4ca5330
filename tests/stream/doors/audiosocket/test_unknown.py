from __future__ import annotations

from tonewatch.stream.doors.audiosocket.unknown import Unknown


def test_an_address_that_has_its_most_loses_its_oldest() -> None:
    unknown = Unknown[int](2, 100)
    assert [unknown.add("a", one) for one in (1, 2, 3, 4)] == [None, None, 1, 2]
    assert unknown.add("b", 5) is None and len(unknown) == 3


def test_where_all_are_too_many_the_address_that_has_most_loses_its_oldest() -> None:
    unknown = Unknown[int](10, 4)
    for one in (1, 2, 3):
        assert unknown.add("a", one) is None
    assert unknown.add("b", 4) is None
    assert [unknown.add("b", 5), unknown.add("c", 6)] == [1, 2]
    assert len(unknown) == 4


def test_one_that_said_who_it_is_or_is_gone_counts_no_more() -> None:
    unknown = Unknown[int](1, 2)
    unknown.add("a", 1)
    for _ in range(2):
        unknown.discard("a", 1)
        unknown.discard("b", 1)
    assert len(unknown) == 0 and unknown.add("a", 2) is None
