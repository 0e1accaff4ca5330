from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.corpora import EMOTIONS
from tonewatch.models.evaluation.emotion import Run, describe_sets
from tonewatch.models.evaluation.evaluated_model import ALONE, EvaluatedModel
from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.reference_systems import heads
from tonewatch.models.evaluation.reference_systems import run as reference_run
from tonewatch.models.evaluation.reference_systems.factory import EXTRACTORS, REFERENCE_SYSTEMS, SystemSpec
from tonewatch.models.evaluation.reference_systems.features import FeatureExtractor
from tonewatch.models.evaluation.reference_systems.run import read_training_clips, reference_rows
from tonewatch.models.evaluation.reference_systems.system import ReferenceSystem
from tonewatch.models.evaluation.results import Row
from tonewatch.models.evaluation.sets import read_sets
from tonewatch.models.evaluation.sound import Band, Sound
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.audio.mel import speech_mel

from ..conftest import MakeManifest

pytestmark = pytest.mark.train


class MelExtractor(FeatureExtractor):
    """The mean spectrum, which is enough for a buzz."""

    kind = "mean mel"

    def describe(self, sound: Sound) -> NDArray[np.float32]:
        return np.asarray(speech_mel(sound.samples).mean(1))


GUESSER = EvaluatedModel("guesser", "1", EMOTIONS, lambda pieces, _speaker: np.full((len(pieces), 4), 0.25), (ALONE,))
MEL = SystemSpec("mel", "", "mel", heads.support_vectors)
MEL_BY_SPEAKER = SystemSpec("mel, own baseline", "", "mel", heads.support_vectors, per_speaker=True)


@pytest.fixture(autouse=True)
def mel_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRACTORS, "mel", MelExtractor)


def described(manifest: Path) -> Run:
    return describe_sets(read_sets([manifest], EMOTIONS), GUESSER, Band.PHONE)


def rows_of(run: Run, data: Path, systems: list[SystemSpec], folds: int = 0) -> list[Row]:
    training_clips = read_training_clips(data, EMOTIONS)
    return reference_rows(run, training_clips, Band.PHONE, data / "work", folds=folds, systems=systems)


def test_reference_systems_answer_about_every_clip_of_held_out_voices(make_manifest: MakeManifest) -> None:
    # a made-up emotion is a pitch, the same for every speaker: whoever listens finds it
    tested = make_manifest("data/tested", corpus="tested")
    make_manifest("data/training", corpus="training", speakers=5)
    for row in rows_of(described(tested), tested.parent.parent, [MEL, MEL_BY_SPEAKER]):
        assert row.answers is not None, row.missing
        assert (row.answers.posteriors.argmax(1) == row.answers.labels).all()
        assert (row.answers.seconds > 0.0).all()


def test_with_nobody_else_to_learn_from_a_row_says_so(make_manifest: MakeManifest) -> None:
    tested = make_manifest("data/tested")
    for row in rows_of(described(tested), tested.parent.parent, [MEL, MEL_BY_SPEAKER]):
        assert row.answers is None
        assert "0 clips are of speakers that are not tested" in row.missing


def test_with_folds_the_tested_speakers_teach_about_one_another(make_manifest: MakeManifest) -> None:
    tested = make_manifest("data/tested", speakers=6)
    rows = rows_of(described(tested), tested.parent.parent, [MEL, MEL_BY_SPEAKER], folds=3)
    assert all(row.answers is not None for row in rows)


def test_no_reference_system_is_fitted_on_a_voice_it_is_asked_about(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[tuple[set[str], set[str]]] = []

    class Watched(ReferenceSystem):
        def fit(self, values: Any, labels: Any, speakers: Sequence[str]) -> None:
            self.trained_on = set(speakers)
            super().fit(values, labels, speakers)

        def posteriors(self, values: Any, speakers: Sequence[str]) -> Posteriors:
            met.append((self.trained_on, set(speakers)))
            return super().posteriors(values, speakers)

    monkeypatch.setattr(reference_run, "ReferenceSystem", Watched)
    tested = make_manifest("data/tested", speakers=6)
    make_manifest("data/training", corpus="training", speakers=2)
    for folds in (0, 3):
        rows_of(described(tested), tested.parent.parent, [MEL], folds=folds)
    assert len(met) == 4
    assert all(trained and asked and not trained & asked for trained, asked in met)


def test_an_extractor_that_is_not_installed_leaves_a_row_with_its_reason(
    make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> FeatureExtractor:
        raise DependencyError("speech-to-text needs faster-whisper")

    monkeypatch.setitem(EXTRACTORS, "words", missing)
    tested = make_manifest("data/tested")
    make_manifest("data/training", corpus="training", speakers=3)
    rows = rows_of(described(tested), tested.parent.parent, [REFERENCE_SYSTEMS[-1], MEL])
    assert rows[0].missing == "speech-to-text needs faster-whisper"
    assert rows[1].answers is not None


def test_training_clips_that_cannot_be_read_teach_nothing_and_end_nothing(make_manifest: MakeManifest) -> None:
    tested = make_manifest("data/tested")
    gone = ["audio/gone.flac", "training", "training_9", "male", "anger", "angry", "en", "", 1.0]
    make_manifest("data/training", corpus="training", speakers=3, extra=[gone])
    (row,) = rows_of(described(tested), tested.parent.parent, [MEL])
    assert row.answers is not None


def test_a_folder_without_manifests_is_told(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match="--data"):
        read_training_clips(tmp_path, EMOTIONS)
