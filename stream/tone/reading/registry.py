"""The languages that the argument reads. A new one is a file beside this one and a line here."""

from __future__ import annotations

from tonewatch.stream.tone.evidence.sure_words import primary
from tonewatch.stream.tone.reading.english import READS_ENGLISH
from tonewatch.stream.tone.reading.german import READS_GERMAN
from tonewatch.stream.tone.reading.reading import Reading

READINGS: dict[str, Reading] = {reading.code: reading for reading in (READS_ENGLISH, READS_GERMAN)}
"""By ISO 639-1 code."""


def reading_of(tag: str) -> Reading | None:
    """By a tag as in `de` or `de-AT`; '' counts as English. Null where nothing reads that language."""
    return READINGS.get(primary(tag) or READS_ENGLISH.code)
