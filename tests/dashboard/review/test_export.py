from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from tonewatch.dashboard.review.export import manifest_csv, verdicts_csv
from tonewatch.models.corpora.manifest import read_manifest
from tonewatch.stream.archive.review.views import Moment
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
