"""Fitting what segments say of a call's tone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.degradation.truth import Made, Turn, write_truth
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import EMOTIONS

pytest.importorskip("sklearn", reason="needs the train extra")

from tonewatch.models.tone.forest import ForestRecipe, fit_forest
from tonewatch.models.tone.train_tone import degraded_auc, emotion_in, read_turns

from .conftest import segments

TURNS = (
    Turn(0, 0.0, 4.0, "anger"),
    Turn(1, 4.0, 8.0, "sad"),
    Turn(0, 8.0, 12.0, "calm"),
    Turn(0, 12.0, 16.0, "disgust"),
)


def test_a_forest_tells_degraded_from_calm_on_segments_it_never_saw() -> None:
    forest = fit_forest(segments(0).inputs, segments(0).labels, ForestRecipe(trees=20))
    assert degraded_auc(forest, segments(1)) > 0.9


def test_a_fold_without_a_voice_in_the_calls_is_an_error() -> None:
    forest = fit_forest(segments(0).inputs, segments(0).labels, ForestRecipe(trees=1))
    with pytest.raises(SettingsError, match="no voice"):
        degraded_auc(forest, segments(1).at(np.zeros(800, dtype=np.bool_)))


@pytest.mark.parametrize(
    ("start_s", "end_s", "wanted"),
    [(1.0, 3.0, "angry"), (8.5, 11.0, "neutral"), (4.5, 7.5, None), (3.0, 9.5, None), (12.5, 15.0, None)],
)
def test_a_segment_is_what_the_caller_was_for_most_of_it(start_s: float, end_s: float, wanted: str | None) -> None:
    assert emotion_in(start_s, end_s, TURNS) == (EMOTIONS.index(wanted) if wanted in EMOTIONS else None)


def test_the_turns_of_stitched_calls_are_read_and_another_truth_is_refused(tmp_path: Path) -> None:
    write_truth(tmp_path, [Made(file="a.wav", kind="steady", onset_s=None, turns=TURNS)])
    assert read_turns(tmp_path / "truth.json") == {"a.wav": TURNS}
    (tmp_path / "truth.json").write_text("[1]")
    with pytest.raises(SettingsError, match="evaluate stitch"):
        read_turns(tmp_path / "truth.json")
