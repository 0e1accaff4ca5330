"""A call's id hashed, for marks that outlive an erasure: to whoever does not know the id they tell nothing of it."""

from __future__ import annotations

import hashlib
from typing import Final

_OF_CALLS: Final = b"tonewatch call "
"""Before the id: a hash of the same id that somebody made for something else is another one."""

_ERASED: Final = "erased:"


def hash_of(call_id: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(_OF_CALLS + call_id.encode()).hexdigest()


def is_erased_id(call_id: str) -> bool:
    """No call's id, but the mark of one that was erased."""
    return call_id.startswith(_ERASED)


def erased_id(call_id: str) -> str:
    """In the place of the id, in the clock that says of an erased call that nothing of it is to be analysed."""
    return f"{_ERASED}{hash_of(call_id)}"
