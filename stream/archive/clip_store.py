"""Where the archive's sound lies: a folder, or a bucket that fsspec knows."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from tonewatch.stream.archive.bucket import Bucket
from tonewatch.stream.archive.folder import Folder


class ClipStore(Protocol):
    """Files by call and name; blocking, so to be called in a thread."""

    def write(self, call_id: str, name: str, suffix: str, data: bytes) -> str:
        """Write a file, over the one that is there, and return its path in the store.

        Raises:
            StoreError: it cannot be written.
        """

    def read(self, path: str) -> bytes:
        """
        Raises:
            DataError: there is no such file in the store.
            StoreError: the store does not answer.
        """

    def files_of(self, call_id: str) -> list[str]:
        """Paths of all files of a call, those that no row names too.

        Raises:
            StoreError: the store does not answer, or the call's folder is a symbolic link.
        """

    def remove_call(self, call_id: str, *, keep: Collection[str] = ()) -> int:
        """Take away every file of a call but these paths, and say how many there were.

        Raises:
            StoreError: they cannot be taken away.
        """


def open_clips(address: str, endpoint: str = "") -> ClipStore:
    """A path, or a URL as `s3://bucket/folder`. `endpoint`: of a server that speaks S3 and is not Amazon's.

    Raises:
        SettingsError: the address is none, or of a kind that fsspec does not know.
        DependencyError: the package of that kind is not installed.
    """
    return Bucket(address, endpoint) if is_bucket(address) else Folder(Path(address))


def is_bucket(address: str) -> bool:
    """Does the address lead beyond this machine's disks?"""
    return "://" in address
