"""A writer's part of the audit: each record carries a number and the hash of the one before.

A writer is one life of one process; several write side by side, each a chain of its own. The hash is SHA-256 over the
record's bytes as Kafka has them, so that nothing depends on how a later release would encode it. With a key, the record
is sealed too: who has no key cannot make the chain again from where it was altered.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

import msgspec

from tonewatch.stream.audit.fitting import fitting
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Access
from tonewatch.stream.secret_files import read_secret_file

LEAST_KEY_BYTES: Final = 32
KEY_FILE: Final = "TONEWATCH_AUDIT_KEY_FILE"


class Chain:
    """Numbers, links and seals what one writer writes. `key`: empty for no seals."""

    def __init__(self, writer: str = "", key: bytes = b"") -> None:
        self.writer = writer or secrets.token_hex(16)
        self._key = key
        self._seq = 0
        self._previous = ""
        self._unacknowledged = 0
        self._lost = 0

    def link(self, access: Access) -> bytes:
        """The record's bytes, which `decode_access` reads; the next links to it, whether or not Kafka takes it."""
        linked = msgspec.structs.replace(
            fitting(access),
            writer=self.writer,
            seq=self._seq,
            previous=self._previous,
            unacknowledged=self._unacknowledged,
            lost=self._lost,
            key_id=key_id(self._key),
        )
        value = encode(linked)
        if self._key:
            value = encode(msgspec.structs.replace(linked, seal=seal_of(value, self._key)))
        self._seq, self._previous = self._seq + 1, digest(value)
        # Told by each record until one is acknowledged: whatever arrives says how much before it may be missing.
        self._unacknowledged += 1
        return value

    def acknowledged(self) -> None:
        """Kafka has the record that was linked last."""
        self._unacknowledged, self._lost = 0, 0

    def lose(self) -> None:
        """An event never became a record; the next record says how many."""
        self._lost += 1


def digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


def seal_of(unsealed: bytes, key: bytes) -> str:
    """HMAC-SHA256 over the record's bytes with an empty seal."""
    return hmac.new(key, unsealed, hashlib.sha256).hexdigest()


def is_sealed_by(value: bytes, seal: str, key: bytes) -> bool:
    """`seal` as the record says; its bytes stand in `value` as they were written."""
    if not seal:
        return False
    unsealed = value.replace(f'"seal":"{seal}"'.encode(), b'"seal":""', 1)
    return hmac.compare_digest(seal_of(unsealed, key), seal)


def key_id(key: bytes) -> str:
    """By which a key is known without being told; '' for none."""
    return hashlib.sha256(b"tonewatch audit key\0" + key).hexdigest()[:12] if key else ""


def read_key(file: str) -> bytes:
    """The key in a file; empty where no file is named.

    Raises:
        SettingsError: the file cannot be read, or what it holds is too short to be a key.
    """
    if not file:
        return b""
    key = read_secret_file(file, KEY_FILE).encode()
    if len(key) < LEAST_KEY_BYTES:
        raise SettingsError(f"{KEY_FILE}: {file} holds {len(key)} bytes; a key has {LEAST_KEY_BYTES} at least.")
    return key
