"""Sentences of a transcript: the one rule by which they are told apart."""

from __future__ import annotations

import re

ENDS = (".", "?", "!")

_SENTENCE = re.compile(r"\S.*?(?:[.?!]+(?=\s|$)|$)", re.DOTALL)
_HAS_WORD = re.compile(r"\w")


def sentences(text: str) -> list[str]:
    """The sentences of an utterance with their marks, without what is empty; a number keeps its point.

    >>> sentences("No. I said 4.5, didn't I? Four!")
    ['No.', "I said 4.5, didn't I?", 'Four!']
    """
    return [part.strip() for part in _SENTENCE.findall(text) if _HAS_WORD.search(part)]


def ends_sentence(word: str) -> bool:
    """Is this word of a transcript the last of its sentence?"""
    return word.endswith(ENDS)
