from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.late_notice import CLOCKS_APART_MS
from tonewatch.stream.archive.measured import HeardRow, ToneRow, measured_row
from tonewatch.stream.archive.store import (
    HOUR_MS,
    Archive,
    Kept,
    _use_password_of,
    connect,
)
from tonewatch.stream.codec import encode
from tonewatch.stream.erasure.sql_erasure import erase_rows
from tonewatch.stream.errors import DependencyError, SettingsError, StoreError, Unprocessable
from tonewatch.stream.messages import (
    Alert,
    AlertState,
    CallAttributes,
    CallClosed,
    CallOpened,
    Moment,
    Rationale,
    Segment,
    Verdict,
    Words,
)
from tonewatch.stream.tone.callers_voice import times_only

from .postgres import PostgresServer

Body = Callable[[msgspec.Struct], str]

SEGMENT = "c-1/0/24000"
CLIP = AudioRow(SEGMENT, "c-1", 24_000, 27_000, "kept", path="c/s.wav", sha256="00", bytes=1, codec="mulaw")


def contents(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in order."""
    engine = create_engine(url)
    with engine.connect() as db:
        found = {t.name: sorted(map(tuple, db.execute(t.select()))) for t in schema.metadata.sorted_tables}
    engine.dispose()
    return found


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'archive.db'}"


def told(archive: Archive, call_id: str = "c-1", *, notice_given: bool = True) -> None:
    """Its caller was told of the analysis, or not."""
    archive.write(CallOpened(call_id=call_id, notice_given=notice_given), "", 1)


def write_all(archive: Archive, messages: list[Kept], body: Body, at_ms: int = 1) -> None:
    told(archive)
    for message in messages:
        archive.write(message, body(message), at_ms, [CLIP] if isinstance(message, Alert) else [])
    archive.write_measured([HeardRow("c-1", 7, "{}"), ToneRow("c-1/0/1", "c-1", 1, 2, 0.5, 0.1, "")], at_ms)
    archive.write_audit(0, 0, 1, b"{}")


def test_a_second_delivery_changes_nothing(
    archive: Archive, tmp_path: Path, alert: Alert, moment: Moment, rationale: Rationale, verdict: Verdict, body: Body
) -> None:
    write_all(archive, [moment, alert, rationale, verdict], body)
    before = contents(sqlite(tmp_path))
    write_all(archive, [moment, alert, rationale, verdict], body, at_ms=2)
    assert contents(sqlite(tmp_path)) == before
    assert {name: len(rows) for name, rows in before.items()} == {**dict.fromkeys(before, 1), "marks": 0}


def test_all_states_of_an_alert_are_kept_and_the_newest_is_the_alert(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body
) -> None:
    confirmed = msgspec.structs.replace(alert, seq=1, state="confirmed", decided_by="model")
    resolved = msgspec.structs.replace(confirmed, seq=2, state="resolved", resolved_ms=40_000)
    write_all(archive, [alert, resolved, confirmed], body)
    rows = contents(sqlite(tmp_path))
    assert [row[1:3] for row in rows["alert_states"]] == [(0, "firing"), (1, "confirmed"), (2, "resolved")]
    (row,) = rows["alerts"]
    kept = dict(zip(schema.alerts.columns.keys(), row, strict=True))
    assert (kept["seq"], kept["state"], kept["resolved_ms"]) == (2, "resolved", 40_000)
    assert msgspec.json.decode(str(kept["body"]), type=Alert) == resolved


def test_a_later_reason_for_a_moment_replaces_the_earlier_and_not_the_other_way_round(
    archive: Archive, tmp_path: Path, rationale: Rationale, body: Body
) -> None:
    later = msgspec.structs.replace(rationale, text="Again.", emitted_at_ms=rationale.emitted_at_ms + 1)
    write_all(archive, [rationale, later, rationale], body)
    ((*_, kept),) = contents(sqlite(tmp_path))["rationales"]
    assert msgspec.json.decode(str(kept), type=Rationale) == later


def test_the_beginning_of_a_call_dates_its_alerts_whichever_comes_first(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body
) -> None:
    about = CallAttributes(started_at_ms=1_790_000_000_000, queue="billing", title="A bill", language="en")
    opened = CallOpened(call_id="c-1", notice_given=True, call=about)
    write_all(archive, [alert, opened], body)
    late = row_of(tmp_path, "alerts")
    write_all(archive, [msgspec.structs.replace(alert, seq=1)], body)
    soon = row_of(tmp_path, "alerts")
    assert late["onset_at_ms"] == soon["onset_at_ms"] == 1_790_000_024_000
    call = row_of(tmp_path, "calls")
    assert (call["queue"], call["title"], call["started_at_ms"]) == ("billing", "A bill", 1_790_000_000_000)


def test_what_a_call_is_called_is_not_forgotten_when_it_is_opened_again(
    archive: Archive, tmp_path: Path, body: Body
) -> None:
    known = CallOpened(call_id="c-1", notice_given=True, call=CallAttributes(title="A bill"))
    write_all(archive, [known, CallOpened(call_id="c-1", notice_given=True)], body)
    assert row_of(tmp_path, "calls")["title"] == "A bill"


def test_a_transcript_takes_the_place_of_what_was_quoted_of_it(
    archive: Archive, tmp_path: Path, alert: Alert, words: Words, body: Body
) -> None:
    write_all(archive, [alert, msgspec.structs.replace(words, text="well, this is the third time"), alert], body)
    said = row_of(tmp_path, "spoken")
    assert (said["text"], said["source"], said["end_ms"]) == ("well, this is the third time", "words", 27_000)


def test_transcripts_of_calls_that_nobody_has_to_review_are_forgotten_an_hour_after_their_end(
    archive: Archive, tmp_path: Path, alert: Alert, words: Words, verdict: Verdict, body: Body
) -> None:
    for call_id in ("calm", "c-1", "missed", "soon"):
        told(archive, call_id)
        spoken = msgspec.structs.replace(words, call_id=call_id, segment_id=f"{call_id}/0/0")
        over = CallClosed(call_id=call_id, reason="ended", duration_ms=60_000)
        write_all(archive, [spoken, over], body, at_ms=5 * HOUR_MS if call_id == "soon" else 4 * HOUR_MS)
    missed = msgspec.structs.replace(verdict, call_id="missed", alert_id="", verdict="missed")
    write_all(archive, [alert, missed], body)
    archive.forget(5 * HOUR_MS + 1)
    assert {row[2] for row in contents(sqlite(tmp_path))["spoken"]} == {"c-1", "missed", "soon"}


def test_what_was_measured_is_forgotten_with_the_words_but_for_alerts_and_the_sample(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body
) -> None:
    sampling = Archive(connect(f"sqlite:///{tmp_path / 'archive.db'}"), sample=1.0)
    for name, by in (("quiet", archive), ("sampled", sampling), ("told-nothing", sampling)):
        opened = CallOpened(call_id=name, notice_given=name != "told-nothing")
        by.write(opened, body(opened), 1)
        closed = CallClosed(call_id=name, reason="ended", duration_ms=1)
        by.write(closed, body(closed), 1)
    archive.write(alert, body(alert), 1)
    told(archive)
    calls = ["quiet", "sampled", "told-nothing", "c-1"]
    archive.write_measured([HeardRow(name, 1, "{}") for name in calls], 1)
    archive.write_measured([ToneRow(f"{name}/0/1", name, 1, 2, 0.5, 0.1, "") for name in calls], 1)
    archive.forget(2 * HOUR_MS)
    assert {row[0] for row in contents(sqlite(tmp_path))["heard"]} == {"sampled", "c-1"}
    assert {row[1] for row in contents(sqlite(tmp_path))["tone"]} == {"sampled", "c-1"}
    sampling.close()


def test_what_was_heard_of_a_call_comes_back_in_its_order(archive: Archive) -> None:
    told(archive, "c-1")
    told(archive, "c-2")
    archive.write_measured([HeardRow("c-1", 9, "second"), HeardRow("c-1", 8, "first"), HeardRow("c-2", 7, "x")], 1)
    assert archive.heard("c-1") == ["first", "second"]


def row_of(folder: Path, table: str) -> dict[str, object]:
    """The one row of a table."""
    (row,) = contents(sqlite(folder))[table]
    return dict(zip(schema.metadata.tables[table].columns.keys(), row, strict=True))


def test_a_segment_s_audio_has_one_row(archive: Archive, tmp_path: Path, alert: Alert, body: Body) -> None:
    assert archive.audio_known("c-1", [SEGMENT]) == frozenset()
    gone = AudioRow(SEGMENT, "c-1", 24_000, 27_000, "missing", "expired")
    archive.write(alert, body(alert), 1, [gone])
    archive.write(alert, body(alert), 1, [CLIP])
    assert archive.audio_known("c-1", [SEGMENT, "c-1/0/0"]) == frozenset({SEGMENT})
    assert archive.audio_known("c-2", [SEGMENT]) == frozenset()
    assert [row[4:6] for row in contents(sqlite(tmp_path))["audio"]] == [("missing", "expired")]


def test_a_value_that_the_database_cannot_hold_is_refused_and_leaves_nothing_behind(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body
) -> None:
    with pytest.raises(Unprocessable, match="OverflowError"):
        archive.write(msgspec.structs.replace(alert, onset_ms=2**70), "{}", 1)
    archive.write(alert, body(alert), 1)
    assert len(contents(sqlite(tmp_path))["alerts"]) == 1


def test_a_database_that_was_away_or_was_removed_is_used_again(tmp_path: Path, moment: Moment, body: Body) -> None:
    folder = tmp_path / "later"
    archive = Archive(connect(sqlite(folder)))
    with pytest.raises(StoreError, match="OperationalError"):
        archive.write(moment, body(moment), 1)
    folder.mkdir()
    archive.write(moment, body(moment), 1)
    (folder / "archive.db").unlink()
    with pytest.raises(StoreError):
        archive.write(moment, body(moment), 1)
    archive.write(moment, body(moment), 1)
    assert len(contents(sqlite(folder))["moments"]) == 1


class Told(Exception):
    """A driver's error with its code."""

    def __init__(self, sqlstate: str | None = None, sqlite_errorcode: int | None = None) -> None:
        super().__init__()
        self.sqlstate, self.sqlite_errorcode = sqlstate, sqlite_errorcode


@pytest.mark.parametrize(
    ("told", "becomes"),
    [
        (Told("54000"), Unprocessable),  # a key too long for its index
        (Told("22021"), Unprocessable),
        (Told(sqlite_errorcode=18), Unprocessable),  # too big
        (Told("53100"), StoreError),  # the disk is full
        (Told("40001"), StoreError),
        (Told("57P01"), StoreError),
        (Told("42P01"), StoreError),
        (Told(sqlite_errorcode=5), StoreError),  # locked
        (Told(), StoreError),
    ],
)
def test_an_error_of_the_values_is_for_ever_and_every_other_may_pass(
    archive: Archive, told: Told, becomes: type[Exception]
) -> None:
    with pytest.raises(becomes), archive.transaction():
        raise OperationalError("insert", {}, told)


def test_an_error_says_nothing_of_what_was_said(tmp_path: Path, alert: Alert) -> None:
    archive = Archive(connect(sqlite(tmp_path / "absent")))
    with pytest.raises(StoreError) as caught:
        archive.write(alert, alert.sentence, 1)
    assert alert.sentence not in str(caught.value) + str(caught.value.__cause__)


def test_why_no_connection_came_about_is_told_before_a_message_comes(tmp_path: Path) -> None:
    archive = Archive(connect(sqlite(tmp_path / "absent")))
    with pytest.raises(StoreError, match=r"OperationalError: unable to open database file.*TONEWATCH_DATABASE"):
        archive.open()
    (tmp_path / "absent").mkdir()
    archive.open()
    assert contents(sqlite(tmp_path / "absent"))["alerts"] == []


def test_only_sqlite_and_postgresql_are_taken() -> None:
    for url in ("nonsense", "mysql://host/db"):
        with pytest.raises(SettingsError, match="TONEWATCH_DATABASE"):
            connect(url)
    with pytest.raises(DependencyError, match="pg8000"):
        connect("postgresql+pg8000://host/db")


def test_postgresql_keeps_the_same_rows(
    archive: Archive,
    tmp_path: Path,
    postgres: PostgresServer,
    alert: Alert,
    moment: Moment,
    rationale: Rationale,
    verdict: Verdict,
    body: Body,
) -> None:
    url = postgres.new_database()
    server = Archive(connect(url))
    confirmed = msgspec.structs.replace(alert, seq=1, state="confirmed")
    for _ in range(2):
        for target in (archive, server):
            write_all(target, [moment, confirmed, alert, rationale, verdict], body)
    assert contents(url) == contents(sqlite(tmp_path))
    for refused in (
        msgspec.structs.replace(alert, onset_ms=2**70),
        msgspec.structs.replace(alert, rule="\0", seq=9),
        msgspec.structs.replace(alert, alert_id=os.urandom(4_000).hex()),
    ):
        with pytest.raises(Unprocessable):
            server.write(refused, "{}", 1)
    with create_engine(url, poolclass=NullPool).begin() as db:
        schema.metadata.drop_all(db)
    with pytest.raises(StoreError):
        server.write(moment, body(moment), 1)
    server.write(moment, body(moment), 1)
    assert len(contents(url)["moments"]) == 1
    server.close()


def test_the_password_of_a_file_is_read_for_each_connection(tmp_path: Path) -> None:
    file = tmp_path / "password"
    engine = create_engine("sqlite://", poolclass=NullPool)
    _use_password_of(engine, str(file))
    used: list[str] = []

    # In the place of a driver that knows passwords.
    @event.listens_for(engine, "do_connect")
    def connected(_dialect: object, _record: object, _arguments: object, options: dict[str, str]) -> sqlite3.Connection:
        used.append(options["password"])
        return sqlite3.connect(":memory:")

    for written in ("first", "second"):
        file.write_text(f"{written}\n")
        with engine.connect():
            pass
    assert used[-2:] == ["first", "second"]
    file.unlink()
    with pytest.raises(SettingsError, match=r"TONEWATCH_DATABASE_PASSWORD_FILE: .* cannot be read"), engine.connect():
        pass


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///x.db", "is SQLite, which asks for none"),
        ("postgresql://u:hidden@h/db", "holds a password too"),
        ("postgresql://u@h/db", "/nowhere cannot be read"),
    ],
)
def test_a_password_file_that_does_not_fit_is_named(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match=rf"^TONEWATCH_DATABASE_PASSWORD_FILE.*{told}") as refused:
        connect(url, "/nowhere")
    assert "hidden" not in str(refused.value)


