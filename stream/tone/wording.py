"""What the words of a moment say beside its voice: topics, a whole phrase to quote, and what was said twice.

Nothing is quoted that the recogniser was unsure of, and never the half of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from tonewatch.stream.messages import FactsTable, Quote, SpokenOf
from tonewatch.stream.tone.evidence.sure_words import LEAST_CONFIDENCE
from tonewatch.stream.tone.evidence.word_evidence import NATS, spoken_of

Relation = Literal["explain", "contradict", "mixed", "silent", "unknown"]
"""Of words to voice: they give the reason, they say the opposite, or both; they say nothing of it; none understood."""

LONGEST_PHRASE = 8
SHORTEST_PHRASE = 2
REPEATED_WORDS = 4
"""In words. So many, said twice, are a repetition."""

_SENTENCE = re.compile(r"[^.!?]+[.!?]+(?=\s|$)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OPENING = re.compile(r"^(?:(?:and|but|so|now|well|oh|then|no|yes|finally)\b,? )+", re.IGNORECASE)
"""What leads over from the phrase before, and says nothing in a quotation."""

_DANGLING = frozenset(["a", "an", "and", "as", "but", "from", "if", "my", "of", "or", "our", "the", "with", "your"])
"""A phrase that ends so was cut off, whatever the recogniser put behind it."""


def understood(facts: FactsTable) -> tuple[Quote, ...]:
    """The quotes that the recogniser was sure enough of."""
    return tuple(quote for quote in facts.quotes if quote.confidence >= LEAST_CONFIDENCE and quote.text.strip())


def topics(facts: FactsTable) -> tuple[SpokenOf, ...]:
    """What the words speak of, the weightiest first: those that counted as evidence, and those that came later."""
    said = [one.of for one in facts.words]
    said += [topic for quote in understood(facts) for topic in spoken_of(quote.text, "")]
    return tuple(sorted(dict.fromkeys(said), key=lambda topic: -abs(NATS[topic])))


def complaints(facts: FactsTable) -> tuple[SpokenOf, ...]:
    """The topics that speak for a degraded tone."""
    return tuple(topic for topic in topics(facts) if NATS[topic] > 0)


def relates(facts: FactsTable, *, degraded: bool) -> Relation:
    """How the words stand to a voice that is degraded, or is not."""
    found = topics(facts)
    if not found:
        return "silent" if understood(facts) else "unknown"
    bad, good = complaints(facts), "relief" in found
    if bad and good:
        return "mixed"
    return "explain" if bool(bad) == degraded else "contradict"


def phrase(facts: FactsTable, wanted: Iterable[SpokenOf]) -> tuple[SpokenOf | None, str]:
    """The first of these topics of which a whole phrase speaks, and the shortest one; null and '' for none."""
    candidates = [one for quote in understood(facts) for one in phrases(quote.text)]
    for topic in wanted:
        fitting = [one for one in candidates if topic in spoken_of(one, "")]
        if fitting:
            return topic, min(fitting, key=lambda one: len(one.split()))
    return None, ""


def phrases(text: str) -> list[str]:
    """Whole sentences that are short enough to quote, or whole clauses at the end of longer ones."""
    found = []
    for match in _SENTENCE.finditer(text):
        # A trailing "..." is where the speaker, or the segment, broke off.
        if match[0].rstrip().endswith("..") or '"' in match[0]:
            continue
        sentence = match[0].strip().rstrip(".!?").strip()
        clauses = (_OPENING.sub("", part) for part in (sentence, sentence.rpartition(", ")[2]))
        found += [part for part in clauses if _is_quotable(part)][:1]
    return found


def repeated(quotes: Sequence[Quote], since_ms: int) -> str:
    """The longest run of at least four words that was said twice, the second time since then; '' for none."""
    sure = [quote for quote in quotes if quote.confidence >= LEAST_CONFIDENCE]
    said = [_WORD.findall(quote.text) for quote in sure]
    for length in range(LONGEST_PHRASE, REPEATED_WORDS - 1, -1):
        first: dict[tuple[str, ...], tuple[int, int]] = {}
        for number, words in enumerate(said):
            for at in range(len(words) - length + 1):
                run = tuple(word.lower() for word in words[at : at + length])
                where = first.setdefault(run, (number, at))
                is_another = where[0] != number or at - where[1] >= length
                if is_another and sure[number].start_ms >= since_ms:
                    return " ".join(words[at : at + length])
    return ""


def _is_quotable(part: str) -> bool:
    words = part.split()
    return SHORTEST_PHRASE <= len(words) <= LONGEST_PHRASE and words[-1].lower() not in _DANGLING
