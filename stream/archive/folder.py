"""A folder of audio files: names that any file system takes, and files that are whole or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from tonewatch.stream.archive.private_files import FILE_MODE, make_folder, refuse_link
from tonewatch.stream.errors import DataError, StoreError

_READABLE = 48


def safe_name(identifier: str) -> str:
    """A file name for an identifier that may hold anything (slashes, dots, other scripts).

    The readable part can be the same for two identifiers; the hash after it is not, whatever a file system thinks
    of upper and lower case.
    """
    readable = re.sub(r"[^a-z0-9_]+", "-", identifier.lower()).strip("-")[:_READABLE]
    # An id from JSON may hold half of a surrogate pair, which plain UTF-8 refuses.
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return f"{readable}-{digest}" if readable else digest


class Folder:
    """Files under one folder, by identifiers; blocking, so to be called in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, call_id: str, name: str, suffix: str, data: bytes) -> str:
        """Write a file, over the one that is there, and return its path relative to the folder.

        Raises:
            StoreError: the folder cannot be written, or is a symbolic link.
        """
        relative = Path(safe_name(call_id)) / f"{safe_name(name)}{suffix}"
        try:
            # A link in the file's place is replaced, and never followed: see `_write_whole`.
            target = make_folder(self._root, safe_name(call_id)) / relative.name
            _write_whole(target, data)
        except OSError as error:
            raise StoreError(f"The audio folder cannot be written ({error.strerror}): see TONEWATCH_STORE.") from error
        return relative.as_posix()

    def read(self, path: str) -> bytes:
        """The bytes of a file that `write` named.

        Raises:
            DataError: there is no such file, or the name leads out of the folder.
        """
        found = (self._root / path).resolve()
        if not found.is_relative_to(self._root.resolve()):
            raise DataError("The archive names a file outside its folder: see TONEWATCH_STORE.")
        try:
            return found.read_bytes()
        except OSError as error:
            raise DataError("A file of this audio is gone or cannot be read: see TONEWATCH_STORE.") from error

    def files_of(self, call_id: str) -> list[str]:
        """As `ClipStore.files_of`."""
        folder = self._root / safe_name(call_id)
        for path in (self._root, folder):
            refuse_link(path)
        return sorted(f"{folder.name}/{one.name}" for one in folder.iterdir()) if folder.is_dir() else []

    def remove_call(self, call_id: str, *, keep: Collection[str] = ()) -> int:
        """Take away every file of a call but these paths, those that no row names too; how many there were.

        Raises:
            StoreError: the folder cannot be written, or is a symbolic link.
        """
        there, folder = self.files_of(call_id), self._root / safe_name(call_id)
        files = [path for path in there if path not in keep]
        try:
            if len(files) < len(there):
                for path in files:
                    (self._root / path).unlink(missing_ok=True)
            elif folder.is_dir():
                shutil.rmtree(folder)
        except OSError as error:
            raise StoreError(f"The audio folder cannot be written ({error.strerror}): see TONEWATCH_STORE.") from error
        return len(files)


def _write_whole(target: Path, data: bytes) -> None:
    """Under another name first: who lists the folder never sees half a file."""
    handle, temporary = tempfile.mkstemp(prefix=".part-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            file.write(data)
            file.flush()
            # The row that names the file is committed after this: it must not outlive a file that a power cut took.
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
