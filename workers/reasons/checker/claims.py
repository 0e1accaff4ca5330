"""Parser of a sentence into claims: marks are found, then each direction is joined to its measurement.

"pitch and loudness rose", "higher pitch and loudness", "no change in pitch" and "4.2 semitones higher" all name a
measurement in one place and a direction in another; `read` joins them clause by clause. Words that it cannot
assign become a statement of kind `other`, which no measurement supports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tonewatch.workers.reasons.checker.argued import KINDS
from tonewatch.workers.reasons.checker.english import ENGLISH_CHECKED
from tonewatch.workers.reasons.checker.language import CheckedLanguage
from tonewatch.workers.reasons.checker.lexicon import BY_TEXT, Pattern
from tonewatch.workers.reasons.checker.quantities import Quantity, Time, find_quantities, find_times

UNIT_FACTS: dict[str, tuple[str, ...]] = {
    "dB": ("level", "effort"),
    "st": ("pitch", "pitch_range"),
    "Hz": ("pitch",),
    "syl/s": ("rate",),
    "per_s": ("stress", "rate"),
    "%": ("angry", "happy", "sad", "neutral", "pauses", "rate", "pitch", "stress", "agent_talk_share"),
    "times": ("rate", "pauses", "stress", "level"),
    "": (
        "tone",
        "angry",
        "happy",
        "sad",
        "neutral",
        "pitch",
        "pitch_range",
        "level",
        "effort",
        "rate",
        "pauses",
        "stress",
    ),
}

_QUOTE = re.compile(r"\"([^\"]*)\"|(?<!\w)'([^']{2,}(?:'\w[^']*)*)'(?!\w)")
_LIST_REACH = 3
"""A direction may be shared by this many clauses: "loudness, pitch, pauses and melody unchanged"."""

_PAIR_LOOKS_BACK = 40
_BESIDE = 3
"""Characters. A quantity this near to a measurement is about that one, whatever its unit: "7 dB higher in pitch"."""

_NEGATION_REACH = 28
"""Characters between a negation and what it negates: about four words."""


@dataclass(frozen=True)
class Statement:
    """One claim, as read. `sign` 0 asserts "unchanged" (or, for an emotion, that it is there)."""

    kind: str
    text: str
    start: int
    end: int
    names: tuple[str, ...] = ()
    sign: int = 0
    negated: bool = False
    strength: float = 1.0
    quantity: Quantity | None = None
    time: Time | None = None
    words: str = ""
    compared: bool = False


@dataclass(frozen=True)
class _Mark:
    pattern: Pattern
    start: int
    end: int
    clause: int = 0
    word: str = ""


@dataclass(frozen=True)
class _Sentence:
    """`text` as normalised; `blank`: the same without quotations, times and numbers."""

    text: str
    blank: str
    marks: list[_Mark]
    language: CheckedLanguage


def read(sentence: str, language: CheckedLanguage = ENGLISH_CHECKED) -> list[Statement]:
    """The claims of a sentence, in their order. Never empty for a sentence with words that are not mere filler."""
    text = language.normalise(sentence)
    quotes = [
        Statement("quote", m.group(0), m.start(), m.end(), words=m.group(1) or m.group(2) or "")
        for m in _QUOTE.finditer(text)
    ]
    # Each reader blanks what it has read, so that no word is claimed twice: quotations, then times, then numbers.
    blank = _blank(text, [(q.start, q.end) for q in quotes])
    times = find_times(blank, language.numerals)
    blank = _blank(blank, [(t.start, t.end) for t in times])
    quantities = find_quantities(blank, language.numerals)
    unnumbered = _blank(blank, [(f.start, f.end) for f in quantities])
    marks = _marks(unnumbered, language)
    statements = quotes + _from_marks(_Sentence(text, unnumbered, marks, language))
    statements += [Statement("time", text[t.start : t.end].strip(), t.start, t.end, time=t) for t in times]
    # Amounts last: each looks for the statement or noun that it is about.
    statements += _amounts(text, quantities, statements, marks)
    statements = _with_single_words(_with_unit_directions(statements), language)
    statements = _with_lengths_of_talk_over(statements)
    # Words that no reader has blanked by now are filler or claims of kind `other`.
    rest = _blank(unnumbered, [(m.start, m.end) for m in marks])
    return sorted(statements + _others(text, rest, language.fillers), key=lambda s: s.start)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """Spans become spaces (offsets stay), keeping a comma or a bracket out of the words that follow."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _marks(text: str, language: CheckedLanguage) -> list[_Mark]:
    # Clauses are numbered by the borders before them; a mark and its direction are looked for within one.
    borders = [m.start() for m in language.clause.finditer(text)]
    found: list[_Mark] = []
    for pattern in language.marks:
        for match in pattern.regex.finditer(text):
            # Their order is the order of precedence: what overlaps an earlier mark is part of that mark.
            if all(match.end() <= m.start or match.start() >= m.end for m in found):
                clause = sum(border < match.start() for border in borders)
                found.append(_Mark(pattern, match.start(), match.end(), clause, match.group(0)))
    return sorted(found, key=lambda m: m.start)


