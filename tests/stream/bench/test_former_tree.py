from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tonewatch.stream.bench.former_tree import former_tree, git
from tonewatch.stream.errors import DependencyError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits; the file of the first says so."""
    root = tmp_path / "repository"
    (root / "stream").mkdir(parents=True)
    (root / "stream" / "__init__.py").touch()
    git(tmp_path, "init", "-q", str(root))
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for text in ("first", "second"):
        (root / "stream" / "said.py").write_text(f"TEXT = {text!r}\n")
        git(root, "add", ".")
        git(root, *who, "commit", "-q", "-m", text)
    return root


def test_a_role_runs_the_older_code_and_nothing_is_left_of_the_checkout(repository: Path) -> None:
    with former_tree("HEAD~1", repository) as variables:
        said = "from tonewatch.stream.said import TEXT; print(TEXT)"
        done = subprocess.run(
            [sys.executable, "-P", "-S", "-c", said], env={**os.environ, **variables}, capture_output=True, text=True
        )
        assert done.stdout.strip() == "first", done.stderr
    assert git(repository, "worktree", "list").count("\n") == 0


def test_a_commit_that_is_not_there_is_named(repository: Path) -> None:
    with pytest.raises(DependencyError, match="nosuchcommit"), former_tree("nosuchcommit", repository):
        pass
