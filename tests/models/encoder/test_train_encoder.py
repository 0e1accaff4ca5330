"""The whole way from recordings to files that the listener and the monitor open, on a few made-up voices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")
pytest.importorskip("onnx", reason="needs onnx: make test EXTRAS=train")

from tonewatch.models.corpora import Clip, write_manifest  # noqa: E402
from tonewatch.models.encoder.train_encoder import Plan, TrainingReport, plan_clips, train_encoder, with_affect  # noqa: E402
from tonewatch.models.encoder.training import Recipe  # noqa: E402
from tonewatch.models.encoder.validation import summary  # noqa: E402
from tonewatch.models.evaluation.evaluate_command import open_folds  # noqa: E402
from tonewatch.models.shipped import voice_like  # noqa: E402
from tonewatch.models.tone.relative import RelativeRecipe  # noqa: E402
from tonewatch.stream.tone.model.relative_head import load_head  # noqa: E402
from tonewatch.workers.encoder import CPU, Encoder, WeightsSet, relative_head_path  # noqa: E402

pytestmark = pytest.mark.train

WORDS = ("angry", "happy", "neutral", "sad", "calm", "surprised")
PLAN = Plan(
    recipe=Recipe(epochs=2, batch=8),
    relative=RelativeRecipe(members=2, epochs=2, batch=8),
    versions=2,
    folds=2,
    corpora=("emodb", "nemo"),
    keep_folds=True,
)


def corpus(folder: Path, name: str) -> None:
    (folder / name / "audio").mkdir(parents=True)
    made = []
    for speaker in range(2):
        for number, word in enumerate(WORDS * 2):
            path = folder / name / "audio" / f"{speaker}-{number}.flac"
            soundfile.write(path, voice_like(0.9, 90.0 + 40.0 * speaker + 30.0 * (number % 6), seed=number), 16_000)
            word4 = word if word in WORDS[:4] else ""
            clip = Clip(path, name, f"{name}_{speaker}", "", word, word4, "xx", "", 0.9, emotion8=word)
            made.append(replace(clip, licence=f"of {name}", commercial=name == "emodb"))
    write_manifest(made, folder / name / "manifest.csv")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in PLAN.corpora:
        corpus(folder, name)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def report(data: Path, work: Path) -> TrainingReport:
    return train_encoder(PLAN, data, work, work / "weights", lambda _line: None)


def test_every_row_has_metrics_for_every_corpus(report: TrainingReport) -> None:
    assert {frozenset(row) for row in report.metrics.values()} == {frozenset(PLAN.corpora)}
    assert len(report.metrics) == 9
    assert "plain, mixed baseline" in summary(report.metrics)
    written = json.loads(report.path.read_text())
    assert (written["plan"]["versions"], set(written["parity"])) == (2, set(report.parity))


def test_the_files_answer_like_torch_and_open_with_their_head(report: TrainingReport, work: Path) -> None:
    assert max(report.parity.values()) < 0.1
    encoder = Encoder(work / "weights" / "full-int8.onnx", providers=[CPU])
    head = load_head(relative_head_path(work / "weights" / "full-int8.onnx"))
    assert encoder.card.space == head.space
    assert encoder.card.data == PLAN.corpora
    (output,) = encoder.hear([voice_like(1.0, 150.0)])
    assert head.weights["hidden"][0].shape[1] == output.embedding.size + 5


def test_every_speaker_is_held_out_of_one_fold(report: TrainingReport, work: Path) -> None:
    folds = open_folds(work / "folds" / "folds.json")
    assert sorted(folds) == sorted(f"{name}_{speaker}" for name in PLAN.corpora for speaker in range(2))
    assert len({one.encoder.version for one in folds.values()}) == PLAN.folds


def test_a_second_run_goes_on_from_what_the_first_left(report: TrainingReport, data: Path, work: Path) -> None:
    lines: list[str] = []
    again = train_encoder(PLAN, data, work, work / "weights", lines.append)
    assert again.metrics == report.metrics
    assert not [line for line in lines if line.startswith("features") or "epoch" in line]


def test_the_commercial_set_leaves_out_what_forbids_it(data: Path) -> None:
    kept = plan_clips(replace(PLAN, weights=WeightsSet.COMMERCIAL), data)
    assert {clip.corpus for clip in kept} == {"emodb"}


def test_arousal_and_valence_are_asked_for_where_they_were_rated(data: Path) -> None:
    clips = plan_clips(PLAN, data)
    assert with_affect(PLAN, clips) == PLAN
    rated = [replace(clips[0], arousal=0.5, valence=0.25), *clips[1:]]
    assert with_affect(PLAN, rated).shape.heads[-1] == "affect"


def test_checkpoints_of_another_plan_are_not_taken_for_this_ones() -> None:
    assert PLAN.key != replace(PLAN, folds=3).key
    assert PLAN.key == replace(PLAN).key
