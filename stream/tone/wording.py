"""What the words of a moment say beside its voice: topics, how they stand to it, a whole phrase, what was said twice.

Nothing is quoted that the recogniser was unsure of, and never the half of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Literal

from tonewatch.stream.messages import FactsTable, Quote, SpokenOf
from tonewatch.stream.tone.evidence.sentences import ENDS, sentences
from tonewatch.stream.tone.evidence.sure_words import LEAST_CONFIDENCE
from tonewatch.stream.tone.evidence.word_evidence import NATS, spoken_of
from tonewatch.stream.tone.reading.reading import Reading
from tonewatch.stream.tone.reading.registry import reading_of

Relation = Literal["explain", "contradict", "ironic", "mixed", "ordinary", "open", "unknown"]
"""Of words to voice: they give the reason; they say the opposite; praise of something that went wrong; both, apart from
each other; they only ask or inform; they cannot be told to do any of this; none were understood."""

LONGEST_PHRASE = 14
SHORTEST_PHRASE = 2
TELLING_WORDS = 6
"""In words: a phrase of about so many tells the most for its room."""

QUESTION_COSTS = 4
"""In words: a statement tells more than a question."""

TOPIC_WORTH = 6
"""In words, for each nat: a phrase that speaks of what counts as evidence tells more than one that is only bad."""

TROUBLE_WORTH = 2
PERSONAL_WORTH = 4
"""In words: for each sign of a trouble, and where it is about the caller or who is spoken to."""

REPEATED_WORDS = 4
LONGEST_REPETITION = 8
"""So many words, said twice, are a repetition; more of them are no better one."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def understood(facts: FactsTable) -> tuple[Quote, ...]:
    """The quotes that the recogniser was sure enough of."""
    return tuple(quote for quote in facts.quotes if quote.confidence >= LEAST_CONFIDENCE and quote.text.strip())


def topics(facts: FactsTable) -> tuple[SpokenOf, ...]:
    """What the words speak of, the weightiest first: those that counted as evidence, and those that came later."""
    said = [one.of for one in facts.words]
    said += [topic for quote in understood(facts) for topic in spoken_of(quote.text, facts.language)]
    return tuple(sorted(dict.fromkeys(said), key=lambda topic: -abs(NATS[topic])))


def complaints(facts: FactsTable) -> tuple[SpokenOf, ...]:
    """The topics that speak for a degraded tone."""
    return tuple(topic for topic in topics(facts) if NATS[topic] > 0)


def names_a_problem(facts: FactsTable) -> bool:
    """The words name something that went wrong or weighs on the caller, without a topic that is evidence."""
    return not complaints(facts) and any(_is_bad(quote.text, facts) for quote in understood(facts))


def tells_of_a_repetition(facts: FactsTable) -> bool:
    """It is said that this is not the first time, and not only that nobody helps."""
    reading = reading_of(facts.language)
    return reading is not None and any(reading.tells_of_a_repetition(quote.text) for quote in understood(facts))


def is_warm(facts: FactsTable) -> bool:
    """Thanks, praise or joy are said."""
    return "relief" in topics(facts) or any(_is_warm(quote.text, facts) for quote in understood(facts))


def means_warmth(facts: FactsTable) -> bool:
    """Warm words that are not praise as nobody means it ("great, another bill", "thanks for nothing")."""
    reading, said = reading_of(facts.language), understood(facts)
    wry = {quote.segment_id for quote in said if reading is not None and reading.is_wry(quote.text)}
    warm = [one for quote in said for one in sentences(quote.text) if _is_warm(one, facts)]
    meant = any(reading is None or not reading.is_wry(one) for one in warm)
    return meant or any(one.of == "relief" and one.segment_id not in wry for one in facts.words)


def relates(facts: FactsTable, *, degraded: bool) -> Relation:
    """How the words stand to a voice that is degraded, or is not."""
    said = understood(facts)
    if not said and not facts.words:
        return "unknown"
    good = is_warm(facts)
    # Who is glad that a trouble is over names it too, before he says so.
    bad = bool(complaints(facts)) or (names_a_problem(facts) and (degraded or not good or _ends_badly(said, facts)))
    if bad and good:
        return "ironic" if degraded and any(_is_ironic(one.text, facts) for one in said) else "mixed"
    if bad or good:
        if degraded and good and any(_is_ironic(one.text, facts) for one in said):
            return "ironic"
        return "explain" if bad == degraded else "contradict"
    reading = reading_of(facts.language)
    ordinary = [one for one in said if reading is not None and reading.is_ordinary(one.text)]
    return "ordinary" if ordinary and 2 * len(ordinary) > len(said) else "open"


def _is_bad(text: str, facts: FactsTable) -> bool:
    reading = reading_of(facts.language)
    of_topic = any(NATS[topic] > 0 for topic in spoken_of(text, facts.language))
    return of_topic or (reading is not None and reading.names_a_problem(text))


def _is_warm(text: str, facts: FactsTable) -> bool:
    reading = reading_of(facts.language)
    return "relief" in spoken_of(text, facts.language) or (reading is not None and reading.is_warm(text))


