"""The archive's database: SQLite or PostgreSQL, one transaction per message, and a second delivery changes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from msgspec import structs
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Table,
    Update,
    create_engine,
    delete,
    event,
    exists,
    make_url,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.audit_table import audit_row
from tonewatch.stream.archive.call_notice import CallNotice, announce, mark, marked, notice_of
from tonewatch.stream.archive.call_rows import erase_call
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.late_notice import erase_older
from tonewatch.stream.archive.measured import HeardRow, MeasuredRow, ToneRow, calls_of, values_of
from tonewatch.stream.archive.migrate import bring_up_to_date
from tonewatch.stream.archive.private_files import make_database
from tonewatch.stream.archive.rows import call_row, quote_rows, row_of, verdict_row, words_row
from tonewatch.stream.archive.sample import is_sampled
from tonewatch.stream.archive.wall_clock import alert_times
from tonewatch.stream.archive.whole_call import whole_id
from tonewatch.stream.codec import decode_alert, encode
from tonewatch.stream.errors import DependencyError, SettingsError, StoreError, Unprocessable
from tonewatch.stream.messages import Alert, CallClosed, CallOpened, Moment, Rationale, Verdict, Words
from tonewatch.stream.secret_files import read_secret_file

Kept = Alert | Moment | Rationale | CallOpened | CallClosed | Words | Verdict

PASSWORD_FILE = "TONEWATCH_DATABASE_PASSWORD_FILE"

HOUR_MS = 3_600_000

CONNECT_S = 10
"""A server that swallows packets must not hold a stop back for minutes."""

_VALUES_SQLSTATES = frozenset({"21", "22", "23", "54"})
"""PostgreSQL's classes of errors that lie in the values: cardinality, data, integrity, and a limit of the program (54:
a key too long for its index), which its driver counts among the errors of a server that may recover."""

_VALUES_SQLITE = frozenset({sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH})

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def connect(url: str, password_file: str = "") -> Engine:
    """An engine for `url`; nothing is opened yet. Rows never show up in error messages.

    `password_file` holds the password, and is read again for each connection.

    Raises:
        SettingsError: not an address of SQLite or PostgreSQL, or the file of the password cannot be used.
        DependencyError: the database's driver is not installed.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise SettingsError("TONEWATCH_DATABASE: not a database URL; try sqlite:///tonewatch.db.") from error
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() not in _INSERTS:
        raise SettingsError(f"TONEWATCH_DATABASE: {address.get_backend_name()} is not sqlite or postgresql.")
    _check_password(address, password_file)
    try:
        if address.get_backend_name() == "sqlite":
            # A connection kept open would go on writing into a file that was removed or replaced.
            engine = create_engine(address, hide_parameters=True, poolclass=NullPool)
            _keep_private(engine, address)
            return engine
        if "psycopg" in address.drivername and "connect_timeout" not in address.query:
            address = address.update_query_dict({"connect_timeout": str(CONNECT_S)})
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise DependencyError(
            f"TONEWATCH_DATABASE needs the package {error.name}: pip install 'tonewatch[postgres]'."
        ) from error
    if password_file:
        _use_password_of(engine, password_file)
    return engine


def _check_password(address: URL, password_file: str) -> None:
    if not password_file:
        return
    if address.get_backend_name() == "sqlite":
        raise SettingsError(f"{PASSWORD_FILE} is set, but TONEWATCH_DATABASE is SQLite, which asks for none.")
    if address.password is not None:
        raise SettingsError(f"{PASSWORD_FILE} is set, and TONEWATCH_DATABASE holds a password too: leave one out.")
    read_secret_file(password_file, PASSWORD_FILE)


def _keep_private(engine: Engine, address: URL) -> None:
    """The file is its owner's alone, whatever the process's umask says: looked at before each connection."""
    if not address.database or address.database.startswith((":", "file:")):
        return
    file = Path(address.database)

    @event.listens_for(engine, "do_connect")
    def close(_dialect: object, _record: object, _arguments: object, _options: dict[str, Any]) -> None:
        make_database(file)


