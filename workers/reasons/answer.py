"""Parser of a model's completion: its reason, and its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from tonewatch.stream.messages import Emotion

_SHAPE = re.compile(r"<think>(?P<think>.*?)</think>\s*<answer>(?P<answer>.*?)</answer>", re.DOTALL | re.IGNORECASE)
_LABEL = re.compile(rf"\s*(?:label\s*[:=]\s*)?(?P<label>{'|'.join(get_args(Emotion))})\s*", re.IGNORECASE)
_DEGRADED = re.compile(r"\s*degraded\s*[:=]?\s*(?P<degraded>yes|no|true|false|unsure|unknown)\s*", re.IGNORECASE)
_CONFIDENCE = re.compile(r"\s*confidence\s*[:=]?\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%?)\s*", re.IGNORECASE)
_SAID = {"yes": True, "true": True, "no": False, "false": False, "unsure": None, "unknown": None}
_TEXT = re.compile(r"[^\W\d_a-z].*[.!?][\"”)]?", re.DOTALL)
"""Whole sentences: a word or two behind the fields are no text for a reader."""

_HEADING = re.compile(r"^\s*(?:voice|words|fit|change)\s*:\s*", re.IGNORECASE)
_EMPTY = frozenset({"", "none", "none."})
MOST_CHARACTERS = 4000


@dataclass(frozen=True)
class Answer:
    """`reason`: what the reader is shown: the text in the answer, or without one the think part, without headings.

    `reads`: the answer held a text, as a model writes that reads the words itself.
    `degraded`: whether the tone degraded; null where the model is unsure.
    """

    reason: str
    label: Emotion
    degraded: bool | None
    confidence: float
    reads: bool = False


def parse(text: str) -> Answer | None:
    """One think part followed by one answer with its three fields in order, and perhaps a text behind them; else None.

    Tolerant of case, of spaces, of "label:" and "=", of a confidence in percent and of text around the two parts;
    strict about the rest: an unknown label, a confidence outside 0..1 or a second, different answer is no answer.
    """
    found = list(_SHAPE.finditer(text[:MOST_CHARACTERS]))
    # A model that repeats itself is read; one that gives two different answers has none.
    if not found or len({match["answer"].strip().lower() for match in found}) > 1:
        return None
    fields = found[0]["answer"].rstrip("; \n").split(";", 3)
    if len(fields) < 3:
        return None
    label, degraded, confidence = (
        p.fullmatch(f) for p, f in zip((_LABEL, _DEGRADED, _CONFIDENCE), fields[:3], strict=True)
    )
    if label is None or degraded is None or confidence is None:
        return None
    share = float(confidence["number"]) / (100 if confidence["percent"] else 1)
    # A model that decides in an answer with a text thinks for itself, and writes the text for the reader.
    written = fields[3].strip() if len(fields) > 3 else ""
    if written and not _TEXT.fullmatch(written):
        return None
    reason = written or _reason(found[0]["think"])
    if not 0 <= share <= 1 or not reason:
        return None
    return Answer(reason, _emotion(label["label"]), _SAID[degraded["degraded"].lower()], share, bool(written))


def _reason(think: str) -> str:
    lines = (_HEADING.sub("", line).strip() for line in think.splitlines())
    return "\n".join(line for line in lines if line.lower() not in _EMPTY)


def _emotion(word: str) -> Emotion:
    return next(name for name in get_args(Emotion) if name == word.lower())
