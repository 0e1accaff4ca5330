"""Alerts, moments and reasons small enough to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.codec import decode_alert, decode_moment, decode_rationale
from tonewatch.stream.messages import Alert, Moment, Rationale

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """On an SQLite file of its own, `archive.db` in `tmp_path`."""
    archive = Archive(connect(f"sqlite:///{tmp_path / 'archive.db'}"))
    yield archive
    archive.close()


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
def body() -> Callable[[msgspec.Struct], str]:
    """A message as the JSON text that Kafka carries."""
    return lambda message: msgspec.json.encode(message).decode()
