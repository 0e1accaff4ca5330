"""The scripts of models/experiments are run by hand, a long time apart: they must still fit the code they measure."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "models" / "experiments"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
NEEDS_TORCH = ("fit_pitch.py",)

ASK_EACH = """
import contextlib, io, json, runpy, sys
told = {}
for script in sys.argv[1:]:
    sys.argv, shown = [script, "--help"], io.StringIO()
    sys.path[0] = script.rpartition("/")[0]
    try:
        with contextlib.redirect_stdout(shown):
            runpy.run_path(script, run_name="__main__")
        told[script] = "it did not end by itself"
    except SystemExit as end:
        told[script] = shown.getvalue() if not end.code else f"status {end.code}"
    except Exception as error:
        told[script] = repr(error)
print(json.dumps(told))
"""
"""One process for all: most of their time goes into importing the same packages."""


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What each script shows when it is asked for help, or why it does not."""
    has_torch = importlib.util.find_spec("torch") is not None
    asked = [str(FOLDER / name) for name in SCRIPTS if has_torch or name not in NEEDS_TORCH]
    shown = subprocess.run([sys.executable, "-c", ASK_EACH, *asked], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    return {Path(script).name: words for script, words in json.loads(shown.stdout.splitlines()[-1]).items()}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_what_it_measures_and_says_what_it_is(name: str, told: dict[str, str]) -> None:
    if name not in told:
        pytest.skip("torch is not installed")
    assert "usage:" in told[name]


def test_every_script_stands_in_the_list() -> None:
    listed = (FOLDER / "README.md").read_text()
    assert SCRIPTS and all(f"`{name}`" in listed for name in SCRIPTS)


def test_the_scripts_stay_out_of_the_package() -> None:
    assert not (FOLDER / "__init__.py").exists()
