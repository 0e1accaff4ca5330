"""Calls taken out of the archive: rows and sound, once they are older than is kept, or because somebody asks for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.call_rows import erase_calls
from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.archive.store import Archive

log = logging.getLogger(__name__)

DAY_MS = 86_400_000

AT_ONCE = 50
"""Calls of one transaction: the archivist writes between two of them."""


@dataclass(frozen=True)
class Removed:
    """What was taken away, or would be."""

    calls: int = 0
    files: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(self.calls + other.calls, self.files + other.files)


class Retention:
    """Blocking, so to be called in a thread."""

    def __init__(self, archive: Archive, clips: ClipStore) -> None:
        self._archive = archive
        self._clips = clips

    def due(self, before_at_ms: int) -> int:
        """How many calls ended before then, or are not known to have ended and were first heard of before then.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._archive.transaction() as db:
            return int(db.scalar(select(func.count()).select_from(_before(before_at_ms).subquery())) or 0)

    def prune(self, before_at_ms: int, tell: Callable[[], None] = lambda: None) -> Removed:
        """Take all of these away; `tell` is called after each lot.

        Raises:
            StoreError: the database or the sound's place cannot be written. What is gone is gone: call it again.
        """
        removed = Removed()
        while True:
            with self._archive.transaction() as db:
                due = [str(call_id) for call_id in db.scalars(_before(before_at_ms).limit(AT_ONCE))]
            if not due:
                return removed
            removed += self.forget(due)
            tell()

    def forget(self, call_ids: Sequence[str]) -> Removed:
        """Take these calls away with all that is kept of them, verdicts and measurements too.

        The sound goes first: where this breaks off, the rows still say what there was, and it can be done again.

        Raises:
            StoreError: the database or the sound's place cannot be written.
        """
        files = sum(self._clips.remove_call(call_id) for call_id in call_ids)
        with self._archive.transaction() as db:
            calls = erase_calls(db, call_ids)[schema.calls.name]
        return Removed(calls, files)


def _before(at_ms: int) -> Select[tuple[str]]:
    calls = schema.calls.c
    return select(calls.call_id).where(func.coalesce(calls.closed_at_ms, calls.first_at_ms) < at_ms)
