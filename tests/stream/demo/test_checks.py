from __future__ import annotations

import socket
from importlib import resources
from pathlib import Path

import pytest

from tonewatch.stream.demo import checks
from tonewatch.stream.errors import DependencyError, SettingsError


def test_a_busy_port_is_one_line_with_what_why_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"Port {port} .*in use.*--port") as caught:
            checks.check_port(port)
    assert "\n" not in str(caught.value)


def test_a_free_port_passes(free_port: int) -> None:
    checks.check_port(free_port)


def test_an_unknown_language_model_names_the_choices() -> None:
    with pytest.raises(SettingsError, match=r"small, llama, .*none"):
        checks.check_llm("gpt")


def test_a_missing_file_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("package")
    monkeypatch.setattr(resources, "files", lambda _package: empty)
    with pytest.raises(DependencyError, match=r"page was not built.*make web"):
        checks.check_files()


def test_the_weights_that_are_missing_are_named_by_their_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "static" / "index.html"
    page.parent.mkdir()
    page.touch()
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    monkeypatch.setattr(checks, "weights_folder", lambda: tmp_path)
    with pytest.raises(DependencyError, match=r"no commercial-int8\.onnx"):
        checks.check_files("commercial")


def test_a_folder_to_keep_the_archive_in_is_made_and_one_that_cannot_be_is_named(tmp_path: Path) -> None:
    made = checks.made_folder(tmp_path / "a" / "b")
    assert made.is_dir() and made.is_absolute()
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"--keep .*Name another folder"):
        checks.made_folder(tmp_path / "file" / "x")
