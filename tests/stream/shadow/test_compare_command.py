from __future__ import annotations

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.shadow import compare_command as module
from tonewatch.stream.shadow.comparison import Said
from tonewatch.stream.shadow.shadow import Shadow

from .test_comparison import alert, heard, said

LIVE = said([*heard("a"), alert("a", 12_000), *heard("b"), alert("b", 8_000)])
SHADOW = said([*heard("a"), alert("a", 14_500), *heard("b")])


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command over what both sides said; the times from which it read are kept."""
    asked: list[int] = []

    async def read(settings: KafkaSettings, shadow: Shadow, since_ms: int) -> tuple[Said, Said]:
        asked.append(since_ms)
        return LIVE, SHADOW

    monkeypatch.setattr(module, "read_sides", read)
    app = typer.Typer()
    app.command()(module.compare_command)

    def run(*arguments: str) -> Any:
        answer: Any = CliRunner().invoke(app, ["new", *arguments])
        answer.since_ms = asked[-1] if asked else None
        return answer

    return run


def test_the_summary_names_alerts_of_both_and_of_either_side(compared: Any) -> None:
    told = compared().stdout
    assert "agreement" in told and "0.500" in told
    assert "only live" in told and "8.0 s" in told


def test_json_has_every_alert(compared: Any) -> None:
    found = json.loads(compared("--json").stdout)
    assert [a["call_id"] for a in found["alerts_only_live"]] == ["b"]
    assert found["alerts_in_both"][0]["live"]["onset_ms"] == 12_000


def test_too_little_agreement_is_a_status(compared: Any) -> None:
    assert compared("--least-agreement", "0.5").exit_code == 0
    assert compared("--least-agreement", "0.9").exit_code == 1


def test_without_a_bound_all_that_kafka_keeps_is_read(compared: Any) -> None:
    assert compared("--hours", "0").since_ms == 0
    assert compared("--hours", "1").since_ms > 0


def test_a_name_that_no_shadow_can_have_is_refused(compared: Any) -> None:
    app = typer.Typer()
    app.command()(module.compare_command)
    refused = CliRunner().invoke(app, ["Not.A.Name"])
    assert refused.exit_code != 0 and "TONEWATCH_SHADOW" in str(refused.exception)
