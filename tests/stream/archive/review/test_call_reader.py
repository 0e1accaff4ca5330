"""Calls that were kept whole, as the desk shows them."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.measured import ToneRow
from tonewatch.stream.archive.review.filters import Cursor, Filter, Reach
from tonewatch.stream.archive.review.views import CallDetail

from .conftest import MONDAY_MS, Shelf


def listed(shelf: Shelf, wanted: Filter = Filter()) -> list[str]:  # noqa: B008
    return [call.call_id for call in shelf.reader.calls.quiet(wanted).calls]


def detail(shelf: Shelf, call_id: str, person: str) -> CallDetail:
    found = shelf.reader.calls.call(call_id, person)
    assert found is not None
    return found


def test_quiet_calls_are_those_of_the_sample_that_are_over_and_had_no_alert(any_shelf: Shelf) -> None:
    any_shelf.quiet("a", queue="billing")
    any_shelf.quiet("b", day=1, queue="sales")
    any_shelf.call("of-an-alert")
    any_shelf.quiet("of-an-alert")
    assert listed(any_shelf) == ["b", "a"]
    assert listed(any_shelf, Filter(queue="billing")) == ["a"]
    assert listed(any_shelf, Filter(reach=Reach(frozenset({"sales"})))) == ["b"]
    assert listed(any_shelf, Filter(from_ms=MONDAY_MS + 1)) == ["b"]


def test_pages_of_quiet_calls_follow_each_other(any_shelf: Shelf) -> None:
    for number in range(5):
        any_shelf.quiet(f"c{number}", day=number // 2)
    first = any_shelf.reader.calls.quiet(Filter(), limit=3)
    rest = any_shelf.reader.calls.quiet(Filter(), Cursor.read(first.next), limit=3)
    assert [call.call_id for call in (*first.calls, *rest.calls)] == ["c4", "c3", "c2", "c1", "c0"]
    assert rest.next == ""


def test_a_call_comes_with_its_tone_line_its_words_and_its_sound(any_shelf: Shelf) -> None:
    any_shelf.quiet("a")
    any_shelf.write(msgspec.structs.replace(any_shelf.spoken, call_id="a", segment_id="a/0/1", text="Good morning"))
    tone = [ToneRow("a/0/1", "a", 1, 2_000, None, 0.5, "too_short"), ToneRow("a/0/2", "a", 2_000, 4_000, 0.2, 0.1, "")]
    any_shelf.archive.write_measured(tone, 1)
    with any_shelf.archive.transaction() as db:
        for role, name in (("", "a/whole/0/0"), ("agent", "a/whole/1/0")):
            row = AudioRow(name, "a", 0, 60_000, "kept", path=f"{name}.wav", role=role)
            any_shelf.archive._add_all(db, schema.audio, [row.values()])
    found = detail(any_shelf, "a", "Ada")
    assert [(point.tone, point.abstained) for point in found.tone] == [(None, "too_short"), (0.2, "")]
    assert [said.text for said in found.spoken] == ["Good morning"]
    assert found.sound is not None and (found.sound.start_ms, found.sound.end_ms) == (0, 60_000)
    assert [(part.role, path) for part, path in any_shelf.reader.calls.audio("a")] == [
        ("", "a/whole/0/0.wav"),
        ("agent", "a/whole/1/0.wav"),
    ]


def test_who_has_not_judged_a_call_sees_nobody_s_marks(any_shelf: Shelf) -> None:
    any_shelf.quiet("a")
    any_shelf.of_call("a", "Ada", "missed", at_ms=30_000)
    blind = detail(any_shelf, "a", "Grace").review
    assert (blind.given, blind.mine, blind.others, blind.together) == (1, (), (), "")
    assert any_shelf.reader.precision(Filter(person="Grace")).missed == 0
    any_shelf.of_call("a", "Grace", "right")
    seen = detail(any_shelf, "a", "Grace").review
    assert [(one.by, one.at_ms) for one in seen.others] == [("Ada", 30_000)]
    assert seen.together == "disputed"
    assert listed(any_shelf, Filter(person="Grace", unreviewed="me")) == []


def test_recall_is_of_the_calls_of_the_sample_that_were_judged_whole(any_shelf: Shelf) -> None:
    alert_id = any_shelf.call("with")
    any_shelf.quiet("with")
    any_shelf.judge(alert_id, "Ada", "right")
    any_shelf.of_call("with", "Ada", "right")
    for call_id in ("one", "two", "not-heard"):
        any_shelf.quiet(call_id)
    any_shelf.of_call("one", "Ada", "right")
    for at_ms in (20_000, 30_000):
        any_shelf.of_call("two", "Ada", "missed", at_ms)
    any_shelf.call("not-of-the-sample")
    any_shelf.of_call("not-of-the-sample", "Ada", "missed", 5_000)
    report = any_shelf.reader.precision(Filter(person="Ada"))
    recall = report.recall
    assert (recall.calls, recall.quiet, recall.quiet_missed) == (3, 2, 1)
    assert (recall.found, recall.missed, recall.recall) == (1, 1, 0.5)
    assert recall.low == pytest.approx(0.0945, abs=1e-3) and recall.high == pytest.approx(0.9055, abs=1e-3)
    assert report.missed == 3