def _from_marks(of: _Sentence) -> list[Statement]:
    text = of.text
    used: set[int] = set()
    statements: list[Statement] = []
    for mark in of.marks:
        kind = mark.pattern.kind
        if kind in ("direction", "emotion", "tone", "talk_over", "fit", "words"):
            statements.append(_complete(of, mark, used))
        elif kind in KINDS or kind in BY_TEXT:
            found = text[mark.start : mark.end]
            statements.append(Statement(kind, found, mark.start, mark.end, mark.pattern.names, mark.pattern.sign))
        elif kind == "reference":
            statements.append(Statement("comparison", text[mark.start : mark.end], mark.start, mark.end))
    statements += _changes(of, used)
    return statements


def _complete(of: _Sentence, mark: _Mark, used: set[int]) -> Statement:
    """A word that carries its measurement; "more" and "less" right before it belong to it."""
    text, marks = of.text, of.marks
    pattern, start, sign = mark.pattern, mark.start, mark.pattern.sign
    before = _just_before(text, mark, marks)
    # First what follows the word, then what stands before it: "as loud as usual" is not "loud".
    as_usual = _as_usual(of, mark)
    if as_usual is not None:
        used.add(as_usual.start)
        return _as_much_as_usual(of, mark, as_usual)
    following = _change_after(of, mark, used)
    if following is not None:
        used.add(following.start)
        return _change(of, following, mark)
    compared = pattern.kind == "emotion" and sign != 0
    if before is not None and before.pattern.kind == "change" and before.pattern.sign in (1, -1):
        used.add(before.start)
        start = before.start
        # "more angry" compares; "less loud" turns the direction round; "more loud" leaves it.
        if pattern.kind == "emotion":
            sign, compared = before.pattern.sign, True
        elif before.pattern.sign < 0:
            sign = -sign
    return Statement(
        pattern.kind,
        text[start : mark.end],
        start,
        mark.end,
        pattern.names,
        sign,
        _negated(of, mark, start),
        max(pattern.strength, _strength(mark, marks)) if pattern.strength > 1 else _strength(mark, marks),
        compared=compared,
    )


def _change_after(of: _Sentence, mark: _Mark, used: set[int]) -> _Mark | None:
    """The "rose" of "anger rose", the "unchanged" of "sadness is unchanged"."""
    if mark.pattern.kind != "emotion" or not of.language.emotion_noun.fullmatch(mark.word):
        return None
    after = [m for m in of.marks if m.start >= mark.end and m.clause == mark.clause and m.pattern.kind != "reference"]
    first = next((m for m in after if m.pattern.kind not in ("negation", "strength")), None)
    return first if first is not None and first.pattern.kind == "change" and first.start not in used else None


def _as_usual(of: _Sentence, mark: _Mark) -> _Mark | None:
    """The "as usual" of "as loud as usual"."""
    if mark.pattern.kind != "direction" or not of.language.equal.search(of.text[: mark.start]):
        return None
    after = [m for m in of.marks if m.start > mark.start and m.pattern.kind == "change" and m.pattern.sign == 0]
    return after[0] if after and after[0].start - mark.end <= 2 else None


def _as_much_as_usual(of: _Sentence, mark: _Mark, as_usual: _Mark) -> Statement:
    """ "as loud as usual" is no change; "twice as fast as usual" and "half as fast as usual" are."""
    factor = of.language.factor.search(of.text[: mark.start])
    sign = 0 if factor is None else -mark.pattern.sign if factor[1] == of.language.halves else mark.pattern.sign
    span = of.text[mark.start : as_usual.end]
    return Statement(
        "direction",
        span,
        mark.start,
        as_usual.end,
        mark.pattern.names,
        sign,
        _negated(of, mark, mark.start),
    )


