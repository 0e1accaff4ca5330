"""The keys of calls as a process uses them: it seals what is written, and opens what is read."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from tonewatch.stream.call_keys import envelope
from tonewatch.stream.call_keys.counts import CALL_KEYS_MADE, count
from tonewatch.stream.call_keys.envelope import SHREDDED_RECORD, is_empty, is_sealed, key_id_of
from tonewatch.stream.call_keys.key_index import Held, KeyIndex, Shredded, key_record, record_key
from tonewatch.stream.call_keys.key_topic import KeyTopic
from tonewatch.stream.call_keys.master_keys import MasterKeys, read_master_keys
from tonewatch.stream.call_keys.sealed_topics import call_of, deflates, is_changelog, is_letters, is_sealed_topic
from tonewatch.stream.errors import Undecodable, UnheldMasterKey
from tonewatch.stream.settings import KafkaSettings

log = logging.getLogger(__name__)

LOST_KEPT: Final = 65_536


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Keys(Protocol):
    """The topic of keys, which keeps the ring's index up to date: `KeyTopic`, or a list in tests."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def caught_up(self) -> None: ...

    async def write(self, call: bytes, key: bytes, value: bytes | None) -> None: ...


class KeyRing:
    """One for all clients of a process. `clock_ms`: wall clock, by which a key grows too old to seal with."""

    def __init__(self, topic: Keys, index: KeyIndex, masters: MasterKeys, clock_ms: Callable[[], int] = now_ms) -> None:
        self._topic = topic
        self._index = index
        self._masters = masters
        self._clock_ms = clock_ms
        self._making: dict[bytes, asyncio.Task[None]] = {}
        # A key is written before what is sealed with it: who does not find it once never will.
        self._lost: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()
        self._looking = asyncio.Lock()
        self._looked = 0
        self._warned = False
        self.looks = 0
        """At Kafka, for keys that were not known; those that are under way are among them."""

    @classmethod
    def of(cls, settings: KafkaSettings) -> KeyRing:
        """
        Raises:
            SettingsError: there is no master key.
        """
        masters = read_master_keys(settings.master_key_file)
        index = KeyIndex(masters)
        return cls(KeyTopic(settings, index), index, masters)

    async def start(self) -> None:
        """
        Raises:
            SettingsError: the topic of keys is missing.
            KafkaError: Kafka does not answer, or refuses.
        """
        await self._topic.start()
        # No error: whoever may write to the topic can name any master key. A record that needs it is one.
        for master, keys in self._index.unheld().items():
            log.warning(
                "Keys of calls are wrapped by a master key that the file does not hold: what is sealed under them "
                "cannot be opened; add it as a further line, if it is yours",
                extra={"master": master, "keys": keys},
            )
        log.info("Keys of calls are known", extra={"calls": len(self._index), "shredded": self._index.shredded})

    async def stop(self) -> None:
        for making in self._making.values():
            making.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        await self._topic.stop()

    async def seal(self, topic: str, key: bytes, value: bytes) -> bytes:
        """The value as it is to be written to a sealed topic; one that is sealed stays as it is."""
        if is_sealed(value):
            return value
        call = call_of(topic, key)
        held = self._index.to_seal(call, self._clock_ms())
        if held is None:
            if is_letters(topic) or not _is_text(call):
                return value
            held = await self._made(call)
        if isinstance(held, Shredded):
            count(topic, "left_empty")
            return SHREDDED_RECORD
        return envelope.seal(held.cipher, held.key_id, topic, key, value, deflate=deflates(topic))

    async def _made(self, call: bytes) -> Held | Shredded:
        """A new key of a call; one is made for all who wait."""
        while (held := self._index.to_seal(call, self._clock_ms())) is None:
            if call not in self._making:
                self._making[call] = asyncio.create_task(self._make(call))
                self._making[call].add_done_callback(lambda _: self._making.pop(call, None))
            await asyncio.shield(self._making[call])
        return held

    async def _make(self, call: bytes) -> None:
        # Once a call: a process that goes on over a rotation wraps nothing under the key that is left out next.
        await asyncio.to_thread(self._masters.renew)
        key_id = os.urandom(envelope.KEY_ID_BYTES)
        made = key_record(self._masters, call, key_id, os.urandom(envelope.KEY_BYTES), self._clock_ms())
        await self._topic.write(call, record_key(call, key_id), made)
        # Read back before it is used: a mark that was there before the key is known then, and the key is void.
        await self._topic.caught_up()
        if self._index.shredded_at_ms(call) is not None:
            await self._topic.write(call, record_key(call, key_id), None)
            return
        CALL_KEYS_MADE.inc()

    async def open(self, topic: str, key: bytes | None, value: bytes, since: int | None = None) -> bytes | None:
        """What was sealed; null: its call was shredded, and nothing of it is to be read. What cannot be opened for any
        other reason stays sealed, for its reader to put aside.

        `since`: the `looks` there were when the record was fetched. A key is in the topic before what is sealed with
        it, so one look after the fetch is enough for all of its records. Null: it was fetched now.

        Raises:
            SettingsError: as `known`.
        """
        since = self.looks if since is None else since
        found = self.known(topic, key, value)
        if found is not None:
            return found
        if not is_empty(value) and not await self._appears(call_of(topic, key or b""), key_id_of(value), since):
            count(topic, "no_key")
            log.warning("A sealed record has a key that nobody has", extra={"topic": topic})
            return value
        found = self.known(topic, key, value)
        if found is None:
            count(topic, "shredded")
        return found

    def known(self, topic: str, key: bytes | None, value: bytes) -> bytes | None:
        """As `open`, of what needs no look at Kafka; null: shredded, or not known yet.

        A key under a master key that is not held is one of whoever may write to the topic of keys, who must end no
        reader: such a record stays sealed too. But who holds the wrong master keys would put aside all that there is.

        Raises:
            UnheldMasterKey: the key is under a master key that is not held, and none that is held opens any key; or it
                is the monitor's own changelog, where a record that is left out is a call forgotten.
            SettingsError: the file of the master keys cannot be read.
        """
        if is_empty(value):
            return None
        try:
            cipher = self._index.to_open(call_of(topic, key or b""), key_id_of(value))
        except UnheldMasterKey as error:
            if is_changelog(topic) or not self._index.is_at_home():
                raise
            self._note_foreign(topic, error)
            return value
        if cipher is None or isinstance(cipher, Shredded):
            return None
        try:
            return envelope.open_value(cipher, topic, key or b"", value)
        except Undecodable as error:
            count(topic, "broken")
            log.warning("A sealed record cannot be opened", extra={"topic": topic, "error": str(error)})
            return value

    def _note_foreign(self, topic: str, error: UnheldMasterKey) -> None:
        count(topic, "no_master")
        if not self._warned:  # Once: whoever can write one such record can write very many.
            self._warned = True
            log.warning("A sealed record cannot be opened", extra={"topic": topic, "error": str(error)})

    def _is_there(self, call: bytes, key_id: bytes) -> bool:
        try:
            return self._index.to_open(call, key_id) is not None
        except UnheldMasterKey:
            return True

    async def _appears(self, call: bytes, key_id: bytes, since: int) -> bool:
        """Is there anything of the key: the key itself, or the mark of its call?"""
        name = (call, key_id)
        if not self._is_there(*name) and name not in self._lost:
            await self._look(since)
        if self._is_there(*name):
            self._lost.pop(name, None)
            return True
        self._lost[name] = None
        if len(self._lost) > LOST_KEPT:
            self._lost.popitem(last=False)
        return False

    async def _look(self, since: int) -> None:
        """Read the topic to its end, unless somebody did who began after that many looks."""
        async with self._looking:
            if self._looked > since:
                return
            self.looks += 1
            number = self.looks
            await self._topic.caught_up()
            self._looked = number


def seals(topic: str, key: bytes | None, value: bytes | None) -> bool:
    """Is this to be sealed at all?"""
    return bool(key) and bool(value) and is_sealed_topic(topic)


def _is_text(key: bytes) -> bool:
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True