def test_a_call_whose_notice_is_withdrawn_leaves_no_row_but_that_it_was_and_none_comes_later(
    archive: Archive, tmp_path: Path, alert: Alert, moment: Moment, verdict: Verdict, body: Body
) -> None:
    write_all(archive, [moment, alert, verdict], body)
    withdrawn = CallOpened(call_id=alert.call_id, notice_given=False, withdrawn_at_ms=7)
    archive.write(withdrawn, body(withdrawn), 3)
    write_all(archive, [moment, alert, verdict], body, at_ms=4)
    left = {name: rows for name, rows in contents(sqlite(tmp_path)).items() if rows}
    # What people did with it is told of as long as the audit is.
    assert {name: len(rows) for name, rows in left.items()} == {"calls": 1, "marks": 1, "audit": 1}
    assert archive.audio_known(alert.call_id, []) is None
    archive.write(withdrawn, body(withdrawn), 5)
    assert {name: rows for name, rows in contents(sqlite(tmp_path)).items() if rows} == left
    assert alert.sentence.encode() not in (tmp_path / "archive.db").read_bytes()


def test_a_row_of_another_call_can_neither_make_nor_undo_a_withdrawal(
    archive: Archive, tmp_path: Path, alert: Alert, words: Words, body: Body
) -> None:
    before = AudioRow("c-1/withdrawn", "evil", 0, 0, "missing", "x")
    fake = AudioRow("c-2/withdrawn", "c-2", 0, 0, "withheld", "notice_withdrawn")
    for call_id in ("evil", "c-1", "c-2"):
        told(archive, call_id)
    facts = msgspec.structs.replace(alert.facts, quotes=())
    of_evil = msgspec.structs.replace(alert, call_id="evil", alert_id="evil/tone_falls/1", evidence=(), facts=facts)
    archive.write(of_evil, body(of_evil), 1, [before, fake])
    archive.write(CallOpened(call_id="c-1", notice_given=False, withdrawn_at_ms=7), "", 2)
    for call_id in ("c-1", "c-2"):
        own = msgspec.structs.replace(words, call_id=call_id)
        archive.write(own, body(own), 3)
    assert {row[2] for row in contents(sqlite(tmp_path))["spoken"]} == {"c-2"}