def _just_before(text: str, mark: _Mark, marks: list[_Mark]) -> _Mark | None:
    """The mark that ends where this one begins, with nothing but a space or "and" between."""
    near = [m for m in marks if m.end <= mark.start and not text[m.end : mark.start].strip()]
    return near[-1] if near else None


def _changes(of: _Sentence, used: set[int]) -> list[Statement]:
    """Directions that stand apart from their measurement."""
    marks = of.marks
    # Three passes, nearest first: a noun in the same clause, one shared with a neighbouring clause, none at all.
    directions = [m for m in marks if m.pattern.kind == "change" and m.start not in used]
    nouns = [m for m in marks if m.pattern.kind == "noun"]
    with_direction = {m.clause for m in marks if m.pattern.kind in ("direction", "emotion", "tone")}
    pairs: list[tuple[_Mark, _Mark]] = []
    for direction in directions:
        mine = [n for n in nouns if n.clause == direction.clause] or _carried(of, direction, nouns)
        if mine:
            pairs.append((direction, min(mine, key=lambda n: abs(n.start - direction.start))))
    paired = {noun.start for _, noun in pairs}
    for noun in nouns:
        neighbour = _neighbour(of, noun, directions, with_direction)
        if noun.start not in paired and neighbour is not None:
            pairs.append((neighbour, noun))
    assigned = {direction.start for direction, _ in pairs}
    bare = [_change(of, direction, None) for direction in directions if direction.start not in assigned]
    return bare + [_change(of, direction, noun) for direction, noun in pairs]


def _carried(of: _Sentence, direction: _Mark, nouns: list[_Mark]) -> list[_Mark]:
    """The nouns of the clause before ("pitch rose and fell"), for a direction with none of its own."""
    if of.language.single_first and direction.word in of.language.single:
        return []
    return [n for n in nouns if n.clause == direction.clause - 1]


def _neighbour(of: _Sentence, noun: _Mark, directions: list[_Mark], with_direction: set[int]) -> _Mark | None:
    """The direction that a noun in a clause without one shares with its neighbour.

    `with_direction`: clauses that have one.

    "higher pitch and loudness" looks backwards, "pitch and loudness rose" forwards.
    """
    before = [d for d in directions if noun.clause - _LIST_REACH <= d.clause < noun.clause]
    after = [d for d in directions if noun.clause < d.clause <= noun.clause + _LIST_REACH]
    # A clause with a direction of its own shares no other.
    if any(d.clause == noun.clause for d in directions) or noun.clause in with_direction:
        return None
    if after and of.language.joins.fullmatch(of.blank[noun.end : after[0].start]):
        return after[0]
    return before[-1] if before else None


def _change(of: _Sentence, direction: _Mark, noun: _Mark | None) -> Statement:
    start = min(direction.start, noun.start) if noun else direction.start
    end = max(direction.end, noun.end) if noun else direction.end
    names = noun.pattern.names if noun else ()
    kind = "tone" if names == ("tone",) else "direction"
    return Statement(
        kind,
        of.text[start:end],
        start,
        end,
        names,
        direction.pattern.sign,
        # Two denials cancel each other: hence "differs from", not "or".
        _negated(of, direction, start) != _excepted(noun, direction, of.marks),
        _strength(direction, of.marks),
    )


def _excepted(noun: _Mark | None, direction: _Mark, marks: list[_Mark]) -> bool:
    """ "The pitch, not the loudness, rose", "it rose, but the loudness did not": a clause of its own denies it."""
    if noun is None or noun.clause == direction.clause:
        return False
    return any(m.pattern.kind == "negation" and m.clause == noun.clause for m in marks)


def _negated(of: _Sentence, mark: _Mark, start: int) -> bool:
    """An odd number of negations before it, or between it and its noun, within reach and in its own clause.

    "neither ... nor" and "not ... or" are one negation for each of their parts.
    """
    text, language = of.text, of.language
    before = [m for m in of.marks if m.pattern.kind == "negation" and m.end <= mark.start]
    # "the pitch did not rise": a negation between noun and direction is nearer than one before both.
    if mark.start > start:
        before = [m for m in before if m.start > start] or before
    near = [
        text[m.start : m.end]
        for m in before
        if start - m.end <= _NEGATION_REACH and not language.negation_border.search(text[m.end : mark.start])
    ]
    # "not ... nor" is one denial; any other two ("not unchanged, not at all") cancel each other.
    denied = bool(near) if language.joint & set(near) else len(near) % 2 == 1
    behind = language.denies_after is not None and language.denies_after.match(text[mark.end :]) is not None
    return denied != behind


