"""A facts table as the symbols that the small explainer reads, and its symbols as text.

The explainer has a vocabulary of its own: measurements come in as a name and a size ("level", "+2!"), each quotation as
where its words point ("{q1}", "v-"), and what it writes are words and pointers. A pointer ("{level.by}", "{q1}") stands
for a number or a quotation of the table and is filled in here, so a number is copied, never composed; which measurement
is spoken of, in which direction, beside which word and unit is the model's own choice, right or wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tonewatch.stream.messages import EMOTIONS, Fact, FactsTable
from tonewatch.stream.tone.cues import LEAST_CONFIDENCE
from tonewatch.stream.tone.verdict import STEADY_TONE
from tonewatch.workers.reasons.checker.valence import valence
from tonewatch.workers.reasons.checker.verdicts import TALK_OVER_MS, share_of
from tonewatch.workers.reasons.prompt import quotes

VOICE, WORDS, FIT, CHANGE, ANSWER, END = "<voice>", "<words>", "<fit>", "<change>", "<answer>", "<end>"
SECTIONS = (VOICE, WORDS, FIT, CHANGE)
PAD, FACTS = "<pad>", "<facts>"
LABELS = tuple(f"<{name}>" for name in EMOTIONS)
DEGRADED = ("<yes>", "<no>", "<unsure>")
CONFIDENCES = tuple(f"<0.{tenth}>" for tenth in range(4, 10))

# The order is the order in training: a table must come in as the same symbols in the same order.
PROSODY = ("level", "pitch", "pitch_range", "effort", "rate", "pauses", "stress")
EMOTION_FACTS = ("angry", "happy", "sad")
"""Facts that are a probability of the encoder."""
_SIZES = tuple(f"{sign}{size}{mark}" for sign in "+-" for size in "0h12" for mark in ("", "!"))
_PRESENT = ("p0", "p1", "p2", "p2m", "p3", "p4")
_TONES = tuple(f"t{step}" for step in range(-5, 6))
_MOVES = ("fell2", "fell1", "steady", "rose1", "rose2")
QUOTES_READ = ("{q1}", "{q2}", "{q3}")
POINTERS = (
    *(f"{{{name}.by}}" for name in ("level", "pitch", "pitch_range", "effort", "rate", "tone")),
    *(f"{{{name}.{which}}}" for name in ("rate", "pauses", "stress", *EMOTIONS, "tone") for which in ("now", "usual")),
    "{at}",
    "{window}",
    "{over}",
)

FIXED = (
    PAD,
    FACTS,
    *SECTIONS,
    ANSWER,
    END,
    *LABELS,
    *DEGRADED,
    *CONFIDENCES,
    *PROSODY,
    *EMOTIONS,
    "tone",
    "?",
    *_SIZES,
    *_PRESENT,
    *_TONES,
    *_MOVES,
    "apart",
    "overlap",
    "first",
    "again",
    "v+",
    "v-",
    "v0",
    "w+",
    "w-",
    "w0",
    "silent",
    *QUOTES_READ,
    *POINTERS,
)
"""Every symbol but the words."""

_SPLIT = re.compile(r"\{[\w.]+\}|<[\w.]+>|[^\W_]+(?:['-][^\W_]+)*|[.,;:%()\"]")
_HEADINGS = {VOICE: "<think>\nVoice: ", WORDS: "\nWords: ", FIT: "\nFit: ", CHANGE: "\nChange: "}


def split(text: str) -> list[str]:
    """A sentence with pointers to its symbols, all lower case.

    >>> split("Louder by {level.by} dB.")
    ['louder', 'by', '{level.by}', 'db', '.']
    """
    return _SPLIT.findall(text.lower())


def read(facts: FactsTable) -> list[str]:
    """The explainer's input of a table: no identifier, no clock, nothing of the agent but whether both speak."""
    # Confidence, z and salience enter as classes, not numbers: the small vocabulary is what keeps the model small.
    found = [FACTS]
    known = {fact.name: fact for fact in facts.facts}
    for name in PROSODY:
        if name in known:
            found += [name, _size(known[name])]
    for name in EMOTIONS:
        share = share_of(facts, name)
        if share is not None:
            found += [name, *([_size(known[name])] if name in known else []), _present(name, share, facts)]
    found += ["tone", f"t{max(-5, min(5, round(5 * facts.tone)))}", _move(facts)]
    found += ["overlap" if facts.talk_over_ms >= TALK_OVER_MS else "apart"]
    found += ["again" if facts.last_rationale else "first"]
    for pointer, quote in zip(QUOTES_READ, quotes(facts), strict=False):
        found += [pointer, _points(valence(quote))]
    # Over all quotations, the ones that are too old to be quoted included.
    total = _points(sum(valence(quote.text) for quote in facts.quotes))
    return [*found, total.replace("v", "w") if facts.quotes else "silent"]


def encode(symbols: Sequence[str], indices: dict[str, int]) -> list[int]:
    """Symbols to their indices in the vocabulary."""
    return [indices[symbol] for symbol in symbols]


