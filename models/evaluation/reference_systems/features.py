"""Features of a sound for the reference systems: the slow part, kept on disk so that a rerun is cheap."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import Clip
from tonewatch.models.evaluation.sound import Sound
from tonewatch.stream.errors import StoreError

Description = NDArray[np.float32] | str


@dataclass(frozen=True)
class Described:
    """`seconds`: time of its computation, perhaps in an earlier run."""

    value: Description
    seconds: float


class FeatureExtractor(ABC):
    """`kind` is the extractor's key in the store: it changes whenever the same sound would be described differently."""

    kind: str

    @abstractmethod
    def describe(self, sound: Sound) -> Description: ...

    def from_manifest(self, clip: Clip) -> Description | None:
        """The description that a clip's manifest row gives; None where the audio is needed."""
        return None


class Store:
    """Descriptions by extractor and by the sound's bytes, in one SQLite file. StoreError when it cannot be opened.

    It holds transcripts as plain text, so it must be stored as carefully as the recordings.
    """

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS descriptions (kind TEXT, sound BLOB, is_text INTEGER, value BLOB, "
                "seconds REAL, PRIMARY KEY (kind, sound)) WITHOUT ROWID"
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot keep descriptions in {file}: {error}; name another folder by --work") from error

    def described(self, extractor: FeatureExtractor, sound: Sound) -> Described:
        key = hashlib.blake2b(sound.samples.tobytes(), digest_size=16).digest()
        found = self._database.execute(
            "SELECT is_text, value, seconds FROM descriptions WHERE kind = ? AND sound = ?", (extractor.kind, key)
        ).fetchone()
        if found is not None:
            is_text, value, seconds = found
            return Described(value.decode() if is_text else np.frombuffer(value, dtype=np.float32), seconds)
        start = time.perf_counter()
        fresh = extractor.describe(sound)
        seconds = time.perf_counter() - start
        data = fresh.encode() if isinstance(fresh, str) else fresh.astype(np.float32).tobytes()
        row = (extractor.kind, key, isinstance(fresh, str), data, seconds)
        self._database.execute("INSERT OR REPLACE INTO descriptions VALUES (?, ?, ?, ?, ?)", row)
        return Described(fresh, seconds)

    def close(self) -> None:
        self._database.close()
