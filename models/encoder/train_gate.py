"""The gate that tells a voice from music, noise and laughter, fitted on the encoder's own statistics.

    tonewatch train gate --data RECORDINGS [--set commercial]

1. pieces of speech and of other sounds over telephone lines, 2. their statistics by the float32 encoder of the set,
3. multinomial logistic regression, each class with a weight of its own, cross-validated over voices and pieces of
music, 4. the threshold, 5. the file beside the encoder. Statistics are kept in WORK, so that a fit can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from tonewatch.models.encoder.gate_data import pieces, statistics
from tonewatch.workers.audio.mel import speech_mel
from tonewatch.workers.encoder import CPU, LONGEST_S, WeightsSet
from tonewatch.workers.encoder.encoder import STATISTICS
from tonewatch.workers.encoder.gate import VOICES, Gate, gate_path, save_gate
from tonewatch.workers.encoder.session import Session

Tell = Callable[[str], None]

SHARES = {"speech": 0.45, "music": 0.15, "not_speech": 0.2, "laughter": 0.1, "crying": 0.1}
"""Total weight of each class, however many pieces there are of it."""


@dataclass(frozen=True)
class GateRecipe:
    """`least`: share of voices under which a segment is not judged. `inverse_penalty`: scikit-learn's C."""

    inverse_penalty: float = 0.002
    least: float = 0.3
    folds: int = 4
    seed: int = 0


@dataclass(frozen=True)
class GateReport:
    """On held-out voices and pieces: share of the speech that is lost, and of each other class that is not judged."""

    speech_lost: float
    found: dict[str, float]


def train_gate(
    data: Path, work: Path, encoder: Path, weights: WeightsSet, recipe: GateRecipe, tell: Tell
) -> GateReport:
    """Fit and write the gate beside `encoder`, which must answer statistics."""
    rows, labels, groups, licences = _described(data, work, encoder, weights, recipe, tell)
    report = validated(rows, labels, groups, recipe)
    gate = fit(rows, labels, recipe, "weights saw " + "; ".join(sorted(licences)))
    save_gate(gate, gate_path(encoder))
    return report


def fit(rows: NDArray[np.float32], labels: NDArray[np.str_], recipe: GateRecipe, licence: str = "") -> Gate:
    """`rows` [pieces, all], `labels` [pieces]."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-3
    classes, counts = np.unique(labels, return_counts=True)
    weight = {name: SHARES[name] / count for name, count in zip(classes.tolist(), counts.tolist(), strict=True)}
    model = LogisticRegression(C=recipe.inverse_penalty, max_iter=300)
    model.fit((rows - mean) / spread, labels, sample_weight=np.array([weight[one] for one in labels]) * labels.size)
    return Gate(
        tuple(model.classes_.tolist()),
        mean.astype(np.float32),
        spread.astype(np.float32),
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
        recipe.least,
        licence,
    )


def validated(
    rows: NDArray[np.float32], labels: NDArray[np.str_], groups: NDArray[np.str_], recipe: GateRecipe
) -> GateReport:
    """By folds over groups: a voice, a piece of music, a kind of noise is either fitted on or judged."""
    names = np.unique(groups)
    drawn = np.random.default_rng(recipe.seed).integers(0, recipe.folds, names.size)
    fold = drawn[np.searchsorted(names, groups)]
    kept_out = np.zeros(labels.size, dtype=bool)
    for number in range(recipe.folds):
        tested = fold == number
        gate = fit(rows[~tested], labels[~tested], recipe)
        kept_out[tested] = [gate.sound(row) is not None for row in rows[tested]]
    found = {str(name): float(kept_out[labels == name].mean()) for name in np.unique(labels)}
    return GateReport(found["speech"], {name: share for name, share in found.items() if name not in VOICES})


def _described(
    data: Path, work: Path, encoder: Path, weights: WeightsSet, recipe: GateRecipe, tell: Tell
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_], list[str]]:
    """From the file of an earlier run of this set and seed, or computed now."""
    kept = work / f"gate-{weights}-{recipe.seed}.npz"
    if not kept.is_file():
        session = Session(encoder, threads=1, providers=[CPU])

        def describe(samples: NDArray[np.float32]) -> NDArray[np.float32]:
            mel = speech_mel(samples[: int(LONGEST_S * 16_000)], session.bands)
            answers = session.run(mel[None], np.array([mel.shape[1]], dtype=np.int64))
            return np.asarray(answers[STATISTICS][0], dtype=np.float32)

        commercial = weights is WeightsSet.COMMERCIAL
        made = pieces(data, np.random.default_rng(recipe.seed), commercial=commercial)
        rows, labels, groups, licences = statistics(made, describe)
        work.mkdir(parents=True, exist_ok=True)
        np.savez(kept, rows=rows.astype(np.float16), labels=labels, groups=groups, licences=sorted(licences))
        tell(f"{labels.size} pieces described")
    with np.load(kept, allow_pickle=False) as file:
        return file["rows"].astype(np.float32), file["labels"], file["groups"], file["licences"].tolist()
