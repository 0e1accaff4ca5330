"""One ring for all clients of a process that read the same Kafka: the topic of keys is read once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from tonewatch.stream.call_keys.key_ring import KeyRing
from tonewatch.stream.settings import KafkaSettings

Name = tuple[str, str, str]


@dataclass
class _Shared:
    users: int = 0
    ring: KeyRing | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)


_rings: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Name, _Shared]]] = WeakKeyDictionary()


def _name(settings: KafkaSettings) -> Name:
    return settings.kafka, settings.kafka_user, settings.master_key_file


class RingUse:
    """A client's hold on the ring of its settings; the last to let go stops it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._held: KeyRing | None = None

    @property
    def ring(self) -> KeyRing:
        """Between start and stop."""
        if self._held is None:
            raise RuntimeError("the keys of calls are used before start, or after stop")
        return self._held

    async def start(self) -> None:
        """
        Raises:
            SettingsError, KafkaError: as the ring's own start.
        """
        if self._held is not None:
            return
        of_loop = _rings.setdefault(asyncio.get_running_loop(), {})
        shared = of_loop.setdefault(_name(self._settings), _Shared())
        shared.users += 1
        try:
            async with shared.starting:
                if shared.ring is None:
                    ring = KeyRing.of(self._settings)
                    await ring.start()
                    shared.ring = ring
        except BaseException:
            self._leave(of_loop, shared)
            raise
        self._held = shared.ring

    async def stop(self) -> None:
        if self._held is None:
            return
        ring, self._held = self._held, None
        of_loop = _rings.get(asyncio.get_running_loop(), {})
        shared = of_loop.get(_name(self._settings))
        if shared is not None and shared.ring is ring and self._leave(of_loop, shared):
            await ring.stop()

    def _leave(self, of_loop: dict[Name, _Shared], shared: _Shared) -> bool:
        """Was this the last?"""
        shared.users -= 1
        if shared.users:
            return False
        of_loop.pop(_name(self._settings), None)
        return True
