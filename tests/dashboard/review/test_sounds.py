from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from tonewatch.dashboard.review.sounds import Sounds
from tonewatch.stream.archive import clips
from tonewatch.stream.archive.review.playback import Piece


@dataclass
class Store:
    """A second of silence at any path; counts what it is asked for."""

    read_paths: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        self.read_paths.append(path)
        return clips.wav(clips.Clip("pcm16", 8000, bytes(16_000)))

    def write(self, call_id: str, name: str, suffix: str, data: bytes) -> str:
        raise NotImplementedError

    def files_of(self, call_id: str) -> list[str]:
        raise NotImplementedError

    def remove_call(self, call_id: str, *, keep: Collection[str] = ()) -> int:
        raise NotImplementedError


def piece(name: str) -> tuple[Piece, ...]:
    return (Piece(0, name),)


async def test_what_is_asked_for_twice_at_once_is_put_together_once() -> None:
    store = Store()
    sounds = Sounds(store)
    first, second = await asyncio.gather(sounds.of(piece("a")), sounds.of(piece("a")))
    assert first == second and store.read_paths == ["a"]


async def test_the_sounds_that_are_held_are_bounded_by_their_bytes() -> None:
    store = Store()
    sounds = Sounds(store, most_bytes=40_000)
    for name in ("a", "b", "a", "c", "a", "b"):
        await sounds.of(piece(name))
    assert sounds.held_bytes <= 40_000
    assert store.read_paths == ["a", "b", "c", "b"]


async def test_one_sound_that_is_larger_than_all_may_be_is_held_until_the_next() -> None:
    store = Store()
    sounds = Sounds(store, most_bytes=1)
    for name in ("a", "a", "b"):
        await sounds.of(piece(name))
    assert store.read_paths == ["a", "b"]


async def test_what_nobody_asks_for_any_more_is_held_no_longer_than_it_says() -> None:
    store = Store()
    sounds = Sounds(store, held_s=0.05)
    await sounds.of(piece("a"))
    await asyncio.sleep(0.03)
    await sounds.of(piece("a"))
    await asyncio.sleep(0.03)
    assert sounds.held_bytes > 0 and store.read_paths == ["a"], "asked for meanwhile"
    await asyncio.sleep(0.2)
    assert sounds.held_bytes == 0
    await sounds.of(piece("a"))
    assert store.read_paths == ["a", "a"]
