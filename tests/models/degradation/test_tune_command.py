"""`tonewatch rules tune` over an archive as the archivist leaves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner

from tonewatch.models.degradation import tune_command
from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.raised_alerts import raised_on
from tonewatch.models.degradation.rules_command import rules
from tonewatch.stream.archive.measured import HeardRow
from tonewatch.stream.archive.store import Archive, Kept, connect
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import CallClosed, CallOpened, Verdict
from tonewatch.stream.tone.config import ToneConfig


@dataclass
class Kitchen:
    """An archive of calls that all turned angry, and what people said."""

    file: Path
    verdicts: list[Verdict]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"


@pytest.fixture
def kitchen(tmp_path: Path, listened_call: Callable[..., ListenedCall]) -> Kitchen:
    found = Kitchen(tmp_path / "archive.db", [])
    archive = Archive(connect(found.url), sample=1.0)

    def put(message: Kept) -> None:
        archive.write(message, msgspec.json.encode(message).decode(), 1)

    call = listened_call("ccccccccaaaaaaaa")
    (raised,) = raised_on(call.messages, ToneConfig())
    for number in range(3):
        name = f"call-{number}"
        put(CallOpened(call_id=name, notice_given=True))
        put(CallClosed(call_id=name, reason="ended", duration_ms=60_000))
        archive.write_measured([_heard(name, offset, one) for offset, one in enumerate(call.messages)], 1)
        if number < 2:
            alert_id = f"{name}/anger"
            put(msgspec.structs.replace(raised.alert, call_id=name, alert_id=alert_id))
            said = Verdict(
                verdict_id=name, call_id=name, alert_id=alert_id, verdict="right", by="Ada", judged_at_ms=number + 1
            )
            put(said)
            found.verdicts.append(said)
    put(Verdict(verdict_id="whole", call_id="call-2", verdict="right", by="Ada", judged_at_ms=9))
    archive.close()
    return found


def _heard(name: str, offset: int, message: msgspec.Struct) -> HeardRow:
    own = msgspec.structs.replace(message, call_id=name)
    return HeardRow(name, offset, msgspec.json.encode(own).decode())


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console takes its width when it is made, which a test process did with its own."""
    monkeypatch.setattr(tune_command, "_out", Console(width=200))


def tune(*words: str) -> str:
    result = CliRunner().invoke(rules, ["tune", *words], catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_each_value_is_told_with_its_intervals_and_what_cannot_be_known(kitchen: Kitchen) -> None:
    output = tune("anger", "--verdicts", kitchen.url, "--values", "0.7")
    lines = {line.split()[0]: line for line in output.splitlines() if line.strip()[:2] == "0."}
    assert list(lines) == ["0.7", "0.8"] and "now" in lines["0.8"]
    assert "2 of 3" in lines["0.8"] and "0.67 (0.21 to 0.94)" in lines["0.8"]
    assert "3 calls, 3 of them of the random sample" in output
    assert "2 judged alerts" in output and "1 calls judged whole" in output
    assert "Cannot be replayed" in output and "Nothing is proposed" in output


def test_verdicts_may_come_from_a_file_of_records(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "verdicts.jsonl"
    wrong = [msgspec.structs.replace(one, verdict="wrong") for one in kitchen.verdicts]
    file.write_bytes(b"\n".join(msgspec.json.encode(one) for one in wrong) + b"\n")
    monkeypatch.setenv("TONEWATCH_DATABASE", kitchen.url)
    assert "0 of 2" in tune("anger", "--verdicts", str(file), "--values", "0.8")
    assert "2 of 3" in tune("anger", "--values", "0.8")
    assert "2 of 3" in tune("anger", "--verdicts", str(kitchen.file), "--values", "0.8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing"], "no rule nothing"),
        (["anger", "--setting", "count"], "fire"),
        (["anger", "--values", "high"], "commas"),
        (["anger", "--queue", "sales"], "no such call"),
        (["anger", "--verdicts", "/nowhere/x"], "cannot be read"),
    ],
)
def test_what_cannot_be_tuned_says_why(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setenv("TONEWATCH_DATABASE", kitchen.url)
    with pytest.raises(SettingsError, match=told):
        tune(*words)
