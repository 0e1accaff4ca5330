"""An older commit of this repository, checked out beside it; its roles run with the packages that are here."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tonewatch.stream.errors import DependencyError

ROOMS = ("stream", "workers", "models", "dashboard")
BUILT = Path("dashboard/static")
"""The board's page is built and no part of a commit: that of today is served, and the bench reads none of it."""

HERE = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def former_tree(commit: str, root: Path = HERE) -> Iterator[dict[str, str]]:
    """Environment variables by which a role runs that commit's code; the checkout is removed at the end.

    Raises:
        DependencyError: there is no repository, or no such commit in it.
    """
    with tempfile.TemporaryDirectory(prefix="tonewatch-former-") as folder:
        tree, paths = Path(folder) / "tree", Path(folder) / "paths"
        git(root, "worktree", "add", "--detach", str(tree), commit)
        try:
            _link(tree, paths, root)
            # Before what is installed: Python looks there first.
            found = [str(paths), os.environ.get("PYTHONPATH", "")]
            yield {"PYTHONPATH": os.pathsep.join(path for path in found if path)}
        finally:
            git(root, "worktree", "remove", "--force", str(tree))


def git(root: Path, *words: str) -> str:
    """What git says.

    Raises:
        DependencyError: it is missing, or refuses.
    """
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise DependencyError("git is missing; without it no older commit can be measured.") from error
    except subprocess.CalledProcessError as error:
        raise DependencyError(f"git {' '.join(words[:2])} failed in {root}: {error.stderr.strip()}") from error
    return done.stdout.strip()


def _link(tree: Path, paths: Path, root: Path) -> None:
    """The rooms as parts of the package, under a folder for PYTHONPATH."""
    (paths / "tonewatch").mkdir(parents=True)
    for room in ROOMS:
        (paths / "tonewatch" / room).symlink_to(tree / room)
    if not (tree / BUILT).exists() and (root / BUILT).exists():
        (tree / BUILT).symlink_to(root / BUILT)
