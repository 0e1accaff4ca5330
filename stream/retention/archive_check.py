"""Does the archive hold calls that are older than is kept, and are its files their owner's alone?"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive import schema
from tonewatch.stream.errors import StoreError
from tonewatch.stream.topics import HOUR_MS

DAY_MS: Final = 24 * HOUR_MS
LATE_MS: Final = DAY_MS
"""The archive looks for what is due now and then."""


def wrong_rows(engine: Engine, days: int, now_ms: int) -> list[str]:
    """`days`: 0 keeps for ever.

    Raises:
        StoreError: the database cannot be read.
    """
    calls = schema.calls.c
    try:
        with engine.connect() as db:
            if not days or not inspect(db).has_table(schema.calls.name):
                return []
            before_ms = now_ms - days * DAY_MS - LATE_MS
            query = select(func.count()).select_from(schema.calls).where(calls.first_at_ms < before_ms)
            old = int(db.scalar(query.where(func.coalesce(calls.closed_at_ms, 0) < before_ms)) or 0)
    except SQLAlchemyError as error:
        text = f"The archive's database cannot be used ({type(error).__name__}): see TONEWATCH_DATABASE."
        raise StoreError(text) from error
    return [f"{old} calls are older than {days} days"] if old else []


def wrong_files(files: Iterable[Path], days: int, now_ms: int) -> list[str]:
    """Of the audio files and the database's: links, files that others may read, and audio that is too old."""
    open_to_others = links = old = 0
    for file in files:
        known = file.lstat()
        links += stat.S_ISLNK(known.st_mode)
        open_to_others += not stat.S_ISLNK(known.st_mode) and bool(known.st_mode & 0o077)
        old += bool(days) and known.st_mtime * 1000 < now_ms - days * DAY_MS - LATE_MS
    told = (
        (links, "are symbolic links"),
        (open_to_others, "can be read by others"),
        (old, f"are over {days} days old"),
    )
    return [f"{count} files {what}" for count, what in told if count]


def audio_files(store: Path) -> list[Path]:
    return sorted(path for path in store.rglob("*") if path.is_symlink() or path.is_file())
