"""Claims in English."""

from __future__ import annotations

import re

from tonewatch.workers.reasons.checker.argued import ARGUED
from tonewatch.workers.reasons.checker.english_numerals import ENGLISH_NUMERALS
from tonewatch.workers.reasons.checker.language import CheckedLanguage, with_plain_marks
from tonewatch.workers.reasons.checker.lexicon import MARKS
from tonewatch.workers.reasons.checker.vocabulary import FILLERS


def normalise(text: str) -> str:
    """Lower case, plain quotation marks and dashes, contractions opened."""
    # Lengths may change here, so all later offsets are into the normalised text.
    text = with_plain_marks(text)
    text = re.sub(r"\bcan't\b|\bcannot\b", "can not", re.sub(r"\bwon't\b", "will not", text))
    # "not only louder but faster" denies nothing.
    text = text.replace("not only ", "")
    return re.sub(r"(\w)n't\b", r"\1 not", text).replace("per cent", "%").replace("percent", "%")


ENGLISH_CHECKED = CheckedLanguage(
    code="en",
    normalise=normalise,
    marks=(*ARGUED, *MARKS),
    fillers=FILLERS,
    numerals=ENGLISH_NUMERALS,
    clause=re.compile(r"[,;:]|\b(?:and|but|or|while|whereas|yet|although|though|with|when|as)\b"),
    # A negation reaches over "or" and "nor", and no further.
    negation_border=re.compile(r"[,;:]|\b(?:and|but|while|whereas|yet|although|though|with|when)\b"),
    joint=frozenset({"nor", "neither"}),
    emotion_noun=re.compile(r"anger|happiness|sadness|joy|rage|irritation|annoyance|frustration|hostility"),
    single={
        "higher": (("pitch",), 1),
        "high": (("pitch",), 1),
        "lower": (("pitch", "level"), -1),
        "low": (("pitch", "level"), -1),
        "flat": (("pitch_range",), -1),
    },
    equal=re.compile(r"\bas $"),
    factor=re.compile(r"(times|twice|half) as $"),
    halves="half",
    joins=re.compile(r"[\s\w]{0,40}(?:and|or|,)[\s\w,]*"),
    before=re.compile(r"\b(?:than|as) at (?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?!\d)"),
    then=re.compile(r"\bthan then\b"),
    usual=re.compile(r"\b(?:than|as|over|above|under|below|to|at) (?:(?:the|his|her|their|this|caller's) )*usual\b"),
)
