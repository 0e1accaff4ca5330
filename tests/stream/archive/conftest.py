"""Alerts, moments and reasons small enough to read; the databases that an archive may lie in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.codec import (
    decode_alert,
    decode_moment,
    decode_rationale,
    decode_segment,
    decode_tone,
    decode_verdict,
)
from tonewatch.stream.messages import Alert, Moment, Rationale, Segment, Tone, Verdict, Words

from .postgres import PostgresServer

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """On an SQLite file of its own, `archive.db` in `tmp_path`."""
    archive = Archive(connect(f"sqlite:///{tmp_path / 'archive.db'}"))
    yield archive
    archive.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of Debian's programs; skips where they or the driver are not installed."""
    pytest.importorskip("psycopg")
    server = PostgresServer.found()
    if server is None:
        pytest.skip("PostgreSQL's programs are not installed (Debian: apt-get install postgresql)")
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind that an archive may lie in."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'archive.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def alert() -> Alert:
    return decode_alert((GOLDEN / "alert.json").read_bytes())


@pytest.fixture
def moment() -> Moment:
    return decode_moment((GOLDEN / "moment.json").read_bytes())


@pytest.fixture
def rationale() -> Rationale:
    return decode_rationale((GOLDEN / "rationale.json").read_bytes())


@pytest.fixture
def verdict() -> Verdict:
    return decode_verdict((GOLDEN / "verdict.json").read_bytes())


@pytest.fixture
def words() -> Words:
    found = decode_segment((GOLDEN / "words.json").read_bytes())
    assert isinstance(found, Words)
    return found


@pytest.fixture
def segment() -> Segment:
    found = decode_segment((GOLDEN / "segment.json").read_bytes())
    assert isinstance(found, Segment)
    return found


@pytest.fixture
def tone() -> Tone:
    found = decode_tone((GOLDEN / "tone.json").read_bytes())
    assert isinstance(found, Tone)
    return found


@pytest.fixture
def body() -> Callable[[msgspec.Struct], str]:
    """A message as the JSON text that Kafka carries."""
    return lambda message: msgspec.json.encode(message).decode()
