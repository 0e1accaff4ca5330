"""What a peer makes of a sound, once a sound: the slow part, kept on disk so that a rerun is cheap."""

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
    """`seconds`: what it took when it was computed, perhaps in an earlier run."""

    value: Description
    seconds: float


class Ear(ABC):
    """`kind` names the ear in the store: it changes whenever the same sound would be described differently."""

    kind: str

    @abstractmethod
    def describe(self, sound: Sound) -> Description: ...

    def from_manifest(self, clip: Clip) -> Description | None:
        """What a training clip's row tells without listening; None where one has to listen."""
        return None


class Store:
    """Descriptions by ear and by the sound's own bytes, in one SQLite file. StoreError when it cannot be opened.

    Transcripts lie in it as plain text: it belongs where the recordings may lie, too.
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

    def described(self, ear: Ear, sound: Sound) -> Described:
        key = hashlib.blake2b(sound.samples.tobytes(), digest_size=16).digest()
        found = self._database.execute(
            "SELECT is_text, value, seconds FROM descriptions WHERE kind = ? AND sound = ?", (ear.kind, key)
        ).fetchone()
        if found is not None:
            is_text, value, seconds = found
            return Described(value.decode() if is_text else np.frombuffer(value, dtype=np.float32), seconds)
        start = time.perf_counter()
        fresh = ear.describe(sound)
        seconds = time.perf_counter() - start
        data = fresh.encode() if isinstance(fresh, str) else fresh.astype(np.float32).tobytes()
        row = (ear.kind, key, isinstance(fresh, str), data, seconds)
        self._database.execute("INSERT OR REPLACE INTO descriptions VALUES (?, ?, ?, ?, ?)", row)
        return Described(fresh, seconds)

    def close(self) -> None:
        self._database.close()
