"""Grammar of the small explainer: the symbols that may come next, so that every reason it writes parses.

The order of sections is fixed (voice, words, fit, change, answer); inside a section any word of its vocabulary may
follow, and any pointer that the table can fill. Truth is not part of the grammar: the claim checker decides it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.reasons.engines import tokens

Mask = NDArray[np.bool_]
SECTION_SYMBOLS = {tokens.VOICE: 72, tokens.WORDS: 24, tokens.FIT: 28, tokens.CHANGE: 28}
"""A section that is this long may only end: all four, a prompt and an answer fit into what the network can read."""

_QUOTING = frozenset({tokens.WORDS, tokens.FIT})


class Grammar:
    """Of one vocabulary. `symbols` in the order of their indices; `writes`: the words that may stand in a reason."""

    def __init__(self, symbols: Sequence[str], writes: Collection[str]) -> None:
        self.symbols = tuple(symbols)
        self.indices = {symbol: index for index, symbol in enumerate(symbols)}
        self._words = self._mask(
            word for word in writes if word not in ("none", ".", '"') and not word.startswith(("<", "{"))
        )
        self._only = {
            symbol: self._mask([symbol]) for symbol in (*tokens.SECTIONS, tokens.ANSWER, tokens.END, ".", '"')
        }
        self._none = self._mask(["none"])
        self._answer = (self._mask(tokens.LABELS), self._mask(tokens.DEGRADED), self._mask(tokens.CONFIDENCES))

    def begin(self, pointers: Collection[str]) -> GrammarState:
        """The state before the first symbol, for a table that can fill these pointers."""
        return GrammarState(self, pointers)

    def _mask(self, symbols: Iterable[str]) -> Mask:
        mask = np.zeros(len(self.symbols), dtype=np.bool_)
        for symbol in symbols:
            if symbol in self.indices:
                mask[self.indices[symbol]] = True
        return mask


class GrammarState:
    """One reason while it is written: `allowed()` masks the vocabulary for the next symbol, `take` adds one."""

    def __init__(self, grammar: Grammar, pointers: Collection[str]) -> None:
        self._grammar = grammar
        quotes = [p for p in pointers if p in tokens.QUOTES_READ]
        self._quotes = grammar._mask(quotes)
        self._text = grammar._words | grammar._mask([p for p in pointers if p not in tokens.QUOTES_READ])
        self._taken: list[str] = []
        self._section = -1
        self._length = 0
        self._quoted = False

    @property
    def done(self) -> bool:
        return bool(self._taken) and self._taken[-1] == tokens.END

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(self._taken)

    def take(self, index: int) -> None:
        """Adds the symbol of that index."""
        symbol = self._grammar.symbols[index]
        self._taken.append(symbol)
        if symbol in tokens.SECTIONS or symbol == tokens.ANSWER:
            self._section += 1
            self._length = 0
            return
        self._length += 1
        # Quotation marks come in pairs around one pointer, so a flag suffices and no stack is needed.
        if symbol == '"':
            self._quoted = not self._quoted

    def allowed(self) -> Mask:
        """(vocabulary,). Never empty; after the end, the end again: rows of a batch end at different symbols."""
        last = self._taken[-1] if self._taken else ""
        if self.done:
            return self._grammar._only[tokens.END]
        if not last:
            return self._grammar._only[tokens.VOICE]
        if self._section == len(tokens.SECTIONS):
            return self._grammar._answer[self._length] if self._length < 3 else self._grammar._only[tokens.END]
        if self._quoted:
            return self._quotes if last == '"' else self._grammar._only['"']
        # "none" is a whole sentence; a section that is too long ends at the next full stop, not in mid-sentence.
        if last == "none" or (self._long and last != "."):
            return self._grammar._only["."]
        if last == ".":
            return self._after_sentence()
        if self._length == 0:
            return self._first()
        return self._text | self._grammar._only["."] | self._quote_mark()

    def _after_sentence(self) -> Mask:
        following = tokens.SECTIONS[self._section + 1] if self._section + 1 < len(tokens.SECTIONS) else tokens.ANSWER
        heading = self._grammar._only[following]
        if self._long or self._taken[-2] == "none":
            return heading
        return heading | self._text | self._quote_mark()

    def _first(self) -> Mask:
        if self._here in _QUOTING:
            none = self._grammar._none
            if self._here == tokens.WORDS and not self._quotes.any():
                return none
            return self._text | none | self._quote_mark()
        return self._text

    @property
    def _long(self) -> bool:
        return self._length >= SECTION_SYMBOLS[self._here]

    @property
    def _here(self) -> str:
        return tokens.SECTIONS[self._section]

    def _quote_mark(self) -> Mask:
        opens = self._here in _QUOTING and self._quotes.any()
        return self._grammar._only['"'] if opens else np.zeros_like(self._quotes)
