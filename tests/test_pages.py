"""The pages name only files, commands and variables that are there."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tonewatch.stream.doors.audiohook.admission import AudioHookAdmission
from tonewatch.stream.doors.credentials import parse
from tonewatch.stream.doors.simulate.leg_commands import audiosocket
from tonewatch.stream.settings import KNOWN_ELSEWHERE, variables

ROOT = Path(__file__).parents[1]
SKIPPED = {".venv", "node_modules", "build", "dist", ".pytest_cache"}
PAGES = [page for page in sorted(ROOT.rglob("*.md")) if not SKIPPED.intersection(page.relative_to(ROOT).parts)]
HISTORY = {"CHANGELOG.md", "DIARY.md", "DIARY-explainer.md"}
"""Name files, commands and variables as they were then."""

PRESENT = [page for page in PAGES if page.name not in HISTORY]
ENTRY_POINTS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
ROOMS = ("stream", "workers", "models", "dashboard", "tests", "requirements", "k8s", "examples")
MADE = ("dashboard/static", "dashboard/web/node_modules", "models/experiments/NAME.py")
"""Made by a build and not in the repository, or a name to be filled in."""

_LINK = re.compile(r"\]\(([^)#\s]+)")
_QUOTED = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?:^ {4}|`|& )(?:\.venv/bin/)?tonewatch ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?", re.MULTILINE)
_METRIC = re.compile(r"\btonewatch_[a-z_]+")
_VARIABLE = re.compile(r"TONEWATCH_[A-Z_]*[A-Z]")

EACH = pytest.mark.parametrize("page", PRESENT, ids=lambda page: str(page.relative_to(ROOT)))


def quoted_paths(text: str) -> Iterator[str]:
    """What stands in backticks and is a path from the root, or a file by a name of this project's kinds."""
    for quoted in _QUOTED.findall(text):
        for word in quoted.split():
            is_path = re.fullmatch(r"[\w./-]+", word) and word.startswith(tuple(f"{room}/" for room in ROOMS))
            if is_path or (word == quoted and re.fullmatch(r"[\w/-]+\.(?:py|md|toml|tsx?)", word)):
                yield word


@EACH
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@EACH
def test_every_path_in_backticks_is_there(page: Path) -> None:
    paths = {path for path in quoted_paths(page.read_text()) if not path.startswith(MADE)}
    assert sorted(path for path in paths if not is_there(path, page)) == []


def is_there(path: str, page: Path) -> bool:
    """From the root, from the page's folder or one above it, or by its name alone somewhere below the page's folder."""
    if any((folder / path).exists() for folder in (page.parent, *page.parents) if folder.is_relative_to(ROOT)):
        return True
    below = [page.parent] if page.parent != ROOT else [ROOT / room for room in ROOMS]
    return any(next(folder.rglob(path), None) for folder in below if folder.is_dir())


@EACH
def test_every_command_is_one(page: Path) -> None:
    known, benches = ENTRY_POINTS["tonewatch.commands"], ENTRY_POINTS["tonewatch.bench"]
    for command, following in _COMMAND.findall(page.read_text()):
        assert command in known, f"tonewatch {command}"
        assert command != "bench" or not following or following in benches, f"tonewatch bench {following}"


@EACH
def test_every_variable_is_a_setting_or_one_of_the_tests(page: Path) -> None:
    known = {*variables(), *KNOWN_ELSEWHERE}
    found = {name for name in _VARIABLE.findall(page.read_text()) if not name.startswith("TONEWATCH_TEST")}
    assert found - known == set()


@EACH
def test_every_metric_stands_in_the_table_of_metrics(page: Path) -> None:
    table = (ROOT / "stream" / "service" / "METRICS.md").read_text()
    known = set(re.findall(r"^\| `(tonewatch_\w+)`", table, re.MULTILINE))
    assert known
    assert set(_METRIC.findall(page.read_text())) - known == set()


def test_the_pages_are_found() -> None:
    names = {str(page.relative_to(ROOT)) for page in PRESENT}
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "stream/GUARANTEES.md"} <= names


PUBLISHED = set(re.findall(r"127\.0\.0\.1:(\d+):", (ROOT / "docker-compose.yml").read_text()))
_LISTENS = re.compile(r"--(?:websocket|twilio|audiohook|freeswitch|livekit|announce|audiosocket) 127\.0\.0\.1:(\d+)")


@EACH
def test_no_line_listens_where_the_compose_file_does_already(page: Path) -> None:
    assert {"9092", "8090"} <= PUBLISHED
    assert set(_LISTENS.findall(page.read_text())) & PUBLISHED == set()


def test_asterisk_and_its_simulator_call_the_door_where_the_page_opens_it() -> None:
    (opened,) = set(re.findall(r"--audiosocket (\S+)", (ROOT / "stream" / "doors" / "README.md").read_text()))
    dialplan = (ROOT / "examples" / "asterisk" / "extensions.conf").read_text()
    assert re.findall(r"^TONEWATCH_AUDIOSOCKET=(\S+)", dialplan, re.MULTILINE) == [opened]
    assert inspect.signature(audiosocket).parameters["door"].default == opened


def test_the_secrets_of_the_page_of_doors_can_be_used() -> None:
    page = (ROOT / "stream" / "doors" / "README.md").read_text()
    lines = "".join(re.findall(r"^ {4}printf '(.*?)' >>? secrets", page, re.MULTILINE)).replace("\\n", "\n")
    found = parse(lines, "the page")
    assert {one.door for one in found} == {"websocket", "twilio", "audiohook"}
    AudioHookAdmission().check([one for one in found if one.door == "audiohook"])


@EACH
def test_every_program_in_python_is_whole(page: Path) -> None:
    for program in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        compile(program, str(page), "exec")
