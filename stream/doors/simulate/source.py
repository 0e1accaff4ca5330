"""A file as a telephone line has it: ticks of 20 ms, each with the bytes of every channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tonewatch.stream.doors.audio_file import chunks
from tonewatch.stream.doors.g711 import encode
from tonewatch.stream.doors.replay import RATE_HZ, Plan, to_pcm
from tonewatch.stream.messages import Codec

TICK_MS = 20


@dataclass(frozen=True)
class Tick:
    """`at_ms`: media time of its first sample. `parts`: by the channels of the call."""

    at_ms: int
    parts: tuple[bytes, ...]


def ticks(plan: Plan, codec: Codec) -> Iterator[Tick]:
    """The channels of the file that are sent, at 8 kHz; the last tick may be shorter.

    Raises:
        AudioFileError: the file breaks off inside.
    """
    for number, block in enumerate(chunks(plan.file, RATE_HZ, TICK_MS)):
        pcm = [to_pcm(block[:, column]) for column, _ in plan.sent]
        parts = pcm if codec == "pcm16" else [encode(part, codec) for part in pcm]
        yield Tick(number * TICK_MS, tuple(parts))
