from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.stream.archive import archive_command
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.retention import Retention
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.cli import build
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Moment
from tonewatch.stream.settings import ArchiveSettings

from .test_store import Body


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command may not take the logs of the tests."""
    monkeypatch.setattr(archive_command, "configure", lambda *_words: None)


def test_a_database_that_is_none_is_refused_before_kafka_is_asked() -> None:
    found = CliRunner().invoke(build(["archive"]), ["archive", "--database", "mysql://somewhere", "--kafka", "no:1"])
    assert "mysql is not sqlite or postgresql" in str(found.exception)


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[ArchiveSettings] = []

    async def run(settings: ArchiveSettings) -> None:
        given.append(settings)

    monkeypatch.setattr(archive_command, "run", run)
    monkeypatch.setenv("TONEWATCH_STORE", "elsewhere")
    monkeypatch.setenv("TONEWATCH_DATABASE", "sqlite:///there.db")
    assert CliRunner().invoke(build(["archive"]), ["archive", "--store", "here"]).exit_code == 0
    assert [(settings.store, settings.database) for settings in given] == [("here", "sqlite:///there.db")]


@pytest.fixture
def old_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: Moment, body: Body) -> str:
    """The database of an archive of one call, long ago."""
    url = f"sqlite:///{tmp_path / 'archive.db'}"
    archive = Archive(connect(url))
    archive.write(moment, body(moment), 1)
    archive.close()
    monkeypatch.setenv("TONEWATCH_DATABASE", url)
    monkeypatch.setenv("TONEWATCH_STORE", str(tmp_path / "audio"))
    return url


def prune(*words: str) -> str:
    found = CliRunner().invoke(build(["archive"]), ["archive", "prune", *words], catch_exceptions=False)
    assert found.exit_code == 0
    return found.output


def test_old_calls_are_counted_first_and_then_taken_away(old_call: str) -> None:
    assert "1 calls ended" in prune("--days", "30", "--dry-run")
    assert "1 calls and 0 files" in prune("--days", "30")
    assert "0 calls ended" in prune("--days", "30", "--dry-run")


def test_nothing_is_taken_away_without_a_number_of_days(old_call: str) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_ARCHIVE_DAYS"):
        prune()


@pytest.mark.parametrize(("days", "left"), [(30, 0), (0, 1)])
async def test_the_role_takes_old_calls_away_by_itself_where_it_is_set(
    old_call: str, tmp_path: Path, days: int, left: int
) -> None:
    archive, stop = Archive(connect(old_call)), asyncio.Event()
    retention = Retention(archive, Folder(tmp_path))
    pruning = asyncio.create_task(archive_command.prune_daily(retention, days, stop))
    while retention.due(2) != left:
        await asyncio.sleep(0)
    stop.set()
    await pruning
    archive.close()
