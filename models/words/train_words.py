"""Training of the manners of sentences: a logistic regression over hashed n-grams, from `training.txt` to weights.

Every template of the text counts alike, however many sentences are made of it. The weights are stored as whole numbers
of seven bits with a scale a class, which is a fifth of a megabyte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.models.words.training_text import TRAINING_FILE, Example, read_training
from tonewatch.stream.tone.evidence.manner import MANNERS, NEUTRAL, MannerModel, features

BUCKETS: Final = 2**15
LANGUAGE: Final = "en"
_MOST: Final = 127


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Cross-validated over templates, one sentence each, at a probability of .5 that it has turned."""

    templates: int
    sentences: int
    recall: float
    false_share: float
    right_manner: float


def train_words(out: Path, *, folds: int = 5, strength: float = 10.0, seed: int = 0) -> Fit:
    """Cross-validate, train on everything, write `words-en.npz` into a folder. `strength`: inverse of the penalty."""
    examples = read_training().examples(seed)
    measured = cross_validated(examples, folds, strength, seed)
    model = fitted(examples, strength)
    version = hashlib.sha256(TRAINING_FILE.read_bytes()).hexdigest()[:12]
    save_manners(MannerModel(LANGUAGE, model.weights, model.bias, version), out / f"words-{LANGUAGE}.npz")
    return measured


def fitted(examples: Sequence[Example], strength: float) -> MannerModel:
    """Needs scikit-learn. At least three manners must be among the examples."""
    from sklearn.linear_model import LogisticRegression

    templates = np.array([one.template for one in examples])
    share = 1.0 / np.bincount(templates)[templates]
    labels = np.array([MANNERS.index(one.manner) for one in examples])
    found = LogisticRegression(C=strength, max_iter=400)
    found.fit(matrix([one.text for one in examples]), labels, sample_weight=share / share.mean())
    weights = np.zeros((BUCKETS, len(MANNERS)), dtype=np.float32)
    # A manner that no example has is as unlikely as can be.
    bias = np.full(len(MANNERS), -20.0, dtype=np.float32)
    weights[:, found.classes_] = found.coef_.T
    bias[found.classes_] = found.intercept_
    return MannerModel(LANGUAGE, weights, bias)


def matrix(texts: Sequence[str]) -> Any:  # noqa: ANN401
    """The features of texts as a sparse matrix [texts, BUCKETS] of scipy."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    found = [features(text, BUCKETS) for text in texts]
    begins = np.cumsum([0, *(len(rows) for rows, _ in found)])
    rows = np.concatenate([rows for rows, _ in found])
    values = np.concatenate([values for _, values in found])
    return csr_matrix((values, rows, begins), shape=(len(texts), BUCKETS))


def cross_validated(examples: Sequence[Example], folds: int, strength: float, seed: int) -> Fit:
    """Every template is judged by a model that saw none of its sentences."""
    templates = np.array([one.template for one in examples])
    fold_of = np.random.default_rng(seed).integers(0, folds, int(templates.max()) + 1)[templates]
    first = set(np.unique(templates, return_index=True)[1].tolist())
    judged: list[tuple[str, dict[str, float]]] = []
    for fold in range(folds):
        model = fitted([one for one, own in zip(examples, fold_of, strict=True) if own != fold], strength)
        held_out = [one for index, one in enumerate(examples) if fold_of[index] == fold and index in first]
        judged += [(one.manner, model.probabilities(one.text)) for one in held_out]
    turned = [(manner, shares) for manner, shares in judged if manner != NEUTRAL]
    plain = [shares for manner, shares in judged if manner == NEUTRAL]
    likeliest = [max((n for n in MANNERS if n != NEUTRAL), key=shares.__getitem__) for _, shares in turned]
    return Fit(
        templates=len(judged),
        sentences=len(examples),
        recall=_share([shares[NEUTRAL] < 0.5 for _, shares in turned]),
        false_share=_share([shares[NEUTRAL] < 0.5 for shares in plain]),
        right_manner=_share([name == manner for name, (manner, _) in zip(likeliest, turned, strict=True)]),
    )


def save_manners(model: MannerModel, file: Path) -> None:
    """As `load_manners` reads it, without anything that is executed."""
    scale = np.maximum(np.abs(model.weights).max(axis=0), 1e-6) / _MOST
    whole: NDArray[np.int8] = np.round(model.weights / scale).astype(np.int8)
    np.savez_compressed(
        file,
        weights=whole,
        scale=scale.astype(np.float32),
        bias=model.bias.astype(np.float32),
        manners=np.array(MANNERS),
        language=np.array(model.language),
        version=np.array(model.version),
    )


def _share(found: Sequence[bool]) -> float:
    return round(sum(found) / max(len(found), 1), 3)
