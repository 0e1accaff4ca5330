"""A bucket of audio files: S3, and whatever else fsspec has a driver for. Whole files, never changed, by path.

https://filesystem-spec.readthedocs.io and https://s3fs.readthedocs.io; credentials are those of the provider's own
environment (`AWS_ACCESS_KEY_ID`, a role of the machine), never of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from tonewatch.stream.archive.folder import safe_name
from tonewatch.stream.errors import DataError, DependencyError, SettingsError, StoreError

_Answer = TypeVar("_Answer")

PACKAGES = {"s3": "pip install 'tonewatch[s3]'", "gs": "pip install gcsfs", "abfs": "pip install adlfs"}


class Bucket:
    """Files under one prefix of a bucket, by identifiers; blocking, so to be called in a thread."""

    def __init__(self, address: str, endpoint: str = "") -> None:
        self._scheme, _, prefix = address.partition("://")
        self._root = prefix.strip("/")
        if not self._root:
            raise SettingsError(f"TONEWATCH_STORE: {address} names no bucket; try s3://bucket/folder.")
        self._files = _opened(self._scheme, endpoint)

    def write(self, call_id: str, name: str, suffix: str, data: bytes) -> str:
        """As `ClipStore.write`: an object is whole or not there."""
        path = f"{safe_name(call_id)}/{safe_name(name)}{suffix}"
        try:
            self._tried(lambda: self._files.pipe_file(f"{self._root}/{path}", data))
        except FileNotFoundError as error:
            raise StoreError("There is no such bucket: see TONEWATCH_STORE.") from error
        return path

    def read(self, path: str) -> bytes:
        """As `ClipStore.read`."""
        if ".." in path.split("/") or path.startswith("/"):
            raise DataError("The archive names a file outside its folder: see TONEWATCH_STORE.")
        try:
            found: bytes = self._tried(lambda: self._files.cat_file(f"{self._root}/{path}"))
            return found
        except FileNotFoundError as error:
            raise DataError("A file of this audio is gone or cannot be read: see TONEWATCH_STORE.") from error

    def files_of(self, call_id: str) -> list[str]:
        """As `ClipStore.files_of`."""
        return [path.removeprefix(f"{self._root}/") for path in self._found(call_id)]

    def remove_call(self, call_id: str, *, keep: Collection[str] = ()) -> int:
        """As `ClipStore.remove_call`."""
        paths = [path for path in self._found(call_id) if path.removeprefix(f"{self._root}/") not in keep]
        if paths:
            self._tried(lambda: self._files.rm(paths))
        return len(paths)

    def _found(self, call_id: str) -> list[str]:
        try:
            # Asked for again each time: others write here too.
            found = self._tried(lambda: self._files.find(f"{self._root}/{safe_name(call_id)}", refresh=True))
        except FileNotFoundError:
            return []
        return list(found)

    def _tried(self, what: Callable[[], _Answer]) -> _Answer:
        """
        Raises:
            FileNotFoundError: as it comes.
            StoreError: everything else, by its name alone: a provider's text can hold addresses and keys' ids.
        """
        try:
            return what()
        except FileNotFoundError:
            raise
        except Exception as error:  # each driver raises errors of its own library
            name = type(error).__name__
            raise StoreError(
                f"The bucket of the audio does not answer as it should ({name}): see TONEWATCH_STORE."
            ) from error


def _opened(scheme: str, endpoint: str) -> Any:  # noqa: ANN401
    try:
        import fsspec
    except ModuleNotFoundError as error:
        raise DependencyError("TONEWATCH_STORE names a bucket: pip install 'tonewatch[s3]'.") from error
    options: dict[str, Any] = {"client_kwargs": {"endpoint_url": endpoint}} if endpoint else {}
    try:
        return fsspec.filesystem(scheme, **options)
    except ImportError as error:
        how = PACKAGES.get(scheme, f"the package of fsspec for {scheme}")
        raise DependencyError(f"TONEWATCH_STORE needs a package for {scheme}://: {how}.") from error
    except ValueError as error:
        raise SettingsError(f"TONEWATCH_STORE: fsspec knows no {scheme}://.") from error
