"""Recordings made up on the spot: a buzz is no speech, but it can be described and counted."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tonewatch.models.corpora import EMOTIONS
from tonewatch.models.evaluation.metrics import Posteriors
from tonewatch.models.evaluation.results import Answers
from tonewatch.models.shipped import voice_like

COLUMNS = ["path", "corpus", "speaker", "gender", "emotion", "emotion4", "language", "text", "duration_s"]

MakeManifest = Callable[..., Path]
MakeAnswers = Callable[..., Answers]


@pytest.fixture
def make_manifest(tmp_path: Path) -> MakeManifest:
    """`make_manifest("folder", corpus="made", speakers=2)`: a clip of 1 s for each speaker and emotion."""

    def make(folder: str, *, corpus: str = "made", speakers: int = 2, extra: Sequence[Sequence[object]] = ()) -> Path:
        root = tmp_path / folder
        (root / "audio").mkdir(parents=True)
        rows: list[Sequence[object]] = []
        for speaker in range(speakers):
            for index, emotion in enumerate(EMOTIONS):
                path = f"audio/{speaker}_{emotion}.flac"
                sound = voice_like(1.0, 100.0 + 60.0 * index + 7.0 * speaker, seed=speaker)
                soundfile.write(root / path, sound, 16_000)
                rows.append([path, corpus, f"{corpus}_{speaker}", "male", emotion, emotion, "en", "Some words.", 1.0])
        return write_manifest(root, [*rows, *extra])

    return make


def write_manifest(folder: Path, rows: Sequence[Sequence[object]]) -> Path:
    path = folder / "manifest.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return path


@pytest.fixture
def make_answers() -> MakeAnswers:
    """`make_answers([0, 1], [0, 0])`: the choices and the truths of clips, every speaker of one corpus."""

    def make(
        choices: Sequence[int],
        truths: Sequence[int],
        *,
        classes: tuple[str, ...] = EMOTIONS,
        speakers: Sequence[str] | None = None,
        sets: Sequence[str] | None = None,
        abstained: Sequence[str] | None = None,
        sure: float = 0.7,
    ) -> Answers:
        count = len(choices)
        return Answers(
            classes=classes,
            posteriors=sure_answers(choices, len(classes), sure),
            labels=np.array(truths, dtype=np.int64),
            speakers=np.array(speakers or [f"s{index % 3}" for index in range(count)], dtype=np.str_),
            corpora=np.array(["made"] * count, dtype=np.str_),
            sets=np.array(sets or ["made"] * count, dtype=np.str_),
            abstained=np.array(abstained or [""] * count, dtype=np.str_),
            seconds=np.full(count, 0.05),
        )

    return make


def sure_answers(choices: Sequence[int], classes: int, sure: float) -> Posteriors:
    rows = np.full((len(choices), classes), (1.0 - sure) / (classes - 1))
    rows[np.arange(len(choices)), list(choices)] = sure
    return rows
