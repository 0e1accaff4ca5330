"""Where the shipped weights lie: the folder is handed in by a setting, or announced by an installed package.

A folder may hold SUMS, the SHA-256 of each of its files, as `sha256sum` writes it. The shipped one does: no file of it
is loaded that has other bytes, or that is not named there.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from tonewatch.stream.errors import DependencyError, ModelError

GROUP = "tonewatch.weights"
"""Entry points that each name a function which gives a folder of weights."""

SUMS: Final = "SHA256SUMS"


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


def checked_bytes(file: Path) -> bytes:
    """What a file of weights holds, once it is known to be what its folder says.

    Raises:
        OSError: it cannot be read.
        ModelError: its folder has SUMS, and the file is not named there or has other bytes.
    """
    data = file.read_bytes()
    check_sum(file, hashlib.sha256(data).hexdigest())
    return data


def check_sum(file: Path, found: str) -> None:
    """`found` is the SHA-256 of the file's bytes.

    Raises:
        ModelError: its folder has SUMS, and the file is not named there or has other bytes.
    """
    sums = read_sums(file.parent)
    if sums is None:
        return
    expected = sums.get(file.name)
    if expected is None:
        raise ModelError(f"{file} is not among the weights that {SUMS} beside it names: put it into another folder.")
    if found != expected:
        raise ModelError(
            f"{file} was altered or is damaged: its SHA-256 is {found[:12]}..., {SUMS} beside it says "
            f"{expected[:12]}...: install the package again."
        )


def read_sums(folder: Path) -> dict[str, str] | None:
    """SHA-256 by the name of the file; None where the folder has no SUMS.

    Raises:
        ModelError: SUMS cannot be read.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
        return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / SUMS} cannot be read ({error}): install the package again.") from error


def sums_of(folder: Path) -> str:
    """What SUMS of a folder is to say of the files in it."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name != SUMS)
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
