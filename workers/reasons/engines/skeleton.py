"""Constrained decoding for a model whose server has no grammar: the fixed parts of the answer are fed, piece by piece.

The model writes freely where a section is open and chooses between tokens where the answer has few values, so its
answer always parses. Independent of torch: tokens and scores are plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.messages import EMOTIONS

Encode = Callable[[str], Sequence[int]]
Decode = Callable[[Sequence[int]], str]
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Piece:
    """One of three kinds: `text` is fed as it stands; up to `most` tokens are written, to the end of the line; one of
    `options` is chosen."""

    text: str = ""
    most: int = 0
    options: tuple[str, ...] = ()


def pieces(*, quoted: bool, section_tokens: int = 48) -> tuple[Piece, ...]:
    """`quoted`: the facts hold words of the caller."""
    words = (Piece(most=section_tokens),) if quoted else (Piece(" none"),)
    return (
        Piece("<think>\nVoice:"),
        Piece(most=section_tokens),
        Piece("\nWords:"),
        *words,
        Piece("\nFit:"),
        *words,
        Piece("\nChange:"),
        Piece(most=section_tokens),
        Piece("\n</think>\n<answer>"),
        Piece(options=EMOTIONS),
        Piece("; degraded"),
        Piece(options=(" yes", " no", " unsure")),
        Piece("; confidence 0."),
        Piece(options=tuple("56789")),
        Piece("</answer>"),
    )


class Skeleton:
    """One answer while it is written. `next` gives the token to feed after the last one's scores; null at the end."""

    def __init__(self, parts: Sequence[Piece], encode: Encode, decode: Decode) -> None:
        self._parts = list(parts)
        self._encode = encode
        self._decode = decode
        self._queued: list[int] = []
        self._open: list[int] | None = None
        self._most = 0
        self.text = ""
        self.written = 0

    def next(self, scores: Scores) -> int | None:
        """`scores` (vocabulary,): logits after what was fed so far."""
        while True:
            if self._queued:
                return self._queued.pop(0)
            if self._open is not None:
                token = self._free(scores)
                if token is not None:
                    return token
                continue
            if not self._parts:
                return None
            self._begin(self._parts.pop(0), scores)

    def _begin(self, piece: Piece, scores: Scores) -> None:
        if piece.options:
            # The options differ in their first token, so its score decides and the rest is fed.
            first = [self._encode(option)[0] for option in piece.options]
            chosen = piece.options[int(np.argmax([scores[token] for token in first]))]
            self._queued = list(self._encode(chosen))
            self.written += 1
            self.text += chosen
        elif piece.most:
            self._open, self._most = [], piece.most
        else:
            self._queued = list(self._encode(piece.text))
            self.text += piece.text

    def _free(self, scores: Scores) -> int | None:
        """The likeliest token, until it would end the line; the line's text then belongs to the answer."""
        assert self._open is not None
        token = int(np.argmax(scores))
        # Decoded as a whole: a line feed or "<" may be part of a longer token, or made of two.
        so_far = self._decode([*self._open, token])
        ends = "\n" in so_far or "<" in so_far
        if not ends and len(self._open) < self._most:
            self._open.append(token)
            self.written += 1
            return token
        self.text += " " + self._decode(self._open).split("\n")[0].split("<")[0].strip()
        self._open = None
        return None
