from __future__ import annotations

import json
from pathlib import Path

import pytest

from tonewatch.models.reasons.rating.scores import read_scores
from tonewatch.models.reasons.rating.sheet import Key, make_sheet
from tonewatch.models.reasons.rating.texts import WrittenText
from tonewatch.stream.errors import SettingsError


@pytest.fixture
def key(written: list[WrittenText]) -> Key:
    return make_sheet(written, seed=1)[1]


def score_file(folder: Path, key: Key, **changed: object) -> Path:
    scores = [{"id": origin.id, "factual": 4, "useful": 2} for origin in key.origins]
    content = {"sheet": key.sheet, "rater": "anna", "rated_by": "a person", "scores": scores, **changed}
    file = folder / "anna.json"
    file.write_text(json.dumps(content))
    return file


def test_scores_of_the_sheet_are_read_with_what_rated_them(tmp_path: Path, key: Key) -> None:
    [read] = read_scores([score_file(tmp_path, key)], key)
    assert (read.rater, read.rated_by) == ("anna", "a person")
    assert (read.scores[0].factual, read.scores[0].fluency) == (4, None)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sheet": "0" * 16}, "scores of the sheet 0000"),
        ({"rated_by": ""}, "not a file of scores"),
        ({"scores": [{"id": "t999", "factual": 4}]}, "t999"),
        ({"scores": [{"id": "t001"}, {"id": "t001"}]}, "t001 is not on the sheet, or is scored twice"),
        ({"scores": [{"id": "t001", "factual": 6}]}, "not a file of scores"),
    ],
)
def test_scores_that_cannot_be_this_sheet_s_are_refused(
    changed: dict[str, object], told: str, tmp_path: Path, key: Key
) -> None:
    with pytest.raises(SettingsError, match=told):
        read_scores([score_file(tmp_path, key, **changed)], key)


def test_a_rater_counts_once(tmp_path: Path, key: Key) -> None:
    first = score_file(tmp_path, key)
    again = tmp_path / "again.json"
    again.write_bytes(first.read_bytes())
    with pytest.raises(SettingsError, match="same rater"):
        read_scores([first, again], key)
