from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from tonewatch.stream import cli
from tonewatch.stream.cli import build, main
from tonewatch.stream.errors import AccessRefused, BrokerError, SettingsError, TonewatchError


def names(argv: list[str]) -> set[str | None]:
    app = build(argv)
    return {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}


def test_only_the_command_that_is_named_is_loaded() -> None:
    assert names(["topics", "list"]) == {"topics"}
    assert names(["--help", "dlq"]) == {"dlq"}


def test_without_a_known_name_every_command_is_there_to_be_listed() -> None:
    assert names([]) == names(["nonsense"]) >= {"listen", "monitor", "explain", "archive", "dashboard", "demo", "bench"}


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(build(["--version"]), ["--version"]).output.startswith("tonewatch ")


@pytest.mark.parametrize(("error", "status"), [(SettingsError, 1), (BrokerError, 1), (AccessRefused, 77)])
def test_an_error_of_ours_is_one_line_and_a_status_that_tells_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[TonewatchError], status: int
) -> None:
    def broken(_argv: list[str]) -> None:
        raise error("TONEWATCH_KAFKA: not an address.")

    monkeypatch.setattr(cli, "build", broken)
    monkeypatch.setattr(sys, "argv", ["tonewatch", "topics"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (status, "tonewatch: TONEWATCH_KAFKA: not an address.\n")
