"""What `tonewatch.keys.v1` says now: which keys each call has, and which calls were shredded. No Kafka, no clock."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tonewatch.stream.call_keys.envelope import KEY_ID_BYTES
from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.codec import decode_key, encode
from tonewatch.stream.errors import SettingsError, Undecodable
from tonewatch.stream.messages import CallKey, CallShredded

SHREDDED_NAME: Final = b"shredded"
USED_FOR_MS: Final = 3 * 24 * 3_600_000
"""A writer takes a key for so long: `tonewatch.keys.v1` keeps it until the last record under it has gone."""

CIPHERS_KEPT: Final = 16_384


@dataclass(frozen=True, slots=True)
class _Wrapped:
    master: str
    wrapped: bytes
    made_at_ms: int


@dataclass(frozen=True)
class Held:
    """A key of a call, ready for use."""

    key_id: bytes
    cipher: AESGCM


class Shredded:
    """In the place of a key: the call has none any more."""


SHREDDED: Final = Shredded()


def record_key(call: bytes, key_id: bytes) -> bytes:
    """Of a key's record in the topic."""
    return call + b"/" + key_id.hex().encode()


def mark_key(call: bytes) -> bytes:
    """Of the mark that a call was shredded."""
    return call + b"/" + SHREDDED_NAME


