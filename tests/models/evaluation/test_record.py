from __future__ import annotations

import json
from pathlib import Path

import pytest

from tonewatch.models.evaluation.emotion import Unread
from tonewatch.models.evaluation.record import Evaluation, Subject, as_json, standing, write_json
from tonewatch.models.evaluation.results import Row
from tonewatch.stream.errors import StoreError

from .conftest import MakeAnswers

R = {
    "clips",
    "unweighted_recall",
    "recall",
    "precision",
    "confusion",
    "angry_auc",
    "ece",
    "abstained",
    "seconds_per_clip",
}


@pytest.fixture
def evaluation(make_answers: MakeAnswers) -> Evaluation:
    answers = make_answers([0, 1, 1, 3], [0, 0, 1, 3], sets=["one", "one", "one", "two"])
    sets = ("one", "two")
    return Evaluation(
        subject=Subject("made", "1", "made.onnx", "phone"),
        sets=sets,
        main=standing(Row("clip alone", "", False, answers), sets),
        beside=(standing(Row("own baseline", "", True, answers), sets),),
        references=(standing(Row("words only", "", False, missing="no words"), sets),),
        unreadable=(Unread("one", "audio/gone.flac", "no such file"),),
        unlabelled={"one": 2, "two": 0},
    )


def test_the_json_has_the_form_that_others_read(evaluation: Evaluation) -> None:
    written = json.loads(json.dumps(as_json(evaluation), allow_nan=False))
    assert set(written["manifests"]) == {"one", "two"}
    for one in (written["overall"], *written["manifests"].values()):
        assert set(one) >= R
        assert set(one["recall"]) == set(one["precision"]) == {"angry", "happy", "neutral", "sad"}
    assert written["unreadable"] == [{"manifest": "one", "path": "audio/gone.flac", "reason": "no such file"}]
    assert written["unlabelled"] == {"one": 2, "two": 0}


def test_overall_is_made_of_all_clips_and_the_mean_stands_beside_it(evaluation: Evaluation) -> None:
    written = as_json(evaluation)
    assert evaluation.main.overall is not None
    # angry 1 of 2, happy 1 of 1, sad 1 of 1
    assert evaluation.main.overall.unweighted_recall == pytest.approx(2.5 / 3)
    assert written["mean_over_manifests"] == {"unweighted_recall": pytest.approx((0.75 + 1.0) / 2)}


def test_a_row_says_whether_it_knows_the_speaker_and_a_missing_one_why(evaluation: Evaluation) -> None:
    written = json.loads(json.dumps(as_json(evaluation)))
    assert written["views"]["own baseline"]["knows_speaker"] is True
    assert written["views"]["own baseline"]["overall"]["clips"] == 4
    assert written["references"]["words only"] == {"about": "", "knows_speaker": False, "missing": "no words"}


def test_a_folder_that_is_a_file_is_told(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="--json"):
        write_json(evaluation, tmp_path / "file" / "metrics.json")
