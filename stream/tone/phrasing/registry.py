"""The languages in which reasons are told. A new one is a file beside this one and a line here."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.tone.phrasing.english import ENGLISH_PHRASING
from tonewatch.stream.tone.phrasing.german import GERMAN_PHRASING
from tonewatch.stream.tone.phrasing.phrasing import Phrasing

ReasonLanguage = Literal["en", "de"]

PHRASINGS: dict[ReasonLanguage, Phrasing] = {"en": ENGLISH_PHRASING, "de": GERMAN_PHRASING}
"""By ISO 639-1 code."""