def _use_password_of(engine: Engine, file: str) -> None:
    @event.listens_for(engine, "do_connect")
    def read(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        options["password"] = read_secret_file(file, PASSWORD_FILE)


class Archive:
    """Writes what is worth keeping; blocking, so to be called in a thread."""

    def __init__(self, engine: Engine, sample: float = 0.0) -> None:
        """`sample`: the share (0..1) of calls that are marked at their beginning to be kept whole."""
        self._engine = engine
        self._sample = sample
        self._insert: Any = _INSERTS[engine.dialect.name]
        self._tables_are_there = False

    def open(self) -> None:
        """Make the tables, or bring those of a former release up to date.

        Raises:
            StoreError: the database cannot be reached, or does not let us in; the text says which.
        """
        with self.transaction():
            pass

    def audio_known(self, call_id: str, segment_ids: Iterable[str]) -> frozenset[str] | None:
        """Those whose audio has a row already: kept, missing or withheld. Null where nothing of the call may be kept.

        Raises:
            StoreError: the database cannot be reached or written.
            Unprocessable: an id that the database does not take.
        """
        audio = schema.audio.c
        query = select(audio.segment_id).where(audio.call_id == call_id, audio.segment_id.in_(list(segment_ids)))
        with self.transaction() as db:
            if marked(db, [call_id]) or notice_of(db, [call_id])[call_id].told is False:
                return None
            return frozenset(db.scalars(query))

    def write(self, message: Kept, body: str, at_ms: int, audio: Iterable[AudioRow] = ()) -> bool:
        """One message with what belongs to it; false where nothing of its call may be kept, or not this message.
        `body` is its JSON, `at_ms` when Kafka took it.

        Raises:
            StoreError: the database cannot be reached or written.
            Unprocessable: the database does not take these values, or what the message is about is another call's.
        """
        with self.transaction() as db:
            if marked(db, [message.call_id]):
                return False
            if not _is_admitted(db, message):
                return isinstance(message, Alert) and self._end(db, message)
            if isinstance(message, CallOpened) and message.withdrawn_at_ms:
                self._withdraw(db, message, at_ms)
                return False
            message, body = _as_far_as_told(db, message, body)
            if _is_first_word_of_untold(db, message):
                for facts in erase_older(db, message.call_id, at_ms):
                    self._add_all(db, schema.spoken, quote_rows(message.call_id, facts))
            self._add(db, schema.calls, {"call_id": message.call_id, "first_at_ms": at_ms})
            match message:
                case Alert():
                    self._alert(db, message, body)
                case Moment():
                    self._add(db, schema.moments, row_of(schema.moments, message, body))
                    self._add_all(db, schema.spoken, quote_rows(message.call_id, message.facts))
                case Rationale():
                    own = schema.rationales.c.moment_id == message.moment_id
                    _check_owner(db, schema.rationales, own, message.call_id)
                    self._newest(db, schema.rationales, row_of(schema.rationales, message, body), by="emitted_at_ms")
                case CallOpened():
                    self._call(db, message)
                case CallClosed():
                    about: dict[str, Any] = {"closed_at_ms": at_ms, "duration_ms": message.duration_ms}
                    db.execute(_of(message.call_id, schema.calls).values(about))
                case Words():
                    self._words(db, message)
                case Verdict():
                    self._add(db, schema.verdicts, verdict_row(message, body))
            for row in audio:
                self._add(db, schema.audio, row.values())
        return True

    def sound_of(self, call_id: str) -> frozenset[str]:
        """Paths of the files that rows of a call name.

        Raises:
            StoreError: the database cannot be read.
        """
        audio = schema.audio.c
        with self.transaction() as db:
            return frozenset(db.scalars(select(audio.path).where(audio.call_id == call_id, audio.path.is_not(None))))

    def write_audit(self, partition: int, offset: int, at_ms: int, value: bytes) -> None:
        """A record of the audit, whatever its bytes are.

        Raises:
            StoreError: the database cannot be reached or written.
        """
        with self.transaction() as db:
            self._add(db, schema.audit, audit_row(partition, offset, at_ms, value))

    def write_measured(self, rows: Sequence[MeasuredRow], at_ms: int) -> None:
        """What was measured, all in one transaction; what the monitor would refuse of it is left out.

        Raises:
            StoreError: the database cannot be reached or written.
            Unprocessable: the database does not take one of the values.
        """
        with self.transaction() as db:
            notices, gone = notice_of(db, calls_of(rows)), marked(db, calls_of(rows))
            rows = [row for row in rows if row.call_id not in gone]
            rows = [row for row in rows if _admits(notices[row.call_id], row)]
            known = [{"call_id": call_id, "first_at_ms": at_ms} for call_id in calls_of(rows)]
            tables = ((schema.calls, known), (schema.heard, values_of(rows, HeardRow)))
            for table, values in (*tables, (schema.tone, values_of(rows, ToneRow))):
                if values:
                    db.execute(self._insert(table).on_conflict_do_nothing(), values)

    def heard(self, call_id: str) -> list[str]:
        """The listener's records of a call, in their order.

        Raises:
            StoreError: the database cannot be read.
        """
        heard = schema.heard.c
        query = select(heard.body).where(heard.call_id == call_id).order_by(heard.record_offset)
        with self.transaction() as db:
            return list(db.scalars(query))

    def lacks_whole(self, call_id: str) -> bool:
        """Is this a sampled call, of whose sound nothing was written yet?

        Raises:
            StoreError: the database cannot be read.
        """
        calls, audio = schema.calls.c, schema.audio.c
        whole = audio.segment_id.startswith(whole_id(call_id), autoescape=True)
        written = exists().where(audio.call_id == call_id, whole)
        with self.transaction() as db:
            return bool(db.scalar(select(calls.sampled).where(calls.call_id == call_id, ~written)))

    def forget(self, now_at_ms: int, *, words: bool = True) -> None:
        """Take away what was measured in calls that ended an hour to a day ago, have neither alert nor verdict, and are
        not of the sample. `words`: what was said in them too.

        Raises:
            StoreError: the database cannot be reached or written.
        """
        calls = schema.calls
        named = [exists().where(t.c.call_id == calls.c.call_id) for t in (schema.alerts, schema.verdicts)]
        over = calls.c.closed_at_ms.between(now_at_ms - 24 * HOUR_MS, now_at_ms - HOUR_MS)
        quiet = select(calls.c.call_id).where(over, calls.c.sampled == 0, *(~one for one in named))
        tables = (schema.heard, schema.tone, *((schema.spoken,) if words else ()))
        with self.transaction() as db:
            for table in tables:
                db.execute(delete(table).where(table.c.call_id.in_(quiet)))

    def close(self) -> None:
        self._engine.dispose()

    def _alert(self, db: Connection, alert: Alert, body: str) -> None:
        _check_owner(db, schema.alerts, schema.alerts.c.alert_id == alert.alert_id, alert.call_id)
        began = db.scalar(select(schema.calls.c.started_at_ms).where(schema.calls.c.call_id == alert.call_id))
        times = asdict(alert_times(alert, began))
        self._newest(db, schema.alerts, {**row_of(schema.alerts, alert, body), **times}, by="seq")
        self._add(db, schema.alert_states, row_of(schema.alert_states, alert, body))
        self._add_all(db, schema.spoken, quote_rows(alert.call_id, alert.facts))
        for item in alert.evidence:
            self._add(
                db,
                schema.evidence,
                {
                    "alert_id": alert.alert_id,
                    "segment_id": item.segment_id,
                    "start_ms": item.start_ms,
                    "end_ms": item.end_ms,
                    "tone": item.tone,
                    "topic": item.audio.topic,
                    "partition": item.audio.partition,
                    "first_offset": item.audio.first_offset,
                    "last_offset": item.audio.last_offset,
                },
            )

    def _end(self, db: Connection, message: Alert) -> bool:
        """Of an alert that was kept while the caller was told, that it is over: nothing else of what is said now."""
        known = schema.alerts.c
        mine = select(known.body).where(known.alert_id == message.alert_id, known.call_id == message.call_id)
        body = db.scalar(mine)
        if body is None or message.state not in ("resolved", "withdrawn"):
            return False
        names = ("seq", "state", "event", "resolved_ms", "resolved_by", "emitted_at_ms")
        ended = structs.replace(decode_alert(body.encode()), **{name: getattr(message, name) for name in names})
        self._alert(db, ended, encode(ended).decode())
        return True

    def _call(self, db: Connection, opened: CallOpened) -> None:
        """What is known of a call; its alerts may have come before it, and are dated by its beginning from now on."""
        announce(db, opened)
        drawn = opened.notice_given and is_sampled(opened.call_id, self._sample)
        known = {**call_row(opened.call), "sampled": int(drawn)}
        db.execute(_of(opened.call_id, schema.calls).values(known))
        if opened.call.started_at_ms:
            for (body,) in db.execute(select(schema.alerts.c.body).where(schema.alerts.c.call_id == opened.call_id)):
                alert = decode_alert(body.encode())
                row = schema.alerts.c.alert_id == alert.alert_id
                times = asdict(alert_times(alert, opened.call.started_at_ms))
                db.execute(update(schema.alerts).where(row).values(times))

    def _withdraw(self, db: Connection, message: CallOpened, at_ms: int) -> None:
        """All rows of the call go but one, that there was one; a mark says that no other is to come."""
        erase_call(db, message.call_id)
        mark(db, message.call_id, "withdrawn")
        self._add(db, schema.calls, {"call_id": message.call_id, "first_at_ms": at_ms, "told": 0})

    def _words(self, db: Connection, words: Words) -> None:
        """A transcript takes the place of what was quoted of it."""
        row = words_row(words)
        new = self._insert(schema.spoken).values(row)
        keys = ["call_id", "segment_id"]
        fields = {name: new.excluded[name] for name in row if name not in keys}
        db.execute(new.on_conflict_do_update(index_elements=keys, set_=fields))

    def _add_all(self, db: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
        for row in rows:
            self._add(db, table, row)

    def _add(self, db: Connection, table: Table, row: Mapping[str, object]) -> None:
        """A row that is there stays as it is."""
        db.execute(self._insert(table).values(row).on_conflict_do_nothing())

    def _newest(self, db: Connection, table: Table, row: Mapping[str, object], *, by: str) -> None:
        """A row that is there gives way only to one whose `by` is greater."""
        new = self._insert(table).values(row)
        keys = [column.name for column in table.primary_key]
        fields = {name: new.excluded[name] for name in row if name not in keys}
        # One statement, so two archivists that write one alert at once cannot put the older state over the newer.
        db.execute(new.on_conflict_do_update(index_elements=keys, set_=fields, where=table.c[by] < new.excluded[by]))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction, after the tables were made where they are not there yet.

        Raises:
            StoreError: the database cannot be reached, read or written.
            Unprocessable: it does not take a value.
        """
        try:
            if not self._tables_are_there:
                bring_up_to_date(self._engine)
                self._tables_are_there = True
            with self._engine.begin() as db:
                yield db
        except (DataError, IntegrityError, OverflowError, UnicodeEncodeError) as error:
            raise _refused(error) from error
        except SettingsError as error:
            # The password's file, which may be missing for a moment while it is replaced.
            raise StoreError(str(error)) from error
        except SQLAlchemyError as error:
            if _is_of_the_values(error):
                raise _refused(error) from error
            # Whatever it was, the tables may be gone with it: a new file, a restored server.
            self._tables_are_there = False
            raise StoreError(
                f"The archive's database cannot be used ({_why(error)}): see TONEWATCH_DATABASE."
            ) from error


def _is_admitted(db: Connection, message: Kept) -> bool:
    """Of the segments topic what the monitor would refuse is not kept either.

    What was derived is refused of a call whose caller was not told. Of one that nobody announced yet it is kept: its
    topic may be ahead of the announcement's, which takes it away again where it says so.
    """
    notice = notice_of(db, [message.call_id])[message.call_id]
    if isinstance(message, Words):
        return notice.admits(message)
    return not isinstance(message, Alert | Moment | Rationale) or notice.told is not False


def _as_far_as_told(db: Connection, message: Kept, body: str) -> tuple[Kept, str]:
    """What a person wrote of a call whose caller was not told is not kept, only how they judged it."""
    match message:
        case CallOpened():
            return message.as_far_as_told(), body
        case Verdict() if message.note or message.reason:
            if notice_of(db, [message.call_id])[message.call_id].told is not False:
                return message, body
            bare = message.without_texts()
            return bare, encode(bare).decode()
    return message, body


def _admits(notice: CallNotice, row: MeasuredRow) -> bool:
    return notice.told is not False if isinstance(row, ToneRow) else notice.admits(row.said)


def _is_first_word_of_untold(db: Connection, message: Kept) -> bool:
    """Not of one that was told before: what was kept of it then is kept."""
    if not isinstance(message, CallOpened) or message.notice_given:
        return False
    return notice_of(db, [message.call_id])[message.call_id].told is None


def _check_owner(db: Connection, table: Table, row: ColumnElement[bool], call_id: str) -> None:
    owner = db.scalar(select(table.c.call_id).where(row))
    if owner not in (None, call_id):
        raise Unprocessable(f"a row of {table.name} with this id is another call's", reason="another_calls")


def _of(call_id: str, table: Table) -> Update:
    return update(table).where(table.c.call_id == call_id)


def _is_of_the_values(error: SQLAlchemyError) -> bool:
    """Would the database refuse this very message for ever? All else may pass: a full disk, a lock, a missing table."""
    sqlstate: str | None = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    code: int | None = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, DBAPIError) else None
    return (sqlstate or "")[:2] in _VALUES_SQLSTATES or (code is not None and code & 0xFF in _VALUES_SQLITE)


def _refused(error: Exception) -> Unprocessable:
    text = f"The database does not take a value of this message ({_name(error)})."
    return Unprocessable(text, reason="refused_by_database")


def _name(error: Exception) -> str:
    """The driver's name for it; its text can hold values, so that stays out."""
    return type(getattr(error, "orig", None) or error).__name__


def _why(error: SQLAlchemyError) -> str:
    """The name, and where it is of the connection, the driver's own words: an absent server, a refused password."""
    if not isinstance(error, DBAPIError) or error.statement is not None:
        return _name(error)
    words = str(error.orig).splitlines()
    # Only a statement's error can hold values, and its state is told; a connection that came not about has none.
    told = bool(words) and getattr(error.orig, "sqlstate", None) is None
    return f"{_name(error)}: {words[0]}" if told else _name(error)