def test_words_of_two_calls_that_name_one_segment_are_two_rows(
    archive: Archive, tmp_path: Path, words: Words, body: Body
) -> None:
    forged = msgspec.structs.replace(words, call_id="X", text="forged")
    for one in (words, forged):
        told(archive, one.call_id)
        archive.write(one, body(one), 1)
    assert {(row[2], row[5]) for row in contents(sqlite(tmp_path))["spoken"]} == {
        (words.call_id, words.text),
        ("X", "forged"),
    }


def test_rows_of_sound_and_tone_of_another_call_do_not_stand_in_the_place_of_a_call_s_own(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body
) -> None:
    forged = msgspec.structs.replace(alert, call_id="X", alert_id="X/tone_falls/1")
    for one in (forged, alert):
        archive.write(one, body(one), 1, [AudioRow(SEGMENT, one.call_id, 24_000, 27_000, "missing", "expired")])
    archive.write_measured([ToneRow("c-1/0/1", call_id, 1, 2, 0.5, 0.1, "") for call_id in ("X", "c-1")], 1)
    rows = contents(sqlite(tmp_path))
    assert {row[1] for row in rows["audio"]} == {row[1] for row in rows["tone"]} == {"X", "c-1"}


def test_an_alert_or_a_reason_of_another_call_cannot_take_over_one_that_is_there(
    archive: Archive, tmp_path: Path, alert: Alert, rationale: Rationale, body: Body
) -> None:
    for message in (alert, rationale):
        archive.write(message, body(message), 1)
    before = contents(sqlite(tmp_path))
    later = msgspec.structs.replace(rationale, call_id="X", emitted_at_ms=rationale.emitted_at_ms + 1)
    for forged in (msgspec.structs.replace(alert, call_id="X", seq=9), later):
        with pytest.raises(Unprocessable) as refused:
            archive.write(forged, body(forged), 2)
        assert refused.value.reason == "another_calls"
    assert contents(sqlite(tmp_path)) == before


