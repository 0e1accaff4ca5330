"""A call's id hashed, for marks that outlive an erasure: to whoever does not know the id they tell nothing of it."""

from __future__ import annotations

import hashlib
from typing import Final

_OF_CALLS: Final = b"tonewatch call "
"""Before the id: a hash of the same id that somebody made for something else is another one."""

_ERASED: Final = "erased:"
RESERVED: Final = f"A call's id may not begin with `{_ERASED}`: marks of erased calls do. Give the call another id."

_DIGITS: Final = 64


def hash_of(call_id: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(_OF_CALLS + call_id.encode()).hexdigest()


def is_erased_id(call_id: str) -> bool:
    """No call's id, but the mark of one that was erased."""
    return call_id.startswith(_ERASED)


def erased_id(call_id: str) -> str:
    """In the place of the id, in the clock that says of an erased call that nothing of it is to be analysed."""
    return f"{_ERASED}{hash_of(call_id)}"


def hash_of_mark(name: str) -> str | None:
    """The hash in what `erased_id` gives; null of anything else."""
    found = name.removeprefix(_ERASED)
    return found if is_erased_id(name) and len(found) == _DIGITS and set(found) <= set("0123456789abcdef") else None


def hash_of_either(given: str) -> str:
    """Of a call's id, or of the mark in its place once it was erased: the same of both."""
    return hash_of_mark(given) or hash_of(given)