class KeyIndex:
    """Every key that is not shredded, wrapped; the ciphers of those used last. Without master keys none can be used:
    to destroy one needs none."""

    def __init__(self, masters: MasterKeys | None = None) -> None:
        self._masters = masters
        self._wrapped: dict[bytes, dict[bytes, _Wrapped]] = {}
        self._shredded_at_ms: dict[bytes, int] = {}
        self._voided: dict[bytes, set[bytes]] = {}
        self._ciphers: OrderedDict[tuple[bytes, bytes], AESGCM] = OrderedDict()

    def apply(self, key: bytes, value: bytes | None) -> None:
        """One record of the topic, in its order.

        Raises:
            BadRecord: it is none.
        """
        call, _, name = key.rpartition(b"/")
        if name == SHREDDED_NAME:
            self._mark(call, value)
        elif not value:
            self._forget(call, _key_id(name))
        else:
            self._hold(call, _key_id(name), value)

    def _hold(self, call: bytes, key_id: bytes, value: bytes) -> None:
        made = decode_key(value)
        if not isinstance(made, CallKey):
            raise Undecodable("A record of a key is none.")
        if call in self._shredded_at_ms:  # A key of a marked call is void, whenever it comes.
            self._voided.setdefault(call, set()).add(key_id)
            return
        self._wrapped.setdefault(call, {})[key_id] = _Wrapped(sys.intern(made.master_id), made.wrapped, made.made_at_ms)

    def _mark(self, call: bytes, value: bytes | None) -> None:
        if not value:
            self._shredded_at_ms.pop(call, None)
            return
        mark = decode_key(value)
        if not isinstance(mark, CallShredded):
            raise Undecodable("The mark of a shredded call is none.")
        self._shredded_at_ms.setdefault(call, mark.at_ms)
        for key_id in self._wrapped.pop(call, {}):
            self._ciphers.pop((call, key_id), None)
            self._voided.setdefault(call, set()).add(key_id)

    def _forget(self, call: bytes, key_id: bytes) -> None:
        self._ciphers.pop((call, key_id), None)
        if voided := self._voided.get(call):
            voided.discard(key_id)
            if not voided:
                del self._voided[call]
        if keys := self._wrapped.get(call):
            keys.pop(key_id, None)
            if not keys:
                del self._wrapped[call]

    def to_seal(self, call: bytes, now_ms: int) -> Held | Shredded | None:
        """The newest key of a call that may still be used; null: one must be made.

        Raises:
            SettingsError: the master key is not held.
        """
        if call in self._shredded_at_ms:
            return SHREDDED
        keys = self._wrapped.get(call)
        if not keys:
            return None
        key_id, newest = max(keys.items(), key=lambda one: one[1].made_at_ms)
        if newest.made_at_ms + USED_FOR_MS < now_ms:
            return None
        return Held(key_id, self._cipher(call, key_id, newest))

    def to_open(self, call: bytes, key_id: bytes) -> AESGCM | Shredded | None:
        """The key that a record names; null: it is not known.

        Raises:
            SettingsError: the master key is not held.
        """
        if (cipher := self._ciphers.get((call, key_id))) is not None:
            return cipher
        if call in self._shredded_at_ms:
            return SHREDDED
        wrapped = self._wrapped.get(call, {}).get(key_id)
        return None if wrapped is None else self._cipher(call, key_id, wrapped)

    def _cipher(self, call: bytes, key_id: bytes, wrapped: _Wrapped) -> AESGCM:
        name = (call, key_id)
        if (cipher := self._ciphers.get(name)) is None:
            cipher = AESGCM(self._held().unwrap(wrapped.master, wrapped.wrapped, call, key_id))
            self._ciphers[name] = cipher
            if len(self._ciphers) > CIPHERS_KEPT:
                self._ciphers.popitem(last=False)
        return cipher

    def check_masters(self) -> None:
        """
        Raises:
            SettingsError: a key is wrapped by a master key that is not held.
        """
        for master in sorted(self.masters()):
            self._held().need(master)

    def _held(self) -> MasterKeys:
        if self._masters is None:
            raise SettingsError("Without TONEWATCH_MASTER_KEY_FILE no key of a call can be used.")
        return self._masters

    def masters(self) -> dict[str, int]:
        """How many keys each master key wraps."""
        counts: dict[str, int] = {}
        for _, _, key in self._keys():
            counts[key.master] = counts.get(key.master, 0) + 1
        return counts

    def rewrapped(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Call, record key and record of each key that another master key than the current one wraps."""
        masters = self._held()
        for call, key_id, key in list(self._keys()):
            if key.master != masters.current:
                plain = masters.unwrap(key.master, key.wrapped, call, key_id)
                made = key_record(masters, call, key_id, plain, key.made_at_ms)
                yield call, record_key(call, key_id), made

    def _keys(self) -> Iterator[tuple[bytes, bytes, _Wrapped]]:
        for call, keys in self._wrapped.items():
            for key_id, key in keys.items():
                yield call, key_id, key

    def shredded_at_ms(self, call: bytes) -> int | None:
        return self._shredded_at_ms.get(call)

    def prune(self, before_ms: int) -> None:
        """Forget keys made and calls shredded before: the topic has let them go, as all that they sealed and shut."""
        old = [(call, key_id) for call, key_id, key in self._keys() if key.made_at_ms < before_ms]
        for call, key_id in old:
            self._forget(call, key_id)
        for call in [call for call, at_ms in self._shredded_at_ms.items() if at_ms < before_ms]:
            del self._shredded_at_ms[call]

    def holds(self, call: bytes, key_id: bytes) -> bool:
        """Is it in the topic, and may it be used?"""
        return key_id in self._wrapped.get(call, {})

    def has_keys(self, call: bytes) -> bool:
        return call in self._wrapped

    def voided(self, call: bytes) -> list[bytes]:
        """Keys of a shredded call that still lie in the topic: they are to be overwritten."""
        return sorted(self._voided.get(call, ()))

    def shredded_with_keys(self) -> list[bytes]:
        """Shredded calls of which a key still lies in the topic: whoever was to overwrite it was stopped."""
        return sorted(self._voided)

    @property
    def shredded(self) -> int:
        """How many calls were."""
        return len(self._shredded_at_ms)

    def __len__(self) -> int:
        """Calls that have a key."""
        return len(self._wrapped)


def _key_id(name: bytes) -> bytes:
    try:
        key_id = bytes.fromhex(name.decode())
    except ValueError as error:
        raise Undecodable("A key's record has no key id in its key.") from error
    if len(key_id) != KEY_ID_BYTES:
        raise Undecodable("A key's record has no key id in its key.")
    return key_id


def key_record(masters: MasterKeys, call: bytes, key_id: bytes, key: bytes, made_at_ms: int) -> bytes:
    """The record of a key, wrapped by the current master key."""
    wrapped = masters.wrap(key, call, key_id)
    return encode(
        CallKey(
            call_id=call.decode(),
            key_id=key_id.hex(),
            master_id=masters.current,
            wrapped=wrapped,
            made_at_ms=made_at_ms,
        )
    )