def test_what_was_said_without_notice_or_by_the_agent_is_not_kept(
    archive: Archive, tmp_path: Path, words: Words, segment: Segment, body: Body
) -> None:
    roles = CallAttributes(roles=("customer", "agent"))
    for call_id, notice_given in (("told", True), ("untold", False)):
        opened = CallOpened(call_id=call_id, notice_given=notice_given, call=roles)
        archive.write(opened, body(opened), 1)
    for call_id in ("told", "untold", "nobody"):
        for channel in (0, 1):
            own: dict[str, Any] = {"call_id": call_id, "segment_id": f"{call_id}/{channel}/0", "channel": channel}
            said = msgspec.structs.replace(words, **own)
            heard = msgspec.structs.replace(segment, **own, role="customer")
            assert archive.write(said, body(said), 2) == ((call_id, channel) == ("told", 0))
            both = [HeardRow(call_id, 2 * channel, "words", said), HeardRow(call_id, 2 * channel + 1, "segment", heard)]
            archive.write_measured(both, 2)
    rows = contents(sqlite(tmp_path))
    assert [row[1] for row in rows["spoken"]] == ["told/0/0"]
    assert {row[:2] for row in rows["heard"]} == {("told", 0), ("told", 1)}


def derived(*messages: Kept) -> list[Kept]:
    return [msgspec.structs.replace(one, call_id="c-1") for one in messages]


