from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer import Typer
from typer.testing import CliRunner

from tonewatch.stream.bench import upgrade_command
from tonewatch.stream.bench.evidence import CallEvidence, Evidence
from tonewatch.stream.bench.kill_command import WORKERS
from tonewatch.stream.bench.load import SentCall
from tonewatch.stream.bench.upgrade_command import READERS_FIRST, Plan, Sent, UpgradeReport, tally, upgrade

SENT = Sent(
    former=[SentCall("stem-before", "stem", 0.0)],
    disturbed=[SentCall("stem-0-0", "stem", 0.0)],
    present=[SentCall("stem-after", "stem", 0.0)],
)


def heard(*starts_ms: int) -> CallEvidence:
    return CallEvidence(segments={f"0/{start_ms}": (start_ms, start_ms + 1000) for start_ms in starts_ms})


def missing(meanwhile: CallEvidence) -> int:
    """Segments of a call during the replacements, beside one that differs between the releases."""
    calls = {"stem-before": heard(0, 4000), "stem-after": heard(0, 4100), "stem-0-0": meanwhile}
    return tally(SENT, Evidence(calls)).segments_missing


def test_a_call_may_be_as_either_release_leaves_it() -> None:
    assert missing(heard(0, 4000)) == missing(heard(0, 4100)) == 0


def test_a_call_that_is_as_neither_release_leaves_it_is_a_finding() -> None:
    assert missing(heard(0)) == 1


def run_command(monkeypatch: pytest.MonkeyPatch, former: Path, notes: list[str], *options: str) -> tuple[int, str]:
    counts = dict.fromkeys(
        field for field in UpgradeReport.__struct_fields__ if field.startswith(("segments", "alerts"))
    )

    async def run(_plan: Plan) -> tuple[UpgradeReport, list[str]]:
        rest = {"broker": "Apache Kafka", "replaced": [], "calls": 1, "unasked_deaths": 0, "behind": 0}
        return msgspec.convert({**rest, **dict.fromkeys(counts, 0), "dead_letters": {}}, UpgradeReport), notes

    monkeypatch.setattr(upgrade_command, "_run", run)
    app = Typer()
    app.command()(upgrade)
    result = CliRunner().invoke(app, [str(former), *options])
    return result.exit_code, result.output


@pytest.mark.parametrize(("notes", "status"), [([], 0), (["call: segment 0/0 was not heard"], 1)])
def test_only_a_replacement_that_lost_nothing_ends_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, notes: list[str], status: int
) -> None:
    interpreter = tmp_path / "python"
    interpreter.touch()
    report = tmp_path / "report.json"
    assert run_command(monkeypatch, interpreter, notes, "--json", str(report))[0] == status
    assert json.loads(report.read_text())["calls"] == 1


def test_an_interpreter_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, output = run_command(monkeypatch, tmp_path / "nowhere", [])
    assert status == 2 and "there is no interpreter" in output


def test_every_worker_is_replaced_and_readers_before_writers() -> None:
    roles = [dict(WORKERS)[name] for name in READERS_FIRST]
    assert sorted(READERS_FIRST) == sorted(name for name, _ in WORKERS)
    assert roles == sorted(roles, key=["archive", "explain", "monitor", "listen"].index)
