"""Who imports whom is as ARCHITECTURE.md says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "stream": {"stream"},
    "workers": {"stream", "workers"},
    "models": {"stream", "workers", "models"},
    "dashboard": {"stream", "dashboard"},
}


def imported_rooms(path: Path) -> set[str]:
    """Rooms of ours that a file names in an import, at whatever depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{a.name}" for a in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("tonewatch.")}
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = [p for p in (ROOT / room).rglob("*.py") if "node_modules" not in p.parts]
    assert files
    strangers = {str(p.relative_to(ROOT)): imported_rooms(p) - MAY_IMPORT[room] for p in files}
    assert {path: rooms for path, rooms in strangers.items() if rooms} == {}


def test_every_package_folder_is_in_the_wheel_list() -> None:
    import tomllib

    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = set(config["tool"]["setuptools"]["packages"])
    folders = {
        "tonewatch." + ".".join(p.parent.relative_to(ROOT).parts)
        for room in MAY_IMPORT
        for p in (ROOT / room).rglob("__init__.py")
        if "node_modules" not in p.parts
    }
    assert folders == listed