def test_of_a_call_whose_caller_was_not_told_nothing_that_was_derived_is_kept(
    archive: Archive, tmp_path: Path, alert: Alert, moment: Moment, rationale: Rationale, body: Body
) -> None:
    told(archive, notice_given=False)
    for message in derived(alert, moment, rationale):
        assert not archive.write(message, body(message), 2, [CLIP])
    archive.write_measured([ToneRow("c-1/0/1", "c-1", 1, 2, 0.5, 0.1, "")], 2)
    assert archive.audio_known("c-1", [SEGMENT]) is None
    left = {name: rows for name, rows in contents(sqlite(tmp_path)).items() if rows}
    assert {name: len(rows) for name, rows in left.items()} == {"calls": 1}


def test_what_was_read_before_an_announcement_goes_where_that_says_that_the_caller_was_not_told(
    archive: Archive, tmp_path: Path, alert: Alert, moment: Moment, rationale: Rationale, body: Body
) -> None:
    for message in derived(alert, moment, rationale):
        assert archive.write(message, body(message), 2, [CLIP] if isinstance(message, Alert) else [])
    assert archive.sound_of("c-1") == {CLIP.path}
    untold = CallOpened(call_id="c-1", notice_given=False)
    assert archive.write(untold, body(untold), alert.emitted_at_ms + 60_000)
    left = {name: rows for name, rows in contents(sqlite(tmp_path)).items() if rows}
    assert {name: len(rows) for name, rows in left.items()} == {"calls": 1}
    assert archive.sound_of("c-1") == frozenset()  # by which the archivist takes the file away


