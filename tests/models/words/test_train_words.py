"""Training of the manners, on a small text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.words.training_text import Example
from tonewatch.stream.tone.evidence.manner import MANNERS, load_manners

pytest.importorskip("sklearn", reason="pip install 'tonewatch[train]'")

from tonewatch.models.words.train_words import cross_validated, fitted, save_manners

PLAIN = ("Hello, a question.", "What does it cost?", "That is fine, thank you.", "It came on Monday.")
RESIGNED = ("I give up.", "It never helps.", "Nobody ever comes.", "There is no point.")
COLD = ("I will not discuss this.", "Not of interest.", "I will not wait.", "Spare me that.")
EXAMPLES = [
    Example(text, manner, index)
    for index, (text, manner) in enumerate(
        [*((t, "neutral") for t in PLAIN), *((t, "cold") for t in COLD), *((t, "resigned") for t in RESIGNED)]
    )
]


def test_what_was_learned_is_told_again_and_a_manner_without_examples_is_never_told(tmp_path: Path) -> None:
    model = fitted(EXAMPLES, 100.0)
    for text, manner in (("I will not discuss this.", "cold"), ("What does it cost?", "neutral")):
        shares = model.probabilities(text)
        assert max(shares, key=shares.__getitem__) == manner
    assert model.probabilities("I will not wait.")["threatening"] == 0.0
    save_manners(model, tmp_path / "words-en.npz")
    stored = load_manners(tmp_path / "words-en.npz")
    for text in (*PLAIN, *COLD):
        before, after = (np.array(list(one.probabilities(text).values())) for one in (model, stored))
        assert np.abs(before - after).max() < 0.02
    assert tuple(stored.probabilities("Yes.")) == MANNERS


def test_cross_validation_judges_every_template_once() -> None:
    fit = cross_validated(EXAMPLES * 2, 4, 10.0, 0)
    assert (fit.templates, fit.sentences) == (12, 24)
    assert 0 <= fit.false_share <= 1 and 0 <= fit.recall <= 1
