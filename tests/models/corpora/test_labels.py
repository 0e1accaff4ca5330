from __future__ import annotations

import pytest

from tonewatch.models.corpora import EMOTIONS8, LABELS, WORDS, map_label
from tonewatch.stream.errors import DataError


@pytest.mark.parametrize("corpus", [*LABELS, "somebody's own"])
def test_every_word_has_a_place_among_the_eight_or_none(corpus: str) -> None:
    words = LABELS.get(corpus, WORDS)
    assert set(words.values()) <= {*EMOTIONS8, ""}
    assert {"angry", "happy", "sad"} <= set(words.values())


def test_the_same_word_means_the_same_in_every_corpus() -> None:
    meanings = [(word, meaning) for words in [*LABELS.values(), WORDS] for word, meaning in words.items()]
    assert len(set(meanings)) == len({word for word, _ in meanings})


@pytest.mark.parametrize(
    ("corpus", "word", "four", "eight"),
    [
        ("ravdess", "calm", "", "calm"),
        ("emodb", "boredom", "", ""),
        ("iemocap", "exc", "happy", "happy"),
        ("iemocap", "fru", "", ""),
        ("meld", "joy", "happy", "happy"),
        ("nowhere", "sadness", "sad", "sad"),
    ],
)
def test_a_word_is_placed_among_the_four_and_the_eight(corpus: str, word: str, four: str, eight: str) -> None:
    assert map_label(corpus, word, "a.wav") == (four, eight)


def test_a_word_of_one_corpus_is_unknown_in_another() -> None:
    with pytest.raises(DataError, match=r"a\.wav: label 'boredom' is unknown in ravdess; known are angry, calm"):
        map_label("ravdess", "boredom", "a.wav")