def test_what_was_derived_after_an_announcement_without_notice_waits_for_the_one_that_tells_the_caller(
    archive: Archive, tmp_path: Path, alert: Alert, moment: Moment, body: Body
) -> None:
    told_again_ms = alert.emitted_at_ms - CLOCKS_APART_MS - 5_000
    # The second by a monitor whose clock is half a minute ahead.
    earlier = [
        msgspec.structs.replace(
            alert, alert_id=f"c-1/tone_falls/{apart_ms}", emitted_at_ms=told_again_ms + apart_ms, evidence=()
        )
        for apart_ms in (-10_000, 30_000)
    ]
    for message in (*earlier, alert):
        archive.write(message, body(message), 2, [CLIP] if message is alert else [])
    untold = CallOpened(call_id="c-1", notice_given=False)
    assert archive.write(untold, body(untold), told_again_ms - 1_000)
    told(archive)
    kept = contents(sqlite(tmp_path))
    assert [row[0] for row in kept["alerts"]] == [row[0] for row in kept["alert_states"]] == [alert.alert_id]
    assert [row[0] for row in kept["audio"]] == [SEGMENT]
    assert len(kept["evidence"]) == len(alert.evidence) and len(kept["spoken"]) == len(alert.facts.quotes)


@pytest.mark.parametrize("state", ["resolved", "withdrawn"])
def test_an_alert_ends_after_its_call_turned_untold_and_takes_nothing_else_with_it(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body, state: AlertState
) -> None:
    write_all(archive, [alert], body)
    told(archive, notice_given=False)
    ends = {"state": state, "event": state, "seq": 5, "resolved_ms": 60_000, "sentence": "Said since."}
    over = msgspec.structs.replace(alert, **ends, facts=msgspec.structs.replace(alert.facts, repeated="said since"))
    assert archive.write(over, body(over), 9)
    assert not archive.write(msgspec.structs.replace(over, seq=6, state="firing"), body(over), 9)
    assert not archive.write(msgspec.structs.replace(over, alert_id="c-1/anger/1"), body(over), 9)
    row = row_of(tmp_path, "alerts")
    assert (row["state"], row["resolved_ms"], row["seq"], row["sentence"]) == (state, 60_000, 5, alert.sentence)
    assert b"aid since" not in (tmp_path / "archive.db").read_bytes()