def _strength(mark: _Mark, marks: list[_Mark]) -> float:
    near = [m for m in marks if m.pattern.kind == "strength" and m.clause == mark.clause]
    return near[0].pattern.strength if near else 1.0


def _amounts(text: str, quantities: list[Quantity], statements: list[Statement], marks: list[_Mark]) -> list[Statement]:
    """Each quantity belongs to the nearest statement or noun whose measurement has that unit."""
    found = []
    for quantity in quantities:
        names = _quantity_names(quantity, statements, marks)
        span = text[quantity.start : quantity.end].strip()
        found.append(Statement("amount", span, quantity.start, quantity.end, names, quantity=quantity))
    return found


def _quantity_names(quantity: Quantity, statements: list[Statement], marks: list[_Mark]) -> tuple[str, ...]:
    fits = UNIT_FACTS[quantity.unit]
    spans = [(s.start, s.end, s.names) for s in statements if s.kind in ("direction", "emotion", "tone", "talk_over")]
    spans += [(m.start, m.end, m.pattern.names) for m in marks if m.pattern.kind == "noun"]
    near = [(_gap(quantity, start, end), names) for start, end, names in spans if set(names) & set(fits)]
    if near:
        return min(near, key=lambda item: item[0])[1]
    # Right beside a measurement of another unit: the sentence is wrong, and no other fact may rescue it.
    if any(names and min(_gap(quantity, start, end)[0], 99) <= _BESIDE for start, end, names in spans):
        return ()
    # A unit that only one measurement has stands for it; a bare number or a percentage stands for nothing.
    return fits[:1] if quantity.unit in ("dB", "st", "syl/s", "Hz") else ()


def _gap(quantity: Quantity, start: int, end: int) -> tuple[int, int]:
    """Distance in characters, and 1 behind the quantity: before it wins a tie, and more where it is compared."""
    after = start > quantity.start
    handicap = _PAIR_LOOKS_BACK if after and quantity.second is not None else 0
    return (max(start - quantity.end, quantity.start - end, 0) + handicap, int(after))


def _others(text: str, rest: str, fillers: frozenset[str]) -> list[Statement]:
    """Words that are neither claims nor filler: whatever they say, no measurement supports it."""
    return [
        Statement("other", text[m.start() : m.end()], m.start(), m.end())
        for m in re.finditer(r"[^\W_][\w'-]*|[^\w\s.,;:()!?/'\"-]+", rest)
        if m.group(0).strip("'-") and m.group(0).removesuffix("'s") not in fillers
    ]


def _with_single_words(statements: list[Statement], language: CheckedLanguage) -> list[Statement]:
    def assigned(statement: Statement) -> Statement:
        meant = language.single.get(statement.text.strip())
        if statement.kind != "direction" or statement.names or meant is None:
            return statement
        return replace(statement, names=meant[0], sign=meant[1])

    return [assigned(statement) for statement in statements]


def _with_lengths_of_talk_over(statements: list[Statement]) -> list[Statement]:
    """ "talks over the agent for two seconds": the length is that of talking over, not of the window."""
    over = [s for s in statements if s.kind == "talk_over"]

    def assigned(statement: Statement) -> Statement:
        if statement.time is None or not statement.time.lasting or not over:
            return statement
        return replace(statement, names=("talk_over",))

    return [assigned(statement) for statement in statements]


def _with_unit_directions(statements: list[Statement]) -> list[Statement]:
    """A bare direction beside a quantity is about the quantity's measurement: "4.2 semitones higher"."""
    amounts = [s for s in statements if s.kind == "amount" and s.names]

    def assigned(statement: Statement) -> Statement:
        if statement.kind != "direction" or statement.names or not amounts:
            return statement
        # By the gap between them, whichever comes first: "4.2 semitones higher", "higher by 4.2 semitones".
        nearest = min(amounts, key=lambda a: max(a.start - statement.end, statement.start - a.end))
        return replace(statement, names=nearest.names)

    return [assigned(statement) for statement in statements]
