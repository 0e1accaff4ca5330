"""German numbers, units and times; `normalise` has turned the comma of a number into a point."""

from __future__ import annotations

import re

from tonewatch.workers.reasons.checker.quantities import Numerals

_SPELT = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn"
    " achtzehn neunzehn zwanzig"
)
_WORDS = _SPELT.split()
_ONES = ("ein", "eine", "einen", "einem", "einer")
_BEFORE_UNIT = r"(?= (?:db|dezi|halbt|silb|sekund|mal|%|hz|hertz))"
_NUMBER = (
    rf"(?:(?:\d+|{'|'.join(_WORDS)})(?:einhalb| und ein halb(?:er|es|en)?)|[+-]?\d+(?:\.\d+)?|\.\d+"
    rf"|(?<!\w)(?:anderthalb|{'|'.join(_ONES)}|{'|'.join(_WORDS)}){_BEFORE_UNIT})"
)
_UNIT = (
    r"(?:db|dezibel|halbt[oö]ne?n?s?|silben? (?:pro|je|in der) sekunde|silben/s(?:ek)?|%|prozent"
    r"|mal (?:pro|je|in der) sekunde|(?:pro|je) sekunde|/s|hz|hertz|-?mal|-?fache?)"
)
_APPROX = (
    r"(?:(?P<bound>etwa|ungefähr|rund|fast|knapp|circa|ca\.|gut|über|mehr als|mindestens|unter|weniger als"
    r"|höchstens) )?"
)
_LEAD = r"(?:(?P<lead>um|auf|bei|von) )?"
_VERSUS = (
    r"(?: \(?(?:gegenüber|gegen|statt|anstatt|verglichen mit|im vergleich zu|nach zuvor)|[,;]? \(?(?:sonst|üblich))"
    r"(?: (?:den|der|dem|die|das|sonst|üblichen|übliche|sind|ist|von))*"
)
_FROM_TO = re.compile(
    rf"(?<!\w)von (?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})? (?:auf|bis) (?P<second>{_NUMBER})"
    rf" ?(?P<unit2>{_UNIT})?(?!\w)"
)
_PAIR = re.compile(
    rf"(?<![\w.])(?:(?:bei|auf) )?{_APPROX}(?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})?(?: der zeit)?"
    rf"{_VERSUS} (?P<second>{_NUMBER}) ?(?P<unit2>{_UNIT})?(?!\w)"
)
_SINGLE = re.compile(rf"(?<![\w.]){_LEAD}{_APPROX}(?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})?(?![\w.]*\d)(?!\w)")
_FACTORS = {
    **dict.fromkeys(("doppelt", "verdoppelt", "zweimal"), 2.0),
    **dict.fromkeys(("halb", "halbiert"), 0.5),
    **dict.fromkeys(("dreimal", "verdreifacht"), 3.0),
}
_FACTOR = re.compile(rf"(?<!\w)(?P<word>{'|'.join(_FACTORS)})(?: so)?(?!\w)")
_FRACTIONS = {
    "ein drittel": 33.3,
    "zwei drittel": 66.7,
    "die hälfte": 50.0,
    "ein viertel": 25.0,
    "drei viertel": 75.0,
}
_FRACTION = re.compile(rf"(?<!\w)(?P<word>{'|'.join(_FRACTIONS)})(?= der zeit)")

_CLOCK = re.compile(
    r"(?<!\w)(?:seit|ab|um|bis|bei|gegen|nach|von)?:? ?(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?: uhr)?(?!\w)"
)
_SECONDS = rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(_WORDS)}) ?(?:s|sek\.?|sekunden?)"
_OTHER_SECONDS = _SECONDS.replace("number", "number2")
_INTO = re.compile(
    rf"(?<!\w)(?:nach|bei) (?:etwa |rund )?{_SECONDS}(?: (?:des|im) (?:anrufs?|gesprächs?))?(?!\w)"
    rf"|(?<!\w)(?:bei|ab|in) sekunde (?P<number2>\d+)(?!\w)"
)
_LASTING = re.compile(
    rf"(?<!\w)(?:für|über|während|in|innerhalb von|seit) (?:(?:die|den|der) )?(?:(?:letzten|vergangenen) )?"
    rf"{_SECONDS}(?!\w)"
    rf"|(?<!\w){_OTHER_SECONDS} lang(?!\w)"
)

_HALVES = {f"{word}{half}": number + 0.5 for number, word in enumerate(_WORDS) for half in ("einhalb", " und ein halb")}

GERMAN_NUMERALS = Numerals(
    words={
        **{word: float(number) for number, word in enumerate(_WORDS)},
        **dict.fromkeys(_ONES, 1.0),
        **_HALVES,
        "anderthalb": 1.5,
    },
    and_half="einhalb",
    from_to=_FROM_TO,
    pair=_PAIR,
    single=_SINGLE,
    factor=_FACTOR,
    fraction=_FRACTION,
    factors=_FACTORS,
    fractions=_FRACTIONS,
    units={
        "db": "dB", "dez": "dB", "halb": "st", "silb": "syl/s", "%": "%", "proz": "%", "mal ": "per_s", "pro": "per_s",
        "je": "per_s", "/s": "per_s", "h": "Hz", "mal": "times", "-mal": "times", "fach": "times", "-fach": "times",
    },
    bounds={
        **dict.fromkeys(("über", "mehr als", "mindestens", "gut"), "over"),
        **dict.fromkeys(("unter", "weniger als", "höchstens"), "under"),
    },
    roles={"um": "delta", "auf": "value", "bei": "value", "von": "baseline"},
    clock=_CLOCK,
    into=_INTO,
    lasting=_LASTING,
)  # fmt: skip
