"""What a telephony system sends at a time: some milliseconds of one channel, as bytes of a codec."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Codec

RATES_HZ = (8_000, 16_000, 32_000, 48_000)
"""Rates that a listener takes; audio of any other rate is brought to RESAMPLED_HZ."""

RESAMPLED_HZ = 16_000
"""What the encoder hears: no rate above it would tell more."""

LEAST_RATE_HZ, MOST_RATE_HZ = 6_000, 192_000
MOST_FRAME_BYTES = 64 * 1_024


class Frame(msgspec.Struct, frozen=True):
    """A structure: one is made fifty times a second and channel, and a frozen dataclass costs ten times as much.

    `media_ms`: time of its first sample on the clock of its stream. `number`: counts the stream's frames of this
    channel where the protocol numbers them, so that they can be put in order; null where the transport keeps order.
    """

    channel: int
    media_ms: int
    payload: bytes
    codec: Codec
    rate_hz: int
    number: int | None = None

    @property
    def samples(self) -> int:
        return len(self.payload) // width(self.codec)

    @property
    def duration_ms(self) -> float:
        return self.samples * 1_000 / self.rate_hz


def width(codec: Codec) -> int:
    """Bytes of a sample."""
    return 2 if codec == "pcm16" else 1


def check(frame: Frame) -> None:
    """
    Raises:
        Unprocessable: no listener could use it: `empty`, `too_large`, `odd_length`, `unsupported_rate`.
    """
    if not frame.payload:
        raise Unprocessable("A frame carries no audio.", reason="empty")
    if len(frame.payload) > MOST_FRAME_BYTES:
        raise Unprocessable(f"A frame is larger than {MOST_FRAME_BYTES} bytes.", reason="too_large")
    if len(frame.payload) % width(frame.codec):
        raise Unprocessable("A frame of 16-bit samples ends within one.", reason="odd_length")
    resampled = frame.rate_hz not in RATES_HZ
    if resampled and (frame.codec != "pcm16" or not LEAST_RATE_HZ <= frame.rate_hz <= MOST_RATE_HZ):
        raise Unprocessable(f"Audio at {frame.rate_hz} Hz in {frame.codec} is not read.", reason="unsupported_rate")


def parted(payload: bytes, channels: int, codec: Codec) -> list[bytes]:
    """The channels of interleaved samples.

    Raises:
        Unprocessable: it ends within a sample of all channels (`odd_length`).
    """
    size = width(codec)
    if len(payload) % (channels * size):
        raise Unprocessable(f"Audio of {channels} channels ends within a sample.", reason="odd_length")
    if channels == 1:
        return [payload]
    samples = np.frombuffer(payload, dtype="<i2" if size == 2 else np.uint8).reshape(-1, channels)
    return [samples[:, channel].tobytes() for channel in range(channels)]


def interleaved(parts: Sequence[bytes], codec: Codec) -> bytes:
    """The reverse of `parted`; all parts have the same length."""
    kind = "<i2" if width(codec) == 2 else np.uint8
    return np.stack([np.frombuffer(part, dtype=kind) for part in parts], axis=1).tobytes()


def from_network_order(payload: bytes) -> bytes:
    """16-bit samples of RTP and of other big-endian senders as `pcm16`."""
    return np.frombuffer(payload[: len(payload) // 2 * 2], dtype=">i2").astype("<i2").tobytes()
