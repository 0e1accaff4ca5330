"""The job itself is run over a real broker and a real Redis in tests/integration/test_erasure.py."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tonewatch.stream.retention import retention_command
from tonewatch.stream.retention.retention_command import retention


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console takes its width when it is made, which a test process did with its own."""
    monkeypatch.setattr(retention_command, "_out", Console(width=200, highlight=False))


def test_each_class_of_data_is_listed_with_its_place() -> None:
    shown = CliRunner().invoke(retention, ["list"], env={"COLUMNS": "200"}).stdout
    assert "tonewatch.calls.v1" in shown
    assert "TONEWATCH_BOARD_TTL_S" in shown


@pytest.mark.parametrize(("found", "status"), [({"Redis": []}, 0), ({"SQL": ["2 calls are older than 9 days"]}, 1)])
def test_what_is_against_its_retention_is_told_and_is_a_status(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, list[str]], status: int
) -> None:
    async def check(*_: Any) -> dict[str, list[str]]:
        return found

    monkeypatch.setattr(retention_command, "check", check)
    result = CliRunner().invoke(retention, ["check"], env={"COLUMNS": "200"})
    assert result.exit_code == status
    assert ("SQL: 2 calls are older than 9 days." in result.stdout) == bool(status)
