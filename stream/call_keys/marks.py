"""Which calls were shredded, as the marks in `tonewatch.keys.v1` say. Nobody of ours takes one back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tonewatch.stream.call_keys.wrapped_key import NEVER_OLD
from tonewatch.stream.codec import decode_key
from tonewatch.stream.errors import Undecodable
from tonewatch.stream.messages import CallShredded

CLOCKS_APART_MS: Final = 24 * 3_600_000
"""Of whoever erases and of Kafka, at most."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """`written_at_ms`: Kafka's time of the newest mark; `at_ms`: what the first one says, where that can be."""

    at_ms: int
    written_at_ms: int


class Marks:
    """Kept by Kafka's time: whoever may write to the topic can say any other. Times are ms since 1970, UTC."""

    def __init__(self) -> None:
        self._marks: dict[bytes, _Mark] = {}

    def put(self, call: bytes, value: bytes | None, written_at_ms: int) -> bool:
        """Is it a mark? A tombstone over one is none: the topic forgets a mark by time, and `prune` does.

        Raises:
            BadRecord: it is something else.
        """
        if not value:
            return False
        mark = decode_key(value)
        if not isinstance(mark, CallShredded):
            raise Undecodable("The mark of a shredded call is none.")
        at_ms, before = _possible(mark.at_ms, written_at_ms), self._marks.get(call)
        if before is not None:
            at_ms, written_at_ms = before.at_ms, max(before.written_at_ms, written_at_ms)
        self._marks[call] = _Mark(at_ms, written_at_ms)
        return True

    def __contains__(self, call: bytes) -> bool:
        return call in self._marks

    def __len__(self) -> int:
        return len(self._marks)

    def at_ms(self, call: bytes) -> int | None:
        """Null: the call was not shredded."""
        mark = self._marks.get(call)
        return None if mark is None else mark.at_ms

    def prune(self, before_ms: int) -> None:
        """Forget those that were written before."""
        for call in [call for call, mark in self._marks.items() if mark.written_at_ms < before_ms]:
            del self._marks[call]


def _possible(at_ms: int, written_at_ms: int) -> int:
    """A time that Kafka's own belies is no time: the mark was written then, and not when it says."""
    if written_at_ms == NEVER_OLD or abs(at_ms - written_at_ms) <= CLOCKS_APART_MS:
        return at_ms
    return written_at_ms
