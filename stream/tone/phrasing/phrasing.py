"""One language of the realiser: every text that it may speak, by a key that is the same in all languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, eq=False)
class Phrasing:
    """`str.format` templates; where a key has several, one call's texts take them in turn.

    code     ISO 639-1
    texts    parts of a text by key; the claim checker reads them back by the same keys (`workers/reasons/checker`)
    voice    comparatives, by measurement and sign
    alike    adjectives, by the same, for a neighbour that would sound "as loud"
    nouns    emotions, as in "joy would sound as loud"
    does     what the caller does, behind the word for the caller
    manners  of words that have turned, as an adjective
    same     what a recovery names as back, the most telling first
    quote    a quotation in brackets; `much`, `but`, `last` ("and"): how comparatives are joined
    """

    code: str
    texts: Mapping[str, tuple[str, ...]]
    voice: Mapping[tuple[str, int], str]
    alike: Mapping[tuple[str, int], str]
    nouns: Mapping[str, str]
    does: Mapping[str, str]
    same: Mapping[str, str]
    manners: Mapping[str, str]
    quote: str
    much: str
    but: str
    last: str

    def say(self, key: str, variant: int = 0, **slots: str) -> str:
        texts = self.texts[key]
        return texts[variant % len(texts)].format(**slots)

    def listed(self, words: Iterable[str]) -> str:
        """As a list of words is said.

        >>> from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
        >>> ENGLISH_PHRASING.listed(["louder", "faster", "higher"])
        'louder, faster and higher'
        """
        found = list(words)
        return ", ".join(found[:-1]) + self.last + found[-1] if len(found) > 1 else "".join(found)


def graded(doubts: Mapping[str, tuple[str, ...]], *swaps: tuple[str, str, str]) -> dict[str, tuple[str, ...]]:
    """The texts of each doubt, and the same with other words for what they claim too much of, under longer keys.

    swaps    ending of the key, words, and what stands there in their place; a text without the words is as it was

    >>> graded({"doubt": ("most of it is calm",)}, ("rather", "most of it is", "it is rather"))
    {'doubt': ('most of it is calm',), 'doubt.rather': ('it is rather calm',)}
    """
    found = dict(doubts)
    for ending, words, others in swaps:
        found |= {f"{key}.{ending}": tuple(t.replace(words, others) for t in texts) for key, texts in found.items()}
    return found
