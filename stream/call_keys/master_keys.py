"""The master keys, which wrap the keys of calls: read from a file, never written to Kafka."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tonewatch.stream.errors import SettingsError, Undecodable, UnheldMasterKey
from tonewatch.stream.secret_files import read_secret_file

VARIABLE: Final = "TONEWATCH_MASTER_KEY_FILE"
MASTER_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class MasterKeys:
    """The first wraps, all unwrap. A key is named by the beginning of its SHA-256, which tells nothing of it.

    Nonces are random: under one master key at most 2^32 keys may be wrapped (NIST SP 800-38D, 8.3), which are a century
    of 100,000 calls a day. `again`: reads the keys anew, where one is met that is not held: a file may have grown.
    """

    def __init__(self, keys: Sequence[bytes], again: Callable[[], Sequence[bytes]] | None = None) -> None:
        self._again = again
        self._hold(keys)

    def _hold(self, keys: Sequence[bytes]) -> None:
        self.current = master_id(keys[0])
        self._ciphers = {master_id(key): AESGCM(key) for key in keys}

    def holds(self, master: str) -> bool:
        """As far as the file was read."""
        return master in self._ciphers

    def need(self, master: str) -> None:
        """
        Raises:
            UnheldMasterKey: the master key is not held.
            SettingsError: the file that would hold it cannot be read.
        """
        if master not in self._ciphers and self._again is not None:
            self._hold(self._again())
        if master not in self._ciphers:
            raise self._missing(master)

    def renew(self) -> None:
        """Read the file again: the master key that wraps first may be another by now. One that cannot be read, as while
        it is being replaced, changes nothing."""
        if self._again is not None:
            with contextlib.suppress(SettingsError):
                self._hold(self._again())

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that are held, the one that wraps first."""
        return tuple(self._ciphers)

    def wrap(self, key: bytes, call: bytes, key_id: bytes) -> bytes:
        """60 bytes, bound to the call: nonce, ciphertext and tag, under the current master key."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, key, _bound_to(call, key_id))

    def unwrap(self, master: str, wrapped: bytes, call: bytes, key_id: bytes) -> bytes:
        """
        Raises:
            SettingsError: the master key is not held.
            Undecodable: the wrapped key is not its own, or not of this key of this call.
        """
        self.need(master)
        try:
            nonce, ciphertext = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
            return self._ciphers[master].decrypt(nonce, ciphertext, _bound_to(call, key_id))
        except (InvalidTag, ValueError) as error:
            raise Undecodable(
                f"A key in tonewatch.keys.v1 names the master key {master} and was not wrapped by it for this call: "
                "somebody changed the record."
            ) from error

    def _missing(self, master: str) -> UnheldMasterKey:
        return UnheldMasterKey(
            f"Keys of calls are wrapped by the master key {master}, and {VARIABLE} holds {', '.join(self.names)}: add "
            "that one as a further line (`tonewatch keys rotate` wraps all by the first; then leave it out)."
        )


def master_id(key: bytes) -> str:
    return hashlib.sha256(b"tonewatch master key\0" + key).hexdigest()[:12]


def _bound_to(call: bytes, key_id: bytes) -> bytes:
    return b"\0".join((b"tonewatch call key v1", key_id, call))


def read_master_keys(file: str) -> MasterKeys:
    """A key a line, 32 bytes in base64; the first wraps, those after it were the first before.

    Raises:
        SettingsError: there is no such file, or a line is no key.
    """
    if not file:
        raise SettingsError(f"{VARIABLE} is not set, and TONEWATCH_CALL_KEYS needs it: `tonewatch keys make FILE`.")
    return MasterKeys(_read(file), lambda: _read(file))


def _read(file: str) -> list[bytes]:
    lines = [line.strip() for line in read_secret_file(file, VARIABLE).splitlines()]
    return [_key(line, number, file) for number, line in enumerate(lines, 1) if line]


def _key(line: str, number: int, file: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != MASTER_BYTES:
        raise SettingsError(
            f"{VARIABLE}: line {number} of {file} is not {MASTER_BYTES} bytes in base64; `tonewatch keys make FILE` "
            "writes one that is."
        )
    return key


def new_master_key() -> str:
    """One line of the file."""
    return base64.b64encode(os.urandom(MASTER_BYTES)).decode()