def test_what_was_kept_while_the_caller_was_told_stays_when_the_call_is_announced_without_notice(
    archive: Archive, tmp_path: Path, alert: Alert, body: Body
) -> None:
    write_all(archive, [alert], body)
    untold = CallOpened(call_id="c-1", notice_given=False)
    assert archive.write(untold, body(untold), 3)
    assert len(contents(sqlite(tmp_path))["alerts"]) == 1


def test_an_agent_s_segment_is_kept_with_its_times_alone_or_not_at_all(archive: Archive, segment: Segment) -> None:
    told(archive)
    agents = msgspec.structs.replace(segment, role="agent", channel=1)
    rows = [HeardRow("c-1", 1, "measured", agents), HeardRow("c-1", 2, "bare", times_only(agents))]
    archive.write_measured(rows, 1)
    assert archive.heard("c-1") == ["bare"]


@pytest.mark.parametrize("withdrawn_before", [False, True])
def test_late_records_bring_no_erased_call_back(
    archive: Archive, tmp_path: Path, alert: Alert, words: Words, body: Body, withdrawn_before: bool
) -> None:
    write_all(archive, [alert, words], body)
    withdrawn = CallOpened(call_id="c-1", notice_given=False, withdrawn_at_ms=7)
    if withdrawn_before:
        archive.write(withdrawn, body(withdrawn), 2)
    engine = connect(sqlite(tmp_path))
    erase_rows(engine, "c-1")
    engine.dispose()
    write_all(archive, [alert, words, withdrawn], body, at_ms=3)
    left = {name: rows for name, rows in contents(sqlite(tmp_path)).items() if rows}
    assert left.keys() == {"marks", "audit"}
    assert b"c-1" not in (tmp_path / "archive.db").read_bytes()
    assert archive.audio_known("c-1", []) is None


ABOUT = CallAttributes(
    roles=("customer",), queue="claims", team="north", title="Jane Sample", agent_id="a-7", agent_name="Sam Agent"
)


def test_of_a_call_without_notice_the_archive_keeps_only_what_routing_needs(archive: Archive, tmp_path: Path) -> None:
    opened = CallOpened(call_id="c-1", notice_given=False, call=ABOUT)
    archive.write(opened, encode(opened).decode(), 1)
    row = measured_row(opened, encode(opened).decode(), 0)
    assert row is not None
    archive.write_measured([row], 1)
    kept = row_of(tmp_path, "calls")
    assert (kept["queue"], kept["team"]) == ("claims", "north")
    assert not any(kept[name] for name in ("title", "agent_id", "agent_name"))
    raw = (tmp_path / "archive.db").read_bytes()
    assert b"Jane Sample" not in raw and b"Sam Agent" not in raw
    told_now = msgspec.structs.replace(opened, notice_given=True)
    archive.write(told_now, encode(told_now).decode(), 2)
    assert row_of(tmp_path, "calls")["title"] == "Jane Sample"


@pytest.mark.parametrize("is_late", [False, True])
def test_a_verdict_on_a_call_without_notice_is_kept_without_its_note(
    archive: Archive, tmp_path: Path, verdict: Verdict, body: Body, is_late: bool
) -> None:
    texts = {"note": "She says that", "reason": "She said that too"}
    noted = msgspec.structs.replace(verdict, call_id="c-1", judged_at_ms=9, **texts)
    for step in (1, 2) if not is_late else (2, 1):
        if step == 1:
            told(archive, notice_given=False)
        else:
            assert archive.write(noted, body(noted), 9)
    row = row_of(tmp_path, "verdicts")
    assert (row["verdict"], row["note"], row["reason"]) == (verdict.verdict, "", "")
    assert not any(text.encode() in (tmp_path / "archive.db").read_bytes() for text in texts.values())
