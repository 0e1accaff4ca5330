"""A hole is believed only when Kafka, asked again, has nothing there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tonewatch.stream.monitor.offsets import NextOffsets


def test_records_in_order_are_taken() -> None:
    offsets = NextOffsets()
    offsets.begin("p", 3)
    assert [offsets.came("p", offset) for offset in (3, 4, 5)] == ["take"] * 3


def test_a_partition_that_has_not_begun_is_not_read() -> None:
    offsets = NextOffsets()
    assert offsets.came("p", 0) == "leave"
    offsets.begin("p", 0)
    offsets.end(["p", "q"])
    assert (offsets.came("p", 0), offsets.next("p")) == ("leave", None)


def test_a_jump_over_one_record_at_the_beginning_is_asked_about() -> None:
    offsets = NextOffsets()
    offsets.begin("p", 3)
    assert offsets.came("p", 4) == "again"
    assert offsets.next("p") == 3
    assert [offsets.came("p", offset) for offset in (3, 4)] == ["take", "take"]


def test_a_hole_that_is_there_again_is_believed_and_the_next_one_is_asked_about() -> None:
    offsets = NextOffsets()
    offsets.begin("p", 0)
    assert [offsets.came("p", offset) for offset in (5, 5, 6, 9, 9)] == ["again", "take", "take", "again", "take"]


def test_a_record_that_was_taken_is_left() -> None:
    offsets = NextOffsets()
    offsets.begin("p", 0)
    assert [offsets.came("p", offset) for offset in (0, 1, 0, 1, 2)] == ["take", "take", "leave", "leave", "take"]


def test_in_a_compacted_topic_only_the_beginning_is_asked_about() -> None:
    offsets = NextOffsets()
    offsets.begin("p", -1, holes_are_normal=True)
    assert [offsets.came("p", offset) for offset in (2, 2, 7, 30)] == ["again", "take", "take", "take"]


@given(st.sets(st.integers(0, 40), min_size=1), st.data())
def test_whatever_fetches_skip_every_record_is_taken_once_and_in_order(there: set[int], data: st.DataObject) -> None:
    """`there` is what Kafka has; each fetch begins where it was told, or, wrongly, behind it."""
    offsets = NextOffsets()
    offsets.begin("p", 0)
    taken: list[int] = []
    position, honest = 0, False
    while len(taken) < len(there):
        skipped = 0 if honest else data.draw(st.integers(0, 3))
        batch = sorted(offset for offset in there if offset >= position)[skipped:][: data.draw(st.integers(1, 4))]
        honest = not batch
        for offset in batch:
            verdict = offsets.came("p", offset)
            if verdict == "again":
                position, honest = offsets.next("p") or 0, True
                break
            taken += [offset] if verdict == "take" else []
            position = offset + 1
        if not batch:
            position = offsets.next("p") or 0
    assert taken == sorted(there)
