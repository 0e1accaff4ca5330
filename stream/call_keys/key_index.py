"""What `tonewatch.keys.v1` says now: which keys each call has, and which calls were shredded. No Kafka, no clock."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tonewatch.stream.call_keys.counts import count
from tonewatch.stream.call_keys.envelope import KEY_ID_BYTES
from tonewatch.stream.call_keys.marks import Marks
from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.call_keys.wrapped_key import NEVER_OLD, WrappedKey
from tonewatch.stream.codec import decode_key, encode
from tonewatch.stream.errors import SettingsError, Undecodable
from tonewatch.stream.messages import CallKey
from tonewatch.stream.topics import KEYS

SHREDDED_NAME: Final = b"shredded"
USED_FOR_MS: Final = 3 * 24 * 3_600_000
"""A writer takes a key for so long: `tonewatch.keys.v1` keeps it until the last record under it has gone."""

CIPHERS_KEPT: Final = 16_384


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
    to destroy one needs none.

    Whoever may write to the topic is believed as little as can be: a key that does not unwrap is ignored, and takes no
    other's place; a mark is not taken back, and forgotten by Kafka's time, not by its own."""

    def __init__(self, masters: MasterKeys | None = None) -> None:
        self._masters = masters
        self._wrapped: dict[bytes, dict[bytes, WrappedKey]] = {}
        self._marks = Marks()
        self._voided: dict[bytes, set[bytes]] = {}
        self._ciphers: OrderedDict[tuple[bytes, bytes], AESGCM] = OrderedDict()
        self._proof: tuple[bytes, bytes] | None = None

    def apply(self, key: bytes, value: bytes | None, written_at_ms: int = NEVER_OLD) -> None:
        """One record of the topic, in its order; `written_at_ms` is Kafka's time of it, UTC.

        Raises:
            BadRecord: it is none.
        """
        call, _, name = key.rpartition(b"/")
        if name == SHREDDED_NAME:
            self._mark(call, value, written_at_ms)
        elif not value:
            self._forget(call, _key_id(name))
        else:
            self._hold(call, _key_id(name), value, written_at_ms)

    def _hold(self, call: bytes, key_id: bytes, value: bytes, written_at_ms: int) -> None:
        made = decode_key(value)
        if not isinstance(made, CallKey):
            raise Undecodable("A record of a key is none.")
        if call in self._marks:  # A key of a marked call is void, whenever it comes.
            self._voided.setdefault(call, set()).add(key_id)
            return
        keys, key = self._wrapped.setdefault(call, {}), WrappedKey.of(made, written_at_ms)
        former = keys.get(key_id)
        keys[key_id] = key if former is None else key.over(former, self._masters, call, key_id)

    def _mark(self, call: bytes, value: bytes | None, written_at_ms: int) -> None:
        if not self._marks.put(call, value, written_at_ms):
            return
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
        """The newest key of a call that may still be used; null: one must be made."""
        if call in self._marks:
            return SHREDDED
        keys = self._wrapped.get(call)
        if not keys:
            return None
        newest = sorted(keys.items(), key=lambda one: one[1].made_at_ms, reverse=True)
        young = [(key_id, key) for key_id, key in newest if key.made_at_ms + USED_FOR_MS >= now_ms]
        return self._first_usable(call, young) or self._first_usable(call, self._found_since(young))

    def _first_usable(self, call: bytes, keys: list[tuple[bytes, WrappedKey]]) -> Held | None:
        for key_id, key in keys:
            if (cipher := self._cipher(call, key_id, key)) is not None:
                return Held(key_id, cipher)
        return None

    def _found_since(self, keys: list[tuple[bytes, WrappedKey]]) -> list[tuple[bytes, WrappedKey]]:
        """Keys whose master key the file may hold by now: it is read again once, for the newest of them."""
        masters = self._held()
        unheld = next((master for _, key in keys if (master := key.unheld(masters)) is not None), None)
        if unheld is None:
            return []
        with contextlib.suppress(SettingsError):
            masters.need(unheld)
        return [(key_id, key) for key_id, key in keys if masters.holds(key.master)]

    def to_open(self, call: bytes, key_id: bytes) -> AESGCM | Shredded | None:
        """The key that a record names; null: it is not known.

        Raises:
            UnheldMasterKey: the master key is not held.
            SettingsError: the file that would hold it cannot be read.
        """
        if (cipher := self._ciphers.get((call, key_id))) is not None:
            return cipher
        if call in self._marks:
            return SHREDDED
        key = self._wrapped.get(call, {}).get(key_id)
        if key is None:
            return None
        if (cipher := self._cipher(call, key_id, key)) is not None:
            return cipher
        if (master := key.unheld(self._held())) is None:
            return None
        self._held().need(master)
        return self._cipher(call, key_id, key)

    def _cipher(self, call: bytes, key_id: bytes, key: WrappedKey) -> AESGCM | None:
        """Null: no master key that is held unwraps it. Where no other can, it is garbage, and is forgotten."""
        name = (call, key_id)
        if (cipher := self._ciphers.get(name)) is None:
            masters = self._held()
            plain = key.plain(masters, call, key_id)
            if plain is None:
                if key.unheld(masters) is None:
                    count(KEYS.name, "broken")
                    self._forget(call, key_id)
                return None
            cipher = AESGCM(plain)
            self._ciphers[name] = cipher
            if len(self._ciphers) > CIPHERS_KEPT:
                self._ciphers.popitem(last=False)
        return cipher

    def is_at_home(self) -> bool:
        """Does a master key that is held unwrap any key? Who holds the wrong ones opens none."""
        masters = self._held()
        if self._proof is not None:
            key = self._wrapped.get(self._proof[0], {}).get(self._proof[1])
            if key is not None and key.is_genuine(masters, *self._proof):
                return True
        found = ((call, key_id) for call, key_id, key in self._keys() if key.is_genuine(masters, call, key_id))
        self._proof = next(found, None)
        return self._proof is not None

    def unheld(self) -> dict[str, int]:
        """How many keys each master key wraps that is not held; the file is read again once, for any of them."""
        masters, counts = self._held(), self.masters()
        if missing := next((name for name in counts if not masters.holds(name)), None):
            with contextlib.suppress(SettingsError):
                masters.need(missing)
        return {name: number for name, number in sorted(counts.items()) if not masters.holds(name)}

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
        """Call, record key and record of each key that another master key than the current one wraps, or that was
        overwritten with garbage. What no master key that is held unwraps is left as it is."""
        masters = self._held()
        for call, key_id, key in list(self._keys()):
            if key.master == masters.current and key.is_genuine(masters, call, key_id):
                continue
            if (plain := key.plain(masters, call, key_id)) is not None:
                made = key_record(masters, call, key_id, plain, key.made_at_ms)
                yield call, record_key(call, key_id), made

    def _keys(self) -> Iterator[tuple[bytes, bytes, WrappedKey]]:
        for call, keys in self._wrapped.items():
            for key_id, key in keys.items():
                yield call, key_id, key

    def shredded_at_ms(self, call: bytes) -> int | None:
        return self._marks.at_ms(call)

    def prune(self, before_ms: int) -> None:
        """Forget keys and marks written before: the topic has let them go, as all that they sealed and shut."""
        old = [(call, key_id) for call, key_id, key in self._keys() if key.written_at_ms < before_ms]
        for call, key_id in old:
            self._forget(call, key_id)
        self._marks.prune(before_ms)

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
        return len(self._marks)

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
