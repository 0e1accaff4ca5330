"""Valence of the caller's words by a short English word list; used for "words and voice agree" and nothing else."""

from __future__ import annotations

import re

_NEGATIVE_WORDS = """
wrong never lose losing terrible unacceptable awful worst bad broken late waiting waited complaint complain cancel
refund ridiculous angry upset frustrated disappointed problem overcharged charged mistake
error lost missing fault useless
hopeless sick tired fed enough nobody ignored lied lie unfair worried afraid sorry sad cry hurt alone pain died stop
"""
_POSITIVE_WORDS = """
thanks thank great good perfect wonderful lovely happy glad pleased excellent brilliant fantastic helpful kind
nice amazing appreciate love fine solved
"""
_NEGATIVE = frozenset(_NEGATIVE_WORDS.split())
_POSITIVE = frozenset(_POSITIVE_WORDS.split())
_NEGATIONS = frozenset({"not", "no", "never", "don't", "doesn't", "isn't", "wasn't", "hardly"})


def valence(text: str) -> int:
    """Positive words less negative ones; a negation right before (or one word before) turns a word round.

    >>> valence("thank you, that is wonderful"), valence("this is not good")
    (2, -1)
    """
    # The same list decides what the small explainer reads as v+ and v-, so it changes only with a new training.
    words = re.findall(r"[a-z']+", text.lower())
    total = 0
    for i, word in enumerate(words):
        sign = (word in _POSITIVE) - (word in _NEGATIVE)
        total += -sign if sign and _NEGATIONS & set(words[max(0, i - 2) : i]) else sign
    return total
