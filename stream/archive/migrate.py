"""The archive's tables brought to the shape of this release, by Alembic's revisions in `migrations/`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

FOLDER: Final = Path(__file__).with_name("migrations")

HEAD: Final = "0005"
"""The revision that this release reads and writes."""

FIRST: Final = "0001"

_LOCK: Final = 7_660_283
"""Of PostgreSQL's advisory locks, by any number that is ours alone in this database."""


def revision_of(db: Connection) -> str | None:
    """The revision of the database's tables; None where there are none, or those of a release before revisions."""
    return MigrationContext.configure(db).get_current_revision()


def bring_up_to_date(engine: Engine) -> None:
    """Make or alter the tables, all in one transaction; a database that is up to date is left as it is.

    Raises:
        SQLAlchemyError: the database cannot be reached or altered; nothing was altered then.
    """
    with _alone(engine) as db:
        there = inspect(db).has_table("alerts")
        if there and revision_of(db) == HEAD:
            return
        config = _config(db)
        # Made before there were revisions; or taken away, and only the mark of the revision left.
        if there != (revision_of(db) is not None):
            command.stamp(config, FIRST if there else "base")
        command.upgrade(config, "head")


def head() -> str | None:
    """The newest revision in the folder."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def _config(db: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = db
    return config


@contextlib.contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else alters the tables: two archivists may start at once."""
    with engine.connect() as db:
        if engine.dialect.name == "sqlite":
            # The driver begins no transaction before a CREATE or ALTER by itself.
            driver = db.connection.dbapi_connection
            assert driver is not None
            driver.isolation_level = None
            db.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield db
        db.commit()
