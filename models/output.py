"""A command's output files; a file that cannot be written is an error that names the option to choose another."""

from __future__ import annotations

from pathlib import Path

from tonewatch.stream.errors import StoreError


def make_folder(folder: Path) -> None:
    """StoreError when it cannot be made. Called before the work is done, not after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder {folder}: {error.strerror}; name another one") from error


def write_file(file: Path, data: bytes, what: str, option: str) -> None:
    """The folder must exist. StoreError naming `what` and the `option` when it cannot be written."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise StoreError(f"cannot write {what} to {file}: {error.strerror}; name another {option}") from error
