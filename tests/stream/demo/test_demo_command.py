from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from tonewatch.stream.cli import build
from tonewatch.stream.demo import demo_command
from tonewatch.stream.demo.show import Options
from tonewatch.stream.demo.state import Status
from tonewatch.stream.demo.summary import Summary, Timings


def run(*arguments: str) -> str:
    return str(CliRunner().invoke(build(["demo"]), ["demo", *arguments]).exception)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The board is built and the weights are there."""
    monkeypatch.setattr(demo_command, "check_files", lambda _weights: None)


def test_what_is_wrong_is_said_before_anything_is_started(tmp_path: Path, free_port: int) -> None:
    assert "--llm gpt" in run("--llm", "gpt")
    assert f"No demo calls in {tmp_path}" in run("--port", str(free_port), "--calls", str(tmp_path))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A second of two channels."""
    path = tmp_path / "mine.wav"
    soundfile.write(path, np.zeros((8000, 2)), 8000)
    return path


def test_own_recordings_need_the_notice_and_channels_that_are_roles(
    recording: Path, tmp_path: Path, free_port: int
) -> None:
    port = ("--port", str(free_port))
    assert "--notice-given" in run(*port, "--calls", str(recording))
    assert "is no role" in run(*port, "--calls", str(recording), "--channels", "me,you", "--notice-given")
    assert "for your own recordings" in run(*port, "--channels", "customer,agent")
    (tmp_path / "words.wav").write_text("no audio")
    assert "words.wav" in run(*port, "--calls", str(tmp_path / "words.wav"), "--notice-given")


def test_two_recordings_of_one_name_are_told_apart_by_nobody(recording: Path, tmp_path: Path, free_port: int) -> None:
    other = tmp_path / "b" / "mine.flac"
    other.parent.mkdir()
    soundfile.write(other, np.zeros((8000, 2)), 8000)
    said = run("--port", str(free_port), "--calls", str(recording), str(other), "--notice-given")
    assert "two files are called mine" in said


def test_own_recordings_are_played_with_what_was_said_of_them(
    recording: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Options] = []

    async def begin(options: Options, *_rest: object, **_more: object) -> Summary:
        given.append(options)
        return Summary((), (), Status("", "", is_own=True), Timings())

    monkeypatch.setattr(demo_command, "_run", begin)
    arguments = ["demo", "--port", str(free_port), "--calls", str(recording), "--channels", "customer,agent"]
    result = CliRunner().invoke(build(["demo"]), [*arguments, "--notice-given", "--seconds", "5"])
    assert result.exit_code == 0, result.output
    calls = given[0].calls
    assert (calls.files, calls.channels, calls.notice_given, calls.is_own) == (
        (recording,),
        "customer,agent",
        True,
        True,
    )
    assert "1 of your own recordings" in result.output
    assert "xpected" not in result.output and "synthetic" not in result.output


def test_the_help_names_every_engine_that_can_be_chosen() -> None:
    said = CliRunner().invoke(build(["demo"]), ["demo", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert all(name in said for name in ("small", "llama", "torch", "omni", "http", "none"))
