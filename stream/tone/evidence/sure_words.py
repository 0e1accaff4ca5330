"""What of a transcript is sure enough to be evidence, and what to be quoted: whole sentences, never single words.

A recogniser writes something over music, laughter and a language that it does not know. What it writes there is seldom
sure of its words, or sure of the wrong language; both are told by the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tonewatch.stream.messages import SpokenWord, Words
from tonewatch.stream.tone.evidence.sentences import ends_sentence

LEAST_CONFIDENCE: Final = 0.5
"""Of a transcript; words that are less sure are no evidence and no quote."""

LEAST_WORD: Final = 0.5
"""Of every word of a sentence that is quoted."""

LEAST_MEAN: Final = 0.6
LEAST_ANY: Final = 0.15
"""Of the words of a sentence that is evidence: on average, and of each. Over another language and over sounds tiny.en
writes sentences of which one word at least is under the second (models/words/README.md)."""

LEAST_LANGUAGE: Final = 0.6
"""Probability of the language that was identified."""


def language_of(message: Words, call_language: str) -> str | None:
    """The language of the words (ISO 639-1); null where it is not sure, or not that which the call was said to be in.

    `call_language`: a tag as in `pl-PL`; '' where nobody said.
    """
    said = primary(call_language)
    if not message.language:
        return said or "en"
    if message.language_confidence is not None and message.language_confidence < LEAST_LANGUAGE:
        return None
    heard = primary(message.language)
    return None if said and heard != said else heard


def primary(tag: str) -> str:
    """The language of a tag, without its country.

    >>> primary("pl_PL")
    'pl'
    """
    return tag.lower().replace("_", "-").partition("-")[0]


def evidence_sentences(message: Words) -> tuple[str, ...]:
    """Sentences whose words are sure on average. A recogniser that tells nothing of its words is taken at its whole."""
    if message.confidence < LEAST_CONFIDENCE:
        return ()
    if not message.words:
        return (message.text,) if message.text else ()
    return tuple(_text(one) for one in _sentences(message.words) if _is_evidence(one))


def quotable(message: Words) -> str:
    """The sentences of which every word is sure; '' where there is none."""
    if message.confidence < LEAST_CONFIDENCE:
        return ""
    if not message.words:
        return message.text
    return " ".join(_text(one) for one in _sentences(message.words) if min(w.confidence for w in one) >= LEAST_WORD)


def _sentences(words: Sequence[SpokenWord]) -> list[list[SpokenWord]]:
    found: list[list[SpokenWord]] = [[]]
    for word in words:
        found[-1].append(word)
        if ends_sentence(word.text):
            found.append([])
    return [one for one in found if one]


def _is_evidence(words: Sequence[SpokenWord]) -> bool:
    return _mean(words) >= LEAST_MEAN and min(word.confidence for word in words) >= LEAST_ANY


def _text(words: Sequence[SpokenWord]) -> str:
    return " ".join(word.text for word in words)


def _mean(words: Sequence[SpokenWord]) -> float:
    return sum(word.confidence for word in words) / len(words)
