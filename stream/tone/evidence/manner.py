"""The manner of a sentence by its words alone: neutral, cold, sarcastic, resigned, insistent or threatening.

A logistic regression over hashed n-grams of words and of characters (`tonewatch train words`), a set of weights a
language. What it gives for a sentence is a probability of each manner; `tone/evidence/word_turn.py` gathers them.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import ModelError
from tonewatch.stream.weights import checked_bytes

NEUTRAL: Final = "neutral"
MANNERS: Final = (NEUTRAL, "cold", "sarcastic", "resigned", "insistent", "threatening")
"""The order of the probabilities."""

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[?!]")
_NUMBER: Final = "0"
_WORD_GRAMS: Final = (1, 2, 3)
_LETTER_GRAMS: Final = (3, 4)
_LETTERS_WEIGH: Final = 0.4


@dataclass(frozen=True, eq=False)
class MannerModel:
    """`weights`: float32 [buckets, 6]; `bias`: float32 [6]; `version`: of the training."""

    language: str
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    version: str = ""

    def probabilities(self, text: str) -> dict[str, float]:
        """Of each manner for one sentence; a text without a word is neutral."""
        if not any(token.isalnum() or "'" in token for token in tokens_of(text)):
            return {name: float(name == NEUTRAL) for name in MANNERS}
        rows, values = features(text, len(self.weights))
        logits = self.bias + values @ self.weights[rows]
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        return {name: round(float(share), 4) for name, share in zip(MANNERS, shares, strict=True)}


def features(text: str, buckets: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the weights and their values for a text; the values have length 1 in the Euclidean norm."""
    found: dict[int, float] = {}
    for gram, weight in _grams(tokens_of(text)):
        # CRC-32, because Python's own hash differs from process to process.
        row = zlib.crc32(gram.encode()) % buckets
        found[row] = found.get(row, 0.0) + weight
    rows = np.fromiter(found, dtype=np.int64, count=len(found))
    values = np.sqrt(np.fromiter(found.values(), dtype=np.float32, count=len(found)))
    length = float(np.linalg.norm(values))
    unit: NDArray[np.float32] = (values / length if length else values).astype(np.float32)
    return rows, unit


def tokens_of(text: str) -> list[str]:
    """Words in lower case, numbers as one, question and exclamation marks.

    >>> tokens_of("That\\u2019s the 3rd time!")
    ["that's", 'the', '0', 'rd', 'time', '!']
    """
    plain = text.lower().replace("\u2019", "'")
    return [_NUMBER if token.isdigit() else token for token in _TOKEN.findall(plain)]


def _grams(tokens: list[str]) -> Iterator[tuple[str, float]]:
    bounded = ["<", *tokens, ">"]
    for size in _WORD_GRAMS:
        for at in range(len(bounded) - size + 1):
            yield f"w{size} {' '.join(bounded[at : at + size])}", 1.0
    for token in tokens:
        word = f"<{token}>"
        for size in _LETTER_GRAMS:
            for at in range(len(word) - size + 1):
                yield f"c{size} {word[at : at + size]}", _LETTERS_WEIGH


def load_manners(file: Path) -> MannerModel:
    """Weights that `tonewatch train words` wrote.

    Raises:
        ModelError: the file is missing, damaged, or of other manners.
    """
    try:
        with np.load(io.BytesIO(checked_bytes(file)), allow_pickle=False) as stored:
            names = tuple(str(name) for name in stored["manners"])
            weights = stored["weights"].astype(np.float32) * stored["scale"].astype(np.float32)
            bias = stored["bias"].astype(np.float32)
            language, version = str(stored["language"]), str(stored["version"])
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"{file} holds no weights of manners ({error}): train them by `tonewatch train words`"
        ) from error
    if names != MANNERS or weights.shape[1:] != (len(MANNERS),):
        raise ModelError(f"{file} knows {', '.join(names)}; this release judges {', '.join(MANNERS)}")
    return MannerModel(language, weights, bias, version)


@lru_cache(maxsize=8)
def manners_in(folder: Path) -> Mapping[str, MannerModel]:
    """The weights of a folder, by language."""
    loaded = [load_manners(file) for file in sorted(folder.glob("words-*.npz"))]
    return {model.language: model for model in loaded}