def _size(fact: Fact) -> str:
    # An untrusted fact keeps its name, so that the input says that it was measured, and loses its size.
    if fact.confidence < LEAST_CONFIDENCE:
        return "?"
    size = next(mark for bound, mark in ((2.0, "2"), (1.0, "1"), (0.5, "h"), (0.0, "0")) if abs(fact.z) >= bound)
    return f"{'+' if fact.delta > 0 else '-'}{size}{'!' if fact.salient else ''}"


def _present(name: str, share: float, facts: FactsTable) -> str:
    """The steps at which the claim checker lets an emotion be said to be there."""
    likeliest = all(share >= (share_of(facts, other) or 0.0) for other in EMOTIONS)
    steps = ((0.7, "p4"), (0.5 + 1e-9, "p3"), (0.4, "p2m" if likeliest else "p2"), (0.2, "p1"))
    return next((mark for bound, mark in steps if share >= bound), "p0")


def _move(facts: FactsTable) -> str:
    change = facts.tone - facts.tone_before
    if abs(change) < STEADY_TONE:
        return "steady"
    return f"{'fell' if change < 0 else 'rose'}{2 if abs(change) >= 0.3 else 1}"


def _points(words: int) -> str:
    return "v+" if words > 0 else "v-" if words < 0 else "v0"


def pointers_of(facts: FactsTable) -> dict[str, str]:
    """The pointers that this table can fill, each with its text."""
    filled = {"{at}": _clock(facts.at_ms), "{window}": f"{(facts.window_end_ms - facts.window_start_ms) / 1000:.0f}"}
    filled |= {"{tone.now}": f"{facts.tone + 0.0:.2f}", "{tone.usual}": f"{facts.tone_before + 0.0:.2f}"}
    filled["{tone.by}"] = f"{abs(facts.tone - facts.tone_before):.2f}"
    if facts.talk_over_ms >= TALK_OVER_MS:
        filled["{over}"] = f"{facts.talk_over_ms / 1000:.1f}".removesuffix(".0")
    for fact in facts.facts:
        if fact.confidence >= LEAST_CONFIDENCE:
            filled |= _figures(fact)
    for name in EMOTIONS:
        for which, share in (("now", share_of(facts, name)), ("usual", share_of(facts, name, baseline=True))):
            if share is not None:
                filled[f"{{{name}.{which}}}"] = f"{100 * share:.0f}"
    filled |= dict(zip(QUOTES_READ, quotes(facts), strict=False))
    return {pointer: text for pointer, text in filled.items() if pointer in POINTERS or pointer in QUOTES_READ}


def _figures(fact: Fact) -> dict[str, str]:
    scale, digits = (100.0, 0) if fact.unit == "share" else (1.0, 1)
    size = abs(fact.delta) * scale
    # Rounded as in the sentence from the facts: whole decibels from 3 on, tenths otherwise.
    by = f"{size:.{0 if fact.unit == 'dB' and size >= 3 else digits}f}"
    return {
        f"{{{fact.name}.by}}": by.removesuffix(".0"),
        f"{{{fact.name}.now}}": f"{fact.value * scale:.{digits}f}",
        f"{{{fact.name}.usual}}": f"{fact.baseline * scale:.{digits}f}",
    }


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02d}"


def write(symbols: Sequence[str], pointers: dict[str, str]) -> str:
    """The explainer's symbols as `<think>...</think><answer>...</answer>`, pointers filled in.

    A pointer that the table cannot fill is written as it stands, so that the checker will refuse its sentence.
    """
    # A reason that was stopped in the middle has no answer, and the parser will refuse it.
    if ANSWER not in symbols:
        return _prose(symbols, pointers)
    cut = symbols.index(ANSWER)
    answer = [symbol.strip("<>") for symbol in symbols[cut + 1 : cut + 4]]
    if len(answer) < 3:
        return _prose(symbols[:cut], pointers)
    label, degraded, confidence = answer
    return (
        f"{_prose(symbols[:cut], pointers)}\n</think>\n"
        f"<answer>{label}; degraded {degraded}; confidence {confidence}</answer>"
    )


def _prose(symbols: Sequence[str], pointers: dict[str, str]) -> str:
    text, begins, quoted = "", True, False
    for symbol in symbols:
        if symbol in _HEADINGS:
            text, begins, quoted = text.rstrip() + _HEADINGS[symbol], True, False
            continue
        # Pointers are filled in here; symbols are lower case, and capitals are set at the beginning of a sentence.
        word = pointers.get(symbol, "dB" if symbol == "db" else symbol)
        if symbol == '"':
            text = text.rstrip() + '" ' if quoted else f'{text}"'
            begins, quoted = begins and not quoted, not quoted
            continue
        if symbol in ".,;:%)":
            space = " " if symbol == "%" else ""
            text = text.rstrip() + f"{space}{symbol} "
            begins = symbol == "."
            continue
        shown = word[:1].upper() + word[1:] if begins and not quoted and word != "none" else word
        text += shown if symbol == "(" or (quoted and symbol in pointers) else f"{shown} "
        begins = False
    return text.rstrip()
