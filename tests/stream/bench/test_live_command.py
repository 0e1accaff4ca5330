from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer import Typer
from typer.testing import CliRunner

from tests.stream.bench.test_live import report
from tonewatch.stream.bench import live_command
from tonewatch.stream.bench.live import LiveReport
from tonewatch.stream.bench.live_command import Asked, live


def run(*words: str) -> Any:
    app = Typer()
    app.command()(live)
    return CliRunner().invoke(app, list(words))


@pytest.fixture(autouse=True)
def no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(_calls: object) -> list[object]:
        return []

    monkeypatch.setattr(live_command, "record", none)


@pytest.mark.parametrize("carried", [True, False])
def test_calls_that_are_not_carried_are_a_failure_and_the_report_is_written_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carried: bool
) -> None:
    async def whole(asked: Asked, _recordings: object) -> LiveReport:
        return report(calls=asked.calls, carried=carried)

    monkeypatch.setattr(live_command, "_whole", whole)
    result = run("--calls", "7", "--json", str(tmp_path / "live.json"), "--report", str(tmp_path / "report"))
    assert result.exit_code == (not carried)
    assert json.loads((tmp_path / "live.json").read_text())["calls"] == 7
    assert (tmp_path / "report" / "live.md").read_text().count("| 7 |") == 1


def test_an_older_commit_is_run_before_what_is_here_with_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[Asked] = []

    async def whole(asked: Asked, _recordings: object) -> LiveReport:
        asked_for.append(asked)
        return report(commit=asked.commit)

    monkeypatch.setattr(live_command, "_whole", whole)
    result = run("--commit", "HEAD")
    assert result.exit_code == 0, result.output
    old, new = (dict(one.env).get("PYTHONPATH", "") for one in asked_for)
    assert "tonewatch-former-" in old and not new
    assert result.output.count("10 calls for") == 2


async def test_the_search_reports_the_largest_number_that_was_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    async def measured(_rigged: object, calls: int, *_more: object) -> LiveReport:
        return report(calls=calls, carried=calls <= 33)

    async def drained(*_words: object) -> int:
        return 0

    monkeypatch.setattr(live_command, "measure", measured)
    rigged: Any = type("Rigged", (), {"rig": type("Rig", (), {"drained": drained})()})()
    asked = Asked(10, 1.0, 1.0, True, 1, True, True, False, 1)
    found = await live_command._find(rigged, asked)
    assert (found.calls, found.carried) == (32, True)
    assert [one.calls for one in found.tried] == [10, 20, 40, 30, 35, 32]
    assert msgspec.json.decode(msgspec.json.encode(found), type=LiveReport) == found


def test_of_a_role_as_many_processes_are_started_as_are_asked_for_each_board_with_a_port_of_its_own() -> None:
    asked = Asked(10, 1.0, 1.0, False, 2, True, True, True, 1, monitors=2, boards=2, brokers=3)
    started = list(live_command._workers(asked, [8_001, 8_002]))
    assert [role for _, role, _ in started] == [
        "listen", "listen", "monitor", "monitor", "explain", "archive", "dashboard", "dashboard",
    ]  # fmt: skip
    assert len({name for name, _, _ in started}) == len(started)
    assert [more for _, role, more in started if role == "dashboard"] == [
        {"TONEWATCH_DASHBOARD_PORT": "8001"},
        {"TONEWATCH_DASHBOARD_PORT": "8002"},
    ]
