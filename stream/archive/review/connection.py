"""The archive's database, opened to be read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tonewatch.stream.archive.migrate import HEAD, revision_of
from tonewatch.stream.errors import SettingsError, StoreError


class Reading:
    """Over the engine of `store.connect`, which it closes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_of_this_release = False

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def opened(self) -> Iterator[Connection]:
        """
        Raises:
            StoreError: the database cannot be read, or another release made its tables.
        """
        try:
            with self._engine.connect() as db:
                self._check(db)
                yield db
        except (SettingsError, SQLAlchemyError) as error:
            # The name alone: a driver's text can hold values.
            name = type(getattr(error, "orig", None) or error).__name__
            raise StoreError(f"The archive's database cannot be read ({name}): see TONEWATCH_DATABASE.") from error

    def _check(self, db: Connection) -> None:
        if not self._is_of_this_release:
            if revision_of(db) != HEAD:
                raise StoreError(
                    "The archive's database has not the tables of this release: start its `tonewatch archive`, which "
                    "makes them."
                )
            self._is_of_this_release = True