def _ends_badly(said: Sequence[Quote], facts: FactsTable) -> bool:
    """The trouble is named after the last warm words."""
    ordered = sorted(said, key=lambda quote: quote.start_ms)
    after = next((n for n, quote in enumerate(reversed(ordered)) if _is_warm(quote.text, facts)), 0)
    return any(_is_bad(quote.text, facts) for quote in ordered[len(ordered) - after :])


def _is_ironic(text: str, facts: FactsTable) -> bool:
    """Praise and a problem in one sentence, or praise as nobody means it."""
    reading = reading_of(facts.language)
    if reading is not None and reading.is_wry(text):
        return True
    return any(_is_bad(one, facts) and _is_warm(one, facts) for one in sentences(text))


def phrase(facts: FactsTable, wanted: Iterable[SpokenOf]) -> tuple[SpokenOf | None, str]:
    """The first of these topics of which a whole phrase speaks, and the most telling one; null and '' for none."""
    for topic in wanted:
        if found := _most_telling(facts, partial(_speaks_of, topic, facts)):
            return topic, found
    return None, ""


def _speaks_of(topic: SpokenOf, facts: FactsTable, said: str) -> bool:
    """Where a repetition is told of, the phrase is one."""
    reading = reading_of(facts.language)
    is_other = topic == "again" and reading is not None and not reading.tells_of_a_repetition(said)
    return topic in spoken_of(said, facts.language) and not (is_other and tells_of_a_repetition(facts))


def phrase_beside(facts: FactsTable, topic: SpokenOf) -> str:
    """The most telling phrase that names a trouble and does not speak of this topic; '' for none."""
    return _most_telling(
        facts,
        lambda one: _is_bad(one, facts) and topic not in spoken_of(one, facts.language) and not _is_warm(one, facts),
    )


def phrase_of(facts: FactsTable, relation: Relation, *, degraded: bool) -> str:
    """A whole phrase by which the words stand so to the voice; '' for none."""
    if relation == "ironic":
        return _most_telling(facts, lambda one: _is_ironic(one, facts))
    if relation in ("explain", "contradict", "mixed"):
        bad = relation == "mixed" or (relation == "explain") == degraded
        return _most_telling(facts, lambda one: _is_bad(one, facts) is bad and _is_warm(one, facts) is not bad)
    reading = reading_of(facts.language)
    if relation == "ordinary" and reading is not None:
        return _most_telling(facts, reading.is_ordinary)
    if relation != "open":
        return ""
    # What is neither a request nor plain information comes first: it may tell more than anybody reads here.
    other = _most_telling(facts, lambda one: reading is not None and not reading.is_ordinary(one))
    return other or _most_telling(facts, lambda _: True)


def _most_telling(facts: FactsTable, fits: Callable[[str], bool]) -> str:
    candidates = (one for quote in understood(facts) for one in phrases(quote.text, facts.language) if fits(one))
    return min(candidates, key=lambda said: _fault(said, facts), default="")


def _fault(said: str, facts: FactsTable) -> float:
    """How little a phrase tells for its room, in words."""
    reading = reading_of(facts.language)
    length = abs(len(said.split()) - TELLING_WORDS) + QUESTION_COSTS * said.endswith("?")
    worth = TOPIC_WORTH * max((abs(NATS[topic]) for topic in spoken_of(said, facts.language)), default=0.0)
    if reading is not None:
        worth += TROUBLE_WORTH * reading.troubles(said) + PERSONAL_WORTH * reading.is_personal(said)
    return length - worth


def phrases(text: str, language: str = "") -> list[str]:
    """Whole sentences that are short enough to quote, or whole clauses at the end of longer ones."""
    reading = reading_of(language)
    if reading is None:
        return []
    found: list[str] = []
    for said in sentences(text):
        # A trailing "..." is where the speaker, or the segment, broke off.
        if said.endswith("..") or '"' in said or not _is_whole(said, text):
            continue
        sentence = said.rstrip(".!").strip()
        clauses = (reading.without_opening(part) for part in (sentence, sentence.rpartition(", ")[2]))
        found += [part for part in clauses if _is_quotable(part, reading)][:1]
    return found


def _is_whole(said: str, text: str) -> bool:
    """It ends where a sentence does; a recogniser that writes neither ends nor capitals gives whole utterances."""
    bare = said.removeprefix("I ").removeprefix("I'")
    return said[-1] in ENDS or (said == text.strip() and bare[:1] == bare[:1].lower())


def repeated(quotes: Sequence[Quote], since_ms: int) -> str:
    """The longest run of at least four words that was said twice, the second time since then; '' for none."""
    sure = [quote for quote in quotes if quote.confidence >= LEAST_CONFIDENCE]
    said = [_WORD.findall(quote.text) for quote in sure]
    for length in range(LONGEST_REPETITION, REPEATED_WORDS - 1, -1):
        first: dict[tuple[str, ...], tuple[int, int]] = {}
        for number, words in enumerate(said):
            for at in range(len(words) - length + 1):
                run = tuple(word.lower() for word in words[at : at + length])
                where = first.setdefault(run, (number, at))
                is_another = where[0] != number or at - where[1] >= length
                if is_another and sure[number].start_ms >= since_ms:
                    return " ".join(words[at : at + length])
    return ""


def _is_quotable(part: str, reading: Reading) -> bool:
    words = part.split()
    return SHORTEST_PHRASE <= len(words) <= LONGEST_PHRASE and words[-1].lower() not in reading.dangling
