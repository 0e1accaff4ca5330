"""English numbers, units and times."""

from __future__ import annotations

import re

from tonewatch.workers.reasons.checker.quantities import Numerals

_SPELT = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_WORDS = _SPELT.split()
# Spelt-out numbers and "a" count only in front of a unit: "two" and "a" are ordinary words elsewhere.
_BEFORE_UNIT = r"(?= (?:db|deci|semi|syll|second|times|%|hz))"
_NUMBER = (
    rf"(?:(?:\d+|{'|'.join(_WORDS)}) and a half|[+-]?\d+(?:\.\d+)?|\.\d+"
    rf"|(?<!\w)(?:half a|an?|{'|'.join(_WORDS)}){_BEFORE_UNIT})"
)
_UNIT = (
    r"(?:db|decibels?|semi-?tones?|st|syllables? (?:a|per|each|every) second|syllables/s(?:ec)?|syl/s|syll?/s|%|percent"
    r"|(?:a|per) second|/s|hz|hertz|times|fold)"
)
_APPROX = r"(?:(?P<bound>about|around|roughly|nearly|almost|some|over|more than|at least|under|less than|at most) )?"
_LEAD = r"(?:(?P<lead>by|of|to|at|from) )?"
_VERSUS = (
    r"(?: \(?(?:against|versus|vs\.?|instead of|rather than|compared (?:with|to)|up from|down from|from|over)"
    r"|[,;]? \(?(?:usually|normally|baseline))"
    r"(?: (?:the|a|an|his|her|their|this|caller's|usual|baseline|normal|of|is))*"
)
_FROM_TO = re.compile(
    rf"(?<!\w)from (?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})? to (?P<second>{_NUMBER}) ?(?P<unit2>{_UNIT})?(?!\w)"
)
_PAIR = re.compile(
    rf"(?<![\w.]){_APPROX}(?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})?(?: of the time)?"
    rf"{_VERSUS} (?P<second>{_NUMBER}) ?(?P<unit2>{_UNIT})?(?!\w)"
)
_SINGLE = re.compile(rf"(?<![\w.]){_LEAD}{_APPROX}(?P<first>{_NUMBER}) ?(?P<unit1>{_UNIT})?(?![\w.]*\d)(?!\w)")
_FACTOR = re.compile(r"(?<!\w)(?P<word>twice|double(?:s|d)?|half|halved|three times|triple)(?: as| the)?(?!\w)")
_FRACTION = re.compile(
    r"(?<!\w)(?P<word>(?:a|one) third|two thirds|half|(?:a|one) quarter|three quarters)(?= of the time)"
)
_FRACTIONS = {
    **{f"{one} third": 33.3 for one in ("a", "one")},
    **{f"{one} quarter": 25.0 for one in ("a", "one")},
    "two thirds": 66.7,
    "half": 50.0,
    "three quarters": 75.0,
}
_FACTORS = {
    **dict.fromkeys(("twice", "double", "doubles", "doubled"), 2.0),
    **dict.fromkeys(("half", "halved"), 0.5),
    **dict.fromkeys(("three times", "triple"), 3.0),
}

# Times of the call: a clock (0:42), seconds into the call, and lengths.
_CLOCK = re.compile(
    r"(?<!\w)(?:at|since|from|around|about|after|by)?:? ?(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?!\w)"
)
_SECONDS = rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(_WORDS)}) ?(?:s|sec|seconds?)"
_OTHER_SECONDS = _SECONDS.replace("number", "number2")
_INTO = re.compile(
    rf"(?<!\w)(?:at |after |about |around )*{_SECONDS} (?:into the call|in|into)(?!\w)"
    rf"|(?<!\w)(?:at|after) (?:about )?{_OTHER_SECONDS}(?!\w)"
)
_LASTING = re.compile(
    rf"(?<!\w)(?:for|over|during|in|within) (?:the )?(?:last |past )?{_SECONDS}(?!\w)"
    rf"|(?<!\w)(?:the )?(?:last|past) {_OTHER_SECONDS}(?!\w)"
)

ENGLISH_NUMERALS = Numerals(
    words={**{word: float(number) for number, word in enumerate(_WORDS)}, "a": 1.0, "an": 1.0, "half a": 0.5},
    and_half=" and a half",
    from_to=_FROM_TO,
    pair=_PAIR,
    single=_SINGLE,
    factor=_FACTOR,
    fraction=_FRACTION,
    factors=_FACTORS,
    fractions=_FRACTIONS,
    units={
        "db": "dB", "dec": "dB", "sem": "st", "st": "st", "syl": "syl/s", "%": "%", "per s": "per_s", "perc": "%",
        "a s": "per_s", "/s": "per_s", "h": "Hz", "t": "times", "f": "times",
    },
    bounds={
        **dict.fromkeys(("over", "more than", "at least"), "over"),
        **dict.fromkeys(("under", "less than", "at most"), "under"),
    },
    roles={"by": "delta", "at": "value", "to": "value", "from": "baseline"},
    clock=_CLOCK,
    into=_INTO,
    lasting=_LASTING,
)  # fmt: skip
