from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from tonewatch.dashboard.review.export import manifest_csv, verdicts_csv
from tonewatch.dashboard.review.parquet import verdicts_parquet
from tonewatch.dashboard.review.table import COLUMNS
from tonewatch.models.corpora.manifest import read_manifest
from tonewatch.stream.archive.review.views import CallRow, Moment
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.messages import TextRatings, Verdict, VerdictKind

MOMENT = Moment(
    alert_id="c-1/anger/24000",
    call_id="c-1",
    title="",
    queue="billing",
    team="north",
    agent_id="7",
    agent_name="",
    rule="anger",
    severity="act",
    cause="tone",
    state="resolved",
    sentence="=HYPERLINK()",
    onset_ms=24_000,
    fired_ms=31_000,
    onset_at_ms=1_790_553_624_000,
    fired_at_ms=None,
    acknowledged_at_ms=None,
    resolved_at_ms=None,
    acknowledged_by="",
    given=1,
    mine="",
    found="",
)


def said(verdict: VerdictKind, by: str = "Ada") -> Verdict:
    ratings = TextRatings(factual=5, useful=2)
    return Verdict(
        verdict_id=by, call_id="c-1", verdict=verdict, by=by, note="-1, they say", judged_at_ms=1, ratings=ratings
    )


def test_every_verdict_is_a_line_with_what_all_say_together() -> None:
    rows = list(csv.DictReader(io.StringIO(verdicts_csv([(MOMENT, (said("right"), said("wrong", "Grace")))]))))
    assert [(row["by"], row["verdict"], row["together"]) for row in rows] == [
        ("Ada", "right", "disputed"),
        ("Grace", "wrong", "disputed"),
    ]
    assert (rows[0]["week"], rows[0]["onset"]) == ("2026-W40", "2026-09-28T00:00:24.000+00:00")
    assert (rows[0]["factual"], rows[0]["fluency"], rows[0]["useful"]) == ("5", "", "2")


def test_no_text_of_a_person_is_a_formula_in_a_spreadsheet() -> None:
    (row,) = csv.DictReader(io.StringIO(verdicts_csv([(MOMENT, (said("right"),))])))
    assert (row["sentence"], row["note"]) == ("'=HYPERLINK()", "'-1, they say")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t1", "\r1", "\n1", " =1", "\u00a0@x", "\n =1"])
def test_nor_is_one_behind_blanks(text: str) -> None:
    moment = msgspec.structs.replace(MOMENT, sentence=text)
    (row,) = csv.DictReader(io.StringIO(verdicts_csv([(moment, (said("right"),))]), newline=""))
    assert row["sentence"] == f"'{text}"


def test_the_manifest_is_read_by_evaluation_and_training(tmp_path: Path) -> None:
    clip = Path("c-1/clip.wav")
    (tmp_path / "c-1").mkdir()
    soundfile.write(tmp_path / clip, np.zeros(8000), 8000)
    judged = [(MOMENT, (said("right"),))]
    named = {MOMENT.alert_id: "angry"}
    file = tmp_path / "manifest.csv"
    file.write_text(manifest_csv(judged, {MOMENT.alert_id: [clip]}, named, {clip: "the third time"}))
    (found,) = read_manifest(file)
    assert (found.path, found.emotion, found.emotion4, found.text) == (
        tmp_path / clip,
        "right",
        "angry",
        "the third time",
    )
    assert (found.speaker, found.duration_s) == ("c-1", 1.0)


def test_a_wrong_alert_says_nothing_of_what_was_felt_and_a_disputed_one_is_left_out(tmp_path: Path) -> None:
    clips, named = {MOMENT.alert_id: [Path("a.wav")]}, {MOMENT.alert_id: "angry"}
    (wrong,) = csv.DictReader(io.StringIO(manifest_csv([(MOMENT, (said("wrong"),))], clips, named, {})))
    assert (wrong["emotion"], wrong["emotion4"]) == ("wrong", "")
    disputed = manifest_csv([(MOMENT, (said("right"), said("wrong", "Grace")))], clips, named, {})
    assert list(csv.DictReader(io.StringIO(disputed))) == []


CALL = CallRow(
    call_id="q",
    title="",
    queue="sales",
    team="",
    agent_id="",
    agent_name="",
    started_at_ms=1_790_553_600_000,
    duration_ms=90_000,
    sampled=True,
    alerts=0,
    given=1,
    mine="missed",
    found="",
)
MISSED = Verdict(verdict_id="m", call_id="q", verdict="missed", by="Ada", at_ms=5_000, judged_at_ms=1)


def test_what_was_missed_in_a_call_is_a_line_at_its_second() -> None:
    (row,) = csv.DictReader(io.StringIO(verdicts_csv([], [(CALL, (MISSED,))])))
    assert (row["alert_id"], row["call_id"], row["verdict"], row["queue"]) == ("", "q", "missed", "sales")
    assert row["onset"] == "2026-09-28T00:00:05.000+00:00"


def test_parquet_holds_the_same_rows_with_their_types() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    made = verdicts_parquet([(MOMENT, (said("right"),))], [(CALL, (MISSED,))])
    table = parquet.read_table(io.BytesIO(made))
    first, second = table.to_pylist()
    assert table.column_names == list(COLUMNS)
    assert (first["verdict"], first["factual"], first["fluency"], first["sentence"]) == (
        "right",
        5,
        None,
        "=HYPERLINK()",
    )
    assert first["onset"] == datetime(2026, 9, 28, 0, 0, 24, tzinfo=UTC)
    assert (second["alert_id"], second["verdict"], second["together"]) == (None, "missed", "")


def test_without_pyarrow_parquet_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DependencyError, match=r"tonewatch\[parquet\]"):
        verdicts_parquet([])
