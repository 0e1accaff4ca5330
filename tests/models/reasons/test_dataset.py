from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.degradation.listened_calls import open_listening
from tonewatch.models.reasons.dataset import moments_of, prepare, trained_vocabulary
from tonewatch.models.reasons.examples import KnownMoment
from tonewatch.stream.errors import DependencyError

pytestmark = pytest.mark.train


def test_a_dataset_is_written_once_and_read_by_the_next_run(known_moments: list[KnownMoment], tmp_path: Path) -> None:
    moments = known_moments * 5
    first = prepare(moments, 8, tmp_path, 0, lambda _line: None)
    files = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert prepare(moments, 8, tmp_path, 0, lambda _line: None) == first
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == files
    assert trained_vocabulary(tmp_path) == first.vocabulary


def test_a_folder_without_a_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match="train explainer sft"):
        trained_vocabulary(tmp_path)


def test_calls_without_turns_cannot_be_trained_on(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((8_000, 2), dtype=np.float32), 8_000)
    (tmp_path / "truth.json").write_text(json.dumps([{"file": "a.wav", "kind": "steady", "onset_s": None}]))
    listening = open_listening(None, None, tmp_path / "cache")
    with pytest.raises(DependencyError, match="no turns"):
        moments_of(tmp_path, listening, [], [], lambda _line: None)
