from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tonewatch.stream.archive import archive_command
from tonewatch.stream.cli import build
from tonewatch.stream.settings import ArchiveSettings


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
