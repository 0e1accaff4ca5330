"""Payloads of one leg as the codecs that a call's chunks have; only G.722 is decoded here.

Mu-law and A-law go on as they came, linear audio in another order of bytes. G.722 is decoded by FFmpeg's libraries, by
way of PyAV (BSD-3-Clause; the libraries in its wheels are LGPL and GPL): the one maintained package with wheels for all
our platforms that has it. soundfile has no G.722, and the standard library's audioop had none before it went.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from tonewatch.stream.doors.rtp.formats import Format
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.messages import Codec

if TYPE_CHECKING:
    import av


class Decoder:
    """Of one leg: G.722 predicts from what came before."""

    def __init__(self) -> None:
        self._g722: av.AudioCodecContext | None = None

    def decode(self, payload: bytes, format_: Format) -> tuple[Codec, int, bytes]:
        """Codec, samples a second and the bytes of a chunk; as long as the payload is.

        Raises:
            DependencyError: PyAV is not installed.
        """
        match format_.wire:
            case "mulaw" | "alaw" as codec:
                return codec, format_.rate_hz, payload
            case "l16":
                samples = np.frombuffer(payload[: len(payload) // 2 * 2], dtype=">i2")
                return "pcm16", format_.rate_hz, samples.astype("<i2").tobytes()
            case "g722":
                return "pcm16", format_.rate_hz, self._decode_g722(payload)

    def _decode_g722(self, payload: bytes) -> bytes:
        if self._g722 is None:
            self._g722 = g722_context("r")
        import av

        frames = self._g722.decode(av.Packet(payload)) if payload else []
        return b"".join(frame.to_ndarray().astype("<i2").tobytes() for frame in frames)


def g722_context(mode: Literal["r", "w"]) -> av.AudioCodecContext:
    """A decoder (`r`) or an encoder (`w`).

    Raises:
        DependencyError: PyAV is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise DependencyError("G.722 needs PyAV: pip install av, or let Asterisk send format=slin16.") from error
    context = av.CodecContext.create("g722", mode)
    context.sample_rate, context.layout, context.format = 16_000, "mono", "s16"
    return context
