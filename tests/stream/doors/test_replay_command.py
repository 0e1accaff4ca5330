from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.stream.cli import build
from tonewatch.stream.doors import replay_command
from tonewatch.stream.doors.replay import Plan
from tonewatch.stream.settings import KafkaSettings

Tone = Callable[..., Path]


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """What the command would replay, without a Kafka."""
    kept: list[Plan] = []

    async def keep(plans: list[Plan], _speed: float, _settings: KafkaSettings) -> int:
        kept.extend(plans)
        return 0

    monkeypatch.setattr(replay_command, "_replay_all", keep)
    return kept


def test_the_command_skips_what_it_cannot_read_and_fails_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    result = CliRunner().invoke(build(["replay"]), ["replay", str(tmp_path / "text.wav"), str(tmp_path / "gone.wav")])
    assert result.exit_code == 1
    assert "skipped" in result.output
    assert "no such file" in result.output


def test_the_command_says_what_a_killed_recorder_left(tmp_path: Path, tone: Tone, replayed: list[Plan]) -> None:
    path = tone(tmp_path / "a.wav", seconds=2.0)
    path.write_bytes(path.read_bytes()[:-16_000])
    result = CliRunner().invoke(build(["replay"]), ["replay", str(path), "--channels", "customer"])
    assert "says 2.00 s, it holds 1.00 s" in result.output
    assert [plan.file.duration_ms for plan in replayed] == [1000]


@pytest.mark.parametrize(
    ("options", "channels", "said"),
    [
        (["--notice-given"], 1, "turn-taking is lost"),
        (["--notice-given", "--channels", "customer"], 1, ""),
        ([], 2, "counted, not analysed"),
        (["--notice-given"], 2, "the first channel is taken for the customer, the second for the agent"),
        (["--notice-given", "--channels", "agent,customer"], 2, ""),
    ],
)
def test_the_command_says_what_is_lost_before_it_replays(
    tmp_path: Path, tone: Tone, replayed: list[Plan], options: list[str], channels: int, said: str
) -> None:
    path = tone(tmp_path / "a.wav", channels=channels)
    result = CliRunner().invoke(build(["replay"]), ["replay", str(path), "--suffix", "7", *options])
    assert (result.exit_code, [plan.call_id for plan in replayed]) == (0, ["a-7"])
    assert said in result.output if said else not result.output
