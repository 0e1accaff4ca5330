"""Files of callers' voices and words: for their owner alone, and never through a symbolic link.

A link in the place of a file or folder of the archive would have it write, or delete, what it was not meant to. The
check and the opening of a database are two steps: a folder that others may write to is no place for one.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from tonewatch.stream.errors import StoreError

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite writes beside a database; it gives them the database's own mode."""


def refuse_link(path: Path) -> None:
    """Raises:
    StoreError: a symbolic link lies there.
    """
    if path.is_symlink():
        raise StoreError(f"{path} is a symbolic link, which the archive does not follow: name the place itself.")


def make_folder(root: Path, *below: str) -> Path:
    """`root` with the folders below it, each made for its owner alone where it is missing.

    Raises:
        StoreError: one of them, the root too, is a symbolic link.
        OSError: it cannot be made.
    """
    folder = root
    for part in ("", *below):
        folder = folder / part
        refuse_link(folder)
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            # Those between are made by the process's umask alone.
            folder.chmod(FOLDER_MODE)
    return folder


def make_database(file: Path) -> None:
    """Before SQLite opens it: made for its owner alone where it is missing, closed to others where it is ours.

    A folder that is missing is left to SQLite, which says so.

    Raises:
        StoreError: it, or what SQLite writes beside it, is a symbolic link.
    """
    for name in ("", *_BESIDE):
        refuse_link(file.with_name(file.name + name))
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE))
    for name in ("", *_BESIDE):
        _close_to_others(file.with_name(file.name + name))


def _close_to_others(file: Path) -> None:
    with contextlib.suppress(OSError):
        known = file.lstat()
        if stat.S_ISREG(known.st_mode) and known.st_uid == os.geteuid() and known.st_mode & 0o077:
            file.chmod(FILE_MODE)
