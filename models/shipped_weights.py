"""The folder of weights that comes with this package, found by its entry point."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def folder() -> Path:
    return Path(str(resources.files("tonewatch.models") / "weights"))
