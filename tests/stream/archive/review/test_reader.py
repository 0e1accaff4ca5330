"""The archive as the desk reads it: the moments that are asked for, all of one, and nothing before its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.review.filters import EVERYTHING, Cursor, Filter, Reach
from tonewatch.stream.archive.review.judged import given
from tonewatch.stream.archive.review.reader import ReviewReader
from tonewatch.stream.archive.store import connect
from tonewatch.stream.errors import DataError, StoreError
from tonewatch.stream.messages import Alert, AudioSpan, CallAttributes, CallOpened, Evidence, Rationale, Verdict

from .conftest import DAY_MS, MONDAY_MS, Shelf


def calls(shelf: Shelf, **wanted: Any) -> list[str]:
    return [moment.call_id for moment in shelf.reader.moments(Filter(**wanted)).moments]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["c", "b", "a"]),
        ({"queue": "billing"}, ["b", "a"]),
        ({"queue": "billing", "q": "third"}, ["a"]),
        ({"from_ms": MONDAY_MS + DAY_MS, "until_ms": MONDAY_MS + 2 * DAY_MS}, ["b"]),
        ({"rule": "tone_falls", "severity": "watch"}, ["c", "b", "a"]),
        ({"severity": "act"}, []),
        ({"call": "b"}, ["b"]),
        ({"unreviewed": "anybody"}, ["c"]),
        ({"unreviewed": "me", "person": "Ada"}, ["c", "b"]),
    ],
)
def test_moments_come_newest_first_and_all_that_is_asked_must_hold(
    any_shelf: Shelf, wanted: dict[str, Any], found: list[str]
) -> None:
    first = any_shelf.call("a", queue="billing", text="This is the third time")
    second = any_shelf.call("b", day=1, queue="billing", text="Hello")
    any_shelf.call("c", day=2, queue="sales")
    any_shelf.judge(first, "Ada", "right")
    any_shelf.judge(second, "Grace", "wrong")
    assert calls(any_shelf, **wanted) == found


def test_pages_follow_each_other_without_a_gap_or_a_repetition(any_shelf: Shelf) -> None:
    for number in range(7):
        any_shelf.call(f"call-{number}", day=number // 3)
    seen, after = list[str](), None
    while True:
        page = any_shelf.reader.moments(Filter(), after, limit=2)
        seen += [moment.call_id for moment in page.moments]
        if not page.next:
            break
        after = Cursor.read(page.next)
    assert seen == [f"call-{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("text", ["?", "bm9uc2Vuc2U=", "WzEsMl0="])
def test_a_cursor_of_another_list_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="cursor"):
        Cursor.read(text)


def test_a_row_tells_whose_call_it_was_and_the_words_that_were_found(shelf: Shelf) -> None:
    shelf.call("a", queue="billing", text="This is the third time")
    (moment,) = shelf.reader.moments(Filter(q="third")).moments
    assert (moment.title, moment.queue, moment.found) == ("a", "billing", "This is the third time")
    assert moment.onset_at_ms == MONDAY_MS + 24_000


def test_an_alert_comes_with_its_life_its_reasons_and_what_was_said(
    shelf: Shelf, alert: Alert, rationale: Rationale
) -> None:
    confirmed = msgspec.structs.replace(alert, seq=1, state="confirmed", event="confirmed")
    shelf.write(alert, confirmed, rationale)
    detail = shelf.reader.alert(alert.alert_id, "Ada")
    assert detail is not None
    assert [(state.seq, state.event) for state in detail.states] == [(0, "fired"), (1, "confirmed")]
    assert [reason.text for reason in detail.reasons] == [rationale.text]
    assert [(said.text, said.source) for said in detail.spoken] == [("this is the third time", "quote")]
    assert [(point.start_ms, point.tone) for point in detail.tone] == [(24_000, -0.75)]
    assert detail.sound is None
    assert shelf.reader.alert("nobody's", "Ada") is None


def test_a_second_rater_is_blind_until_they_have_judged(shelf: Shelf) -> None:
    alert_id = shelf.call("a")
    first = shelf.judge(alert_id, "Ada", "right")
    blind = review(shelf, alert_id, "Grace")
    assert (blind.given, blind.mine, blind.others, blind.together) == (1, None, (), "")
    assert [moment.mine for moment in shelf.reader.moments(Filter(person="Grace")).moments] == [""]
    shelf.judge(alert_id, "Grace", "wrong")
    seen = review(shelf, alert_id, "Grace")
    assert (seen.others, seen.together) == ((first,), "disputed")


def test_figures_and_files_tell_a_rater_of_no_moment_that_they_may_still_judge(any_shelf: Shelf) -> None:
    judged, open_ = any_shelf.call("a"), any_shelf.call("b")
    for alert_id in (judged, open_):
        any_shelf.judge(alert_id, "Ada", "wrong")
    any_shelf.judge(judged, "Grace", "right")
    grace = Filter(person="Grace")
    report = any_shelf.reader.precision(grace)
    assert (report.total.wrong, report.total.disputed, report.hidden) == (0, 1, 1)
    assert [one.both for one in report.agreement] == [1]
    assert [moment.alert_id for moment, _given in any_shelf.reader.judged(grace)] == [judged]
    assert any_shelf.reader.precision(Filter(person="Ada")).hidden == 0


def test_a_moment_that_was_judged_a_week_ago_is_closed_and_open_to_everybody(shelf: Shelf) -> None:
    alert_id = shelf.call("a")
    said = shelf.judge(alert_id, "Ada", "wrong")
    shelf.pass_days(6)
    seen = review(shelf, alert_id, "Grace")
    assert (seen.closed, seen.others) == (True, (said,))
    assert [given for _moment, given in shelf.reader.judged(Filter(person="Grace"))] == [(said,)]
    assert shelf.reader.precision(Filter(person="Grace")).total.wrong == 1


def test_of_one_person_s_verdicts_the_newest_counts(shelf: Shelf) -> None:
    alert_id = shelf.call("a")
    shelf.judge(alert_id, "Ada", "wrong", at_ms=2)
    late = shelf.judge(alert_id, "Ada", "right", at_ms=3)
    shelf.judge(alert_id, "Ada", "not_actionable", at_ms=1)
    found = review(shelf, alert_id, "Ada")
    assert (found.mine, found.given) == (late, 1)
    assert shelf.reader.precision(Filter(person="Ada")).total.right == 1


def test_a_verdict_that_is_changed_after_others_were_shown_counts_and_is_in_no_agreement(any_shelf: Shelf) -> None:
    alert_id = any_shelf.call("a")
    any_shelf.judge(alert_id, "Bob", "right", at_ms=1)
    any_shelf.judge(alert_id, "Eve", "wrong", at_ms=2)  # thrown away, to be shown Bob's
    any_shelf.judge(alert_id, "Eve", "right", at_ms=3)
    report = any_shelf.reader.precision(Filter(person="Eve"))
    assert report.total.right == 1
    assert [(one.both, one.agreed) for one in report.agreement] == [(1, 0)]
    ((_moment, verdicts),) = any_shelf.reader.judged(Filter(person="Eve"))
    assert {one.by: one.sighted for one in verdicts} == {"Bob": False, "Eve": True}


def test_a_verdict_that_is_changed_before_anybody_else_judged_is_blind(shelf: Shelf) -> None:
    alert_id = shelf.call("a")
    shelf.judge(alert_id, "Bob", "wrong", at_ms=1)
    shelf.judge(alert_id, "Bob", "right", at_ms=2)
    shelf.judge(alert_id, "Eve", "right", at_ms=3)
    assert [(one.both, one.agreed) for one in shelf.reader.precision(Filter(person="Bob")).agreement] == [(1, 1)]


def test_what_a_server_marked_is_not_blind_whatever_the_clocks_say() -> None:
    told = Verdict(verdict_id="2", call_id="c", verdict="right", by="Eve", judged_at_ms=1, sighted=True)
    first = msgspec.structs.replace(told, verdict_id="1", verdict="wrong", judged_at_ms=2, sighted=False)
    assert given([told, first]).blind_labels() == {"Eve": "wrong"}
    assert given([told]).blind_labels() == {}


def review(shelf: Shelf, alert_id: str, person: str) -> Any:
    detail = shelf.reader.alert(alert_id, person)
    assert detail is not None
    return detail.review


def test_precision_is_of_the_alerts_that_are_asked_for(any_shelf: Shelf) -> None:
    for number, (queue, verdict) in enumerate([("billing", "right"), ("billing", "wrong"), ("sales", "right")]):
        alert_id = any_shelf.call(f"c{number}", queue=queue)
        any_shelf.judge(alert_id, "Ada", verdict)  # type: ignore[arg-type]
        any_shelf.judge(alert_id, "Grace", verdict)  # type: ignore[arg-type]
    any_shelf.write(Verdict(verdict_id="m", call_id="c0", verdict="missed", by="Ada", at_ms=1000))
    reader, ada = any_shelf.reader, Filter(person="Ada")
    whole, billing = reader.precision(ada), reader.precision(msgspec.structs.replace(ada, queue="billing"))
    assert (whole.total.right, whole.total.wrong, whole.missed) == (2, 1, 1)
    assert (billing.total.precision, len(billing.rows), billing.missed) == (0.5, 1, 1)
    assert [(one.first, one.second, one.kappa) for one in whole.agreement] == [("Ada", "Grace", 1.0)]


def has_call(reader: ReviewReader, call_id: str, reach: Reach = EVERYTHING) -> bool:
    return reader.calls.call(call_id, "Ada", reach) is not None


BILLING, SALES = Reach(frozenset({"billing"})), Reach(frozenset({"sales"}))


def test_a_call_that_went_to_another_queue_is_reached_from_there_alone(any_shelf: Shelf) -> None:
    alert_id = any_shelf.call("a", queue="billing", text="This is the third time")
    any_shelf.judge(alert_id, "Ada", "right")
    any_shelf.write(CallOpened(call_id="a", notice_given=True, call=CallAttributes(queue="sales")))
    for reach, is_reached in ((BILLING, False), (SALES, True)):
        reader = any_shelf.reader
        found = [
            bool(reader.moments(Filter(reach=reach, q="third")).moments),
            reader.alert(alert_id, "Ada", reach) is not None,
            bool(reader.judged(Filter(reach=reach, person="Ada"))),
            bool(reader.precision(Filter(reach=reach, person="Ada")).rows),
            bool(reader.choices(reach).rules),
            has_call(reader, "a", reach),
        ]
        assert found == [is_reached] * len(found)


def test_a_call_of_which_its_alerts_alone_name_the_queue_is_of_that_queue(shelf: Shelf, alert: Alert) -> None:
    shelf.write(alert)
    assert shelf.reader.alert(alert.alert_id, "Ada", BILLING) is not None
    assert has_call(shelf.reader, alert.call_id, BILLING)
    assert shelf.reader.alert(alert.alert_id, "Ada", SALES) is None
    assert not has_call(shelf.reader, alert.call_id, SALES)


def test_a_call_without_queue_and_alert_is_reached_by_who_is_not_confined(shelf: Shelf) -> None:
    shelf.write(CallOpened(call_id="a", notice_given=True))
    assert has_call(shelf.reader, "a") and not has_call(shelf.reader, "a", BILLING)


def test_what_there_is_to_choose_from(shelf: Shelf) -> None:
    shelf.call("a", queue="billing")
    shelf.call("b", queue="sales")
    found = shelf.reader.choices()
    assert (found.queues, found.rules, found.teams, found.agents) == (("billing", "sales"), ("tone_falls",), (), ())


def test_a_database_without_this_release_s_tables_says_what_makes_them(tmp_path: Path) -> None:
    reader = ReviewReader(connect(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(StoreError, match="tonewatch archive"):
        reader.moments(Filter())
    reader.close()
    away = ReviewReader(connect(f"sqlite:///{tmp_path / 'none' / 'x.db'}"))
    with pytest.raises(StoreError, match="TONEWATCH_DATABASE"):
        away.choices()
    away.close()


def test_an_alert_that_names_another_call_s_segment_does_not_play_it(shelf: Shelf) -> None:
    """Evidence names segments in free text; who may hear the one call may not hear the other."""
    shelf.call("theirs", queue="b")
    span = AudioSpan(topic="tonewatch.calls.v1", partition=0, first_offset=1, last_offset=9)
    theirs = AudioRow("theirs/0/24000", "theirs", 1, 2, "kept", path="theirs.wav")
    alert = msgspec.structs.replace(
        shelf.pattern,
        call_id="mine",
        alert_id="mine/a",
        queue="a",
        evidence=(Evidence(segment_id=theirs.segment_id, start_ms=1, end_ms=2, audio=span, tone=-0.5),),
    )
    shelf.archive.write(alert, msgspec.json.encode(alert).decode(), 1, [theirs])
    assert shelf.reader.audio("mine/a", Reach(frozenset({"a"}))) == []
