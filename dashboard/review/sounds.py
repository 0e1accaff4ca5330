"""Sounds that were put together, held for the many parts in which a player asks for them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.archive.review.playback import Piece, play

HELD_BYTES = 128 * 1_048_576
"""Of all sounds that are held at once: two of half an hour, or some hundred alerts."""

HELD_S = 60.0
"""After it was asked for last. Nobody is served the sound of a call that was erased, or whose notice was withdrawn: so
long after that at most nothing of it is in memory."""

Pieces = tuple[Piece, ...]


@dataclass
class Sounds:
    """The newest ones, of `most_bytes` together at most, each for `held_s` after it was asked for last; until
    then the one that was asked for last is held in any case."""

    clips: ClipStore
    most_bytes: int = HELD_BYTES
    held_s: float = HELD_S
    _held: OrderedDict[Pieces, bytes] = field(default_factory=OrderedDict)
    _until: dict[Pieces, asyncio.TimerHandle] = field(default_factory=dict)
    _coming: dict[Pieces, asyncio.Task[bytes]] = field(default_factory=dict)

    async def of(self, pieces: Pieces) -> bytes:
        """A WAV file.

        Raises:
            DataError, StoreError: as `play` raises them.
        """
        if (held := self._held.get(pieces)) is not None:
            self._hold(pieces, held)
            return held
        # A browser asks for its beginning and its end at once: it is put together one time.
        if pieces not in self._coming:
            self._coming[pieces] = asyncio.create_task(asyncio.to_thread(play, pieces, self.clips.read))
            self._coming[pieces].add_done_callback(lambda _done: self._coming.pop(pieces, None))
        sound = await asyncio.shield(self._coming[pieces])
        self._hold(pieces, sound)
        return sound

    def _hold(self, pieces: Pieces, sound: bytes) -> None:
        self._held[pieces] = sound
        self._held.move_to_end(pieces)
        if (before := self._until.pop(pieces, None)) is not None:
            before.cancel()
        self._until[pieces] = asyncio.get_running_loop().call_later(self.held_s, self._drop, pieces)
        while len(self._held) > 1 and self.held_bytes > self.most_bytes:
            self._drop(next(iter(self._held)))

    def _drop(self, pieces: Pieces) -> None:
        del self._held[pieces]
        self._until.pop(pieces).cancel()

    @property
    def held_bytes(self) -> int:
        return sum(len(sound) for sound in self._held.values())
