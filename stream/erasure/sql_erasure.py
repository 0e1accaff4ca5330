"""A call taken out of the archive: its rows in every table, and its audio files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive.call_notice import has_marks, mark
from tonewatch.stream.archive.call_rows import erase_call, read_call
from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.erasure.receipt import Removed
from tonewatch.stream.errors import StoreError

WHERE: Final = "archive"


def erase_rows(engine: Engine, call_id: str) -> list[Removed]:
    """All in one transaction. In SQLite what is deleted is overwritten too, in the file as well as in its journal.

    A mark under a hash of the call's id is left, by which an archive that is behind refuses what it still reads of it.

    Raises:
        StoreError: the database cannot be reached or written.
    """
    with _opened(engine) as db:
        counts = erase_call(db, call_id)
        if has_marks(db):
            mark(db, call_id, "erased")
        db.commit()
    return [Removed(where=WHERE, what=f"rows of {name}", count=count) for name, count in counts.items()]


def rows_of(engine: Engine, call_id: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of a call, by table, as plain values.

    Raises:
        StoreError: the database cannot be reached.
    """
    with _opened(engine) as db:
        return read_call(db, call_id)


def erase_files(store: ClipStore, call_id: str) -> list[Removed]:
    """Every file of the call, those that no row names too.

    Raises:
        StoreError: they are behind a symbolic link, or cannot be removed.
    """
    return [Removed(where=WHERE, what="audio files", count=store.remove_call(call_id))]


@contextlib.contextmanager
def _opened(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as db:
            yield db
    except SQLAlchemyError as error:
        text = f"The archive's database cannot be used ({type(error).__name__}): see TONEWATCH_DATABASE."
        raise StoreError(text) from error
