"""What a reason advises, taken out again: who listens in once an alert is over would hear nothing of it."""

from __future__ import annotations

from typing import Final

from tonewatch.stream.tone.phrasing.registry import PHRASINGS

ENDINGS: Final = tuple(
    ending
    for phrasing in PHRASINGS.values()
    for key, texts in phrasing.texts.items()
    if key.startswith("end.")
    for ending in texts
)
"""Every sentence that a reason may end with to say what to do, in all languages."""


def without_advice(text: str) -> str:
    """The text without the sentence at its end that says how sure it is and what to do.

    >>> without_advice("Angrier since 0:35: louder. Listen in; this is sure.")
    'Angrier since 0:35: louder.'
    """
    ending = next((one for one in ENDINGS if text.endswith(f" {one}")), "")
    return text.removesuffix(ending).rstrip()
