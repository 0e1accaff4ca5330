"""Which topics hold sealed records: those of what a caller said and sounded like, the dead letters of those, and the
monitor's changelog, which holds what a call's judging is made of."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final

from tonewatch.stream.access import TABLES
from tonewatch.stream.topics import ALERT_ACTIONS, ALERTS, CALLS, MOMENTS, RATIONALES, SEGMENTS, TONE, VERDICTS

SEALED_TOPICS: Final = (CALLS, SEGMENTS, TONE, MOMENTS, ALERTS, RATIONALES, ALERT_ACTIONS, VERDICTS)
"""Keyed by call id, and kept by time alone. What is compacted, a tombstone takes away; of that only the changelog is
sealed, because words lie in it."""

_NAMES: Final = frozenset(topic.name for topic in SEALED_TOPICS)
_SHADOW: Final = re.compile(r"\.shadow\.[^.]+")
_LETTERS: Final = ".dlq"
_CHANGELOGS: Final = tuple(f"-{table}-changelog" for table in TABLES)


@cache
def is_sealed_topic(name: str) -> bool:
    """A shadow's topics as the live ones."""
    return is_changelog(name) or _SHADOW.sub("", name.removesuffix(_LETTERS)) in _NAMES


@cache
def is_changelog(name: str) -> bool:
    """Of a table of the monitor's, live or shadow: its keys are JSON."""
    return name.endswith(_CHANGELOGS)


def call_of(topic: str, key: bytes) -> bytes:
    """The call that a record of a sealed topic tells of, by its key."""
    if not is_changelog(topic):
        return key
    try:
        return str(json.loads(key)).encode()
    except ValueError:
        return key


@cache
def is_letters(name: str) -> bool:
    """Of dead letters: they come from whoever writes, so no key is made for what they are keyed by."""
    return name.endswith(_LETTERS)


def deflates(name: str) -> bool:
    """Ciphertext cannot be packed, so JSON is packed before it is sealed. Audio is not: the length of a packed chunk
    would tell how much was spoken in it, also of a call whose keys were destroyed."""
    return not name.startswith(CALLS.name)
