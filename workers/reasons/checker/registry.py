"""The languages in which claims are checked: those in which reasons are told."""

from __future__ import annotations

from tonewatch.stream.tone.phrasing.registry import ReasonLanguage
from tonewatch.workers.reasons.checker.claims import read
from tonewatch.workers.reasons.checker.english import ENGLISH_CHECKED
from tonewatch.workers.reasons.checker.german import GERMAN_CHECKED
from tonewatch.workers.reasons.checker.language import CheckedLanguage

CHECKED: dict[ReasonLanguage, CheckedLanguage] = {"en": ENGLISH_CHECKED, "de": GERMAN_CHECKED}
"""By ISO 639-1 code."""


def language_of(text: str) -> CheckedLanguage:
    """In which of them a text is written: the one that leaves the fewest words unread; English where they are even."""
    return min(CHECKED.values(), key=lambda language: sum(one.kind == "other" for one in read(text, language)))
