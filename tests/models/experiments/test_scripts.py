"""The scripts of models/experiments are run by hand, a long time apart: they must still fit the code they measure."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "models" / "experiments"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
NEEDS_TORCH = ("fit_pitch.py",)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_what_it_measures_and_says_what_it_is(name: str) -> None:
    if name in NEEDS_TORCH and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    shown = subprocess.run([sys.executable, FOLDER / name, "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "usage:" in shown.stdout


def test_every_script_stands_in_the_list() -> None:
    listed = (FOLDER / "README.md").read_text()
    assert SCRIPTS and all(f"`{name}`" in listed for name in SCRIPTS)


def test_the_scripts_stay_out_of_the_package() -> None:
    assert not (FOLDER / "__init__.py").exists()
