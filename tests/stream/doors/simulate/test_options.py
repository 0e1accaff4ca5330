from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from tonewatch.stream.doors.simulate.options import Line, Loss, line_trouble, tls_of, troubles, with_groups, words_of
from tonewatch.stream.errors import SettingsError


@dataclass(frozen=True)
class Group:
    times: Annotated[list[int] | None, typer.Option("--at")] = None
    loud: Annotated[bool, typer.Option("--loud", help="How it is said.")] = False


def test_a_group_is_an_option_for_each_of_its_fields() -> None:
    app, seen = typer.Typer(), list[object]()

    @app.command()
    @with_groups
    def say(word: Annotated[str, typer.Argument()], group: Group, count: Annotated[int, typer.Option()] = 2) -> None:
        """Says it."""
        seen.append((word, group, count))

    assert CliRunner().invoke(app, ["hello", "--at", "3", "--at", "4", "--loud"]).exit_code == 0
    assert CliRunner().invoke(app, ["hello", "--count", "5"]).exit_code == 0
    assert seen == [("hello", Group([3, 4], loud=True), 2), ("hello", Group(), 5)]
    told = CliRunner().invoke(app, ["--help"]).output
    assert "Says it." in told and "How it is said." in told


def test_seconds_of_the_command_line_are_ms_of_both_kinds_of_trouble() -> None:
    line, loss = Line(jitter_ms=5, hold=[1.5], hold_s=2.0, seed=7), Loss(loss=0.1, twice=0.2)
    of_websocket, of_legs = troubles(line, loss=loss), line_trouble(line, [3.25], loss)
    assert (of_websocket.holds, of_websocket.hold_ms, of_websocket.seed) == ((1_500,), 2_000, 7)
    assert (of_legs.holds_ms, of_legs.breaks_ms, of_legs.lost) == (((1_500, 3_500),), (3_250,), 0.1)


@pytest.mark.parametrize("content", ["", "a b c"])
def test_a_file_without_a_secret_or_with_too_many_words_is_told_without_them(content: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(content)
    with pytest.raises(SettingsError, match="--secret-file") as told:
        words_of(tmp_path / "secret", "--secret-file", most=2)
    assert "a b" not in str(told.value)


def test_without_a_file_of_cas_those_of_the_system_are_trusted(tmp_path: Path) -> None:
    assert tls_of(None, encrypted=False) is None
    trusting = tls_of(None, encrypted=True)
    assert trusting is not None and trusting.verify_mode == ssl.CERT_REQUIRED and trusting.check_hostname
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(SettingsError, match="--ca-file"):
        tls_of(tmp_path / "ca.pem", encrypted=True)
