"""Fitting the gate on statistics that are easy to tell apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.encoder.train_gate import GateRecipe, fit, train_gate, validated
from tonewatch.workers.encoder import WeightsSet
from tonewatch.workers.encoder.gate import load_gate

LABELS = ("crying", "laughter", "music", "not_speech", "speech")


def sounds(count: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows [pieces, 12], labels and groups: each class around a centre of its own, ten groups a class."""
    rng = np.random.default_rng(0)
    centres = 3.0 * rng.standard_normal((len(LABELS), 12))
    labels = np.repeat(LABELS, count)
    rows = np.repeat(centres, count, axis=0) + rng.standard_normal((labels.size, 12))
    groups = np.array([f"{label}-{index % 10}" for index, label in enumerate(labels)])
    return rows.astype(np.float32), labels, groups


def test_each_class_is_found_again_and_voices_are_let_through() -> None:
    rows, labels, _ = sounds()
    gate = fit(rows, labels, GateRecipe(inverse_penalty=0.1), "weights saw dice")
    found = np.array([gate.sound(row) or "voice" for row in rows])
    wanted = np.where(np.isin(labels, ("speech", "crying")), "voice", labels)
    assert (found == wanted).mean() > 0.97
    assert gate.licence == "weights saw dice"


def test_the_report_is_about_groups_that_were_held_out() -> None:
    rows, labels, groups = sounds()
    report = validated(rows, labels, groups, GateRecipe(inverse_penalty=0.1))
    assert report.speech_lost < 0.05
    assert set(report.found) == {"laughter", "music", "not_speech"}
    assert min(report.found.values()) > 0.9
    shuffled = np.random.default_rng(1).permutation(labels)
    assert min(validated(rows, shuffled, groups, GateRecipe()).found.values()) < 0.5


def test_statistics_of_an_earlier_run_are_used_again_and_the_gate_lies_beside_the_encoder(tmp_path: Path) -> None:
    rows, labels, groups = sounds()
    np.savez(tmp_path / "gate-full-0.npz", rows=rows, labels=labels, groups=groups, licences=["CC0", "MIT"])
    train_gate(tmp_path, tmp_path, tmp_path / "made-fp32.onnx", WeightsSet.FULL, GateRecipe(), print)
    gate = load_gate(tmp_path / "made-gate.npz")
    assert gate is not None
    assert gate.licence == "weights saw CC0; MIT"
