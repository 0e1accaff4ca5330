"""A segment's audio: cut out of the chunks it came in and put into a WAV file, each byte as the line sent it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from tonewatch.stream.messages import AudioChunk, Codec

Status = Literal["kept", "missing", "withheld"]

MAX_CLIP_MS = 60_000
"""Far beyond the longest segment; a claim of more is not believed."""

CLOCK_TOLERANCE_MS = 40
"""Chunks that follow each other by number are joined although their times differ by so much, as a listener does."""

SHAKY_MS = 200
"""By so much at most do times jitter, in a listener's view too."""

NEAR_MS = 3_000
"""A chunk is 2 s long at most, and its time may be off by less than the rest."""

NUMBERS = 65_536
"""An RTP sequence number has 16 bits, and begins again at 0."""

_SILENCE: dict[Codec, bytes] = {"mulaw": b"\xff", "alaw": b"\xd5", "pcm16": b"\x00\x00"}
_WAVE_FORMAT: dict[Codec, int] = {"pcm16": 1, "alaw": 6, "mulaw": 7}
_RATES_HZ = range(1, 48_001)


@dataclass(frozen=True)
class Clip:
    """One channel of audio. `data` is `codec` as it travelled; `missing_ms` of it were never received: silence."""

    codec: Codec
    rate_hz: int
    data: bytes
    missing_ms: int = 0

    @property
    def frames(self) -> int:
        return len(self.data) // len(_SILENCE[self.codec])

    @property
    def duration_ms(self) -> int:
        return self.frames * 1000 // self.rate_hz


@dataclass(frozen=True)
class AudioRow:
    """What the archive knows of a piece of audio: a row of the table `audio`."""

    segment_id: str
    call_id: str
    start_ms: int
    end_ms: int
    status: Status
    reason: str = ""
    path: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    codec: Codec | None = None
    rate_hz: int | None = None
    duration_ms: int | None = None
    missing_ms: int | None = None
    role: str = ""

    def values(self) -> dict[str, object]:
        return asdict(self)


def cut(chunks: Sequence[AudioChunk], start_ms: int, end_ms: int, longest_ms: int = MAX_CLIP_MS) -> Clip | None:
    """The audio from `start_ms` to `end_ms` of one channel's chunks, in any order; None when they hold none of it.

    All times are the sender's. A number that comes twice counts once. The first usable chunk says codec and rate; a
    listener refuses others too. A chunk whose time lies far from the clip is none of it, whatever lies between.
    """
    if not start_ms < end_ms <= start_ms + longest_ms:
        return None
    near = [c for c in chunks if _usable(c) and start_ms - NEAR_MS <= c.start_ms <= end_ms + NEAR_MS]
    usable = _in_order(near)
    if not usable:
        return None
    codec, rate_hz = usable[0].codec, usable[0].rate_hz
    width = len(_SILENCE[codec])
    first, last = start_ms * rate_hz // 1000, end_ms * rate_hz // 1000
    # Silence first, then what was received over it: gaps keep their length, so times in the clip are true.
    data = bytearray(_SILENCE[codec] * (last - first))
    filled = 0
    for position, payload in _placed([c for c in usable if (c.codec, c.rate_hz) == (codec, rate_hz)]):
        begin, end = max(position, first), min(position + len(payload) // width, last)
        if begin < end:
            data[(begin - first) * width : (end - first) * width] = payload[
                (begin - position) * width : (end - position) * width
            ]
            filled += end - begin
    if not filled:
        return None
    return Clip(codec, rate_hz, bytes(data), missing_ms=(last - first - filled) * 1000 // rate_hz)


def _in_order(chunks: Sequence[AudioChunk]) -> list[AudioChunk]:
    """By number. Where numbers near both ends of 16 bits lie in one clip, they wrapped in it."""
    # Reversed, so that of two with one number the first one received stays.
    by_seq = {chunk.seq: chunk for chunk in reversed(chunks)}
    wraps = bool(by_seq) and max(by_seq) < NUMBERS and max(by_seq) - min(by_seq) > NUMBERS // 2

    def number(seq: int) -> int:
        return seq + NUMBERS if wraps and seq < NUMBERS // 2 else seq

    return [by_seq[seq] for seq in sorted(by_seq, key=number)]


def _usable(chunk: AudioChunk) -> bool:
    whole = chunk.codec in _SILENCE and len(chunk.payload) % len(_SILENCE[chunk.codec]) == 0
    return whole and bool(chunk.payload) and chunk.rate_hz in _RATES_HZ and chunk.start_ms >= 0


def _placed(chunks: Sequence[AudioChunk]) -> list[tuple[int, bytes]]:
    """Each payload with the number of its first sample, counted from the call's start.

    A chunk that begins well before the end of those before it is left out, as a listener refuses it.
    """
    placed: list[tuple[int, bytes]] = []
    next_sample, next_seq = 0, -1
    for chunk in chunks:
        claimed = chunk.start_ms * chunk.rate_hz // 1000
        tolerance = CLOCK_TOLERANCE_MS * chunk.rate_hz // 1000
        # Times that jitter are not believed where the numbers say that nothing lies between.
        back = SHAKY_MS * chunk.rate_hz // 1000 if chunk.seq == next_seq else tolerance
        if claimed < next_sample - back:
            continue
        # The sender's clock drifts against its sample count: consecutive numbers are joined without a gap within the
        # tolerance. Behind a lost chunk the claimed time is all there is.
        joined = claimed <= next_sample + (tolerance if chunk.seq == next_seq else 0)
        position = next_sample if joined and placed else claimed
        placed.append((position, chunk.payload))
        next_sample = position + len(chunk.payload) // len(_SILENCE[chunk.codec])
        next_seq = chunk.seq + 1
    return placed


def wav(clip: Clip) -> bytes:
    """A RIFF WAVE file whose data are the clip's own bytes (mu-law and A-law carry the `fact` chunk they need)."""
    width = len(_SILENCE[clip.codec])
    format_ = struct.pack("<HHIIHH", _WAVE_FORMAT[clip.codec], 1, clip.rate_hz, clip.rate_hz * width, width, 8 * width)
    if clip.codec == "pcm16":
        head = _chunk(b"fmt ", format_)
    else:
        head = _chunk(b"fmt ", format_ + b"\x00\x00") + _chunk(b"fact", struct.pack("<I", clip.frames))
    return _chunk(b"RIFF", b"WAVE" + head + _chunk(b"data", clip.data))


def _chunk(name: bytes, data: bytes) -> bytes:
    # RIFF pads a chunk to an even length and does not count the padding.
    return name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
