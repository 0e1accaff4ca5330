"""Where the shipped weights lie: the folder is handed in by a setting, or announced by an installed package."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from tonewatch.stream.errors import DependencyError

GROUP = "tonewatch.weights"
"""Entry points that each name a function which gives a folder of weights."""


def weights_folder(setting: str = "") -> Path:
    """`setting` (TONEWATCH_WEIGHTS_FOLDER) where it is given, else the folder that an installed package announces.

    Raises:
        DependencyError: neither is there.
    """
    if setting:
        return Path(setting)
    # By entry point, so that this folder of code need not import the one that ships the weights.
    for point in entry_points(group=GROUP):
        return Path(point.load()())
    raise DependencyError(
        f"No package announces a folder of weights (entry point group {GROUP}): install tonewatch again, or set "
        "TONEWATCH_WEIGHTS_FOLDER."
    )


def relative_head_file(weights: str, folder: Path) -> Path:
    """The head that judges a segment against the caller's baseline, of a set of weights."""
    return folder / f"{weights}-relative.npz"


def posterior_reference_file(weights: str, folder: Path) -> Path:
    """How the encoder's posterior was distributed when it was right, of a set of weights: drift is measured from it."""
    return folder / f"{weights}-posterior.json"
