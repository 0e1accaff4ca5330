"""The manner of a sentence, by the shipped weights and by weights that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.stream.errors import ModelError
from tonewatch.stream.tone.evidence.manner import (
    MANNERS,
    NEUTRAL,
    MannerModel,
    features,
    load_manners,
    manners_in,
)
from tonewatch.stream.tone.evidence.sentences import sentences
from tonewatch.stream.weights import weights_folder


@pytest.fixture(scope="module")
def english() -> MannerModel:
    return manners_in(weights_folder())["en"]


@pytest.mark.parametrize(
    ("text", "manner"),
    [
        ("Your procedures are of no interest to me.", "cold"),
        ("How kind of you, another form.", "sarcastic"),
        ("There is no point, nobody ever calls back.", "resigned"),
        ("I want a date, and I want it now.", "insistent"),
        ("If it isn't here tomorrow, you will hear from my lawyer.", "threatening"),
    ],
)
def test_sentences_that_turn_are_told_by_their_manner(english: MannerModel, text: str, manner: str) -> None:
    shares = english.probabilities(text)
    assert shares[NEUTRAL] < 0.5
    assert max(MANNERS[1:], key=shares.__getitem__) == manner


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I'd like to change my address.",
        "The letter says that my lawyer must sign it.",
        "Thank you, that was very kind of you.",
        "My father passed away last month.",
        "I don't want to cancel, I want to extend it.",
    ],
)
def test_plain_kind_sad_and_reported_sentences_are_neutral(english: MannerModel, text: str) -> None:
    assert english.probabilities(text)[NEUTRAL] > 0.5


def test_a_text_without_words_is_neutral(english: MannerModel) -> None:
    assert english.probabilities("...")[NEUTRAL] > 0.9
    assert sum(english.probabilities("No.").values()) == pytest.approx(1.0, abs=1e-3)


def test_features_are_the_same_for_curved_apostrophes_capitals_and_any_number() -> None:
    first, second = features("It\u2019s the 3RD time!", 64), features("it's the 5rd time!", 64)
    assert np.array_equal(first[0], second[0]) and np.allclose(first[1], second[1])
    assert np.linalg.norm(first[1]) == pytest.approx(1.0, abs=1e-5)


def test_an_utterance_falls_into_its_sentences() -> None:
    assert sentences("No... I said four! ?") == ["No...", "I said four!"]


def test_weights_that_are_missing_damaged_or_of_other_manners_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="tonewatch train words"):
        load_manners(tmp_path / "words-en.npz")
    file = tmp_path / "words-xx.npz"
    np.savez(
        file,
        weights=np.zeros((4, 2)),
        scale=np.ones(2),
        bias=np.zeros(2),
        manners=["a", "b"],
        language="xx",
        version="",
    )
    with pytest.raises(ModelError, match="knows a, b"):
        load_manners(file)


def test_the_shipped_weights_are_small() -> None:
    assert (weights_folder() / "words-en.npz").stat().st_size < 1_000_000
