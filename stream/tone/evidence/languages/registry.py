"""The languages in which words are evidence. A new one is a file beside this one and a line here."""

from __future__ import annotations

from tonewatch.stream.tone.evidence.languages.english import ENGLISH
from tonewatch.stream.tone.evidence.languages.german import GERMAN
from tonewatch.stream.tone.evidence.languages.language import Language
from tonewatch.stream.tone.evidence.languages.polish import POLISH

LANGUAGES: dict[str, Language] = {language.code: language for language in (ENGLISH, GERMAN, POLISH)}
"""By ISO 639-1 code."""


def language_of(tag: str) -> Language | None:
    """By a tag as in `pl`, `pl-PL` or `pl_PL`; '' counts as English. Null where no language of that code is known."""
    code = (tag or ENGLISH.code).lower().replace("_", "-").partition("-")[0]
    return LANGUAGES.get(code)
