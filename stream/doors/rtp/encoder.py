"""Samples to RTP payloads, for a simulator: the reverse of `decoder.py`. G.711 by libsndfile, G.722 by PyAV."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.doors import g711
from tonewatch.stream.doors.rtp.decoder import g722_context
from tonewatch.stream.doors.rtp.formats import Format

if TYPE_CHECKING:
    import av


class Encoder:
    """Of one leg: G.722 predicts from what came before."""

    def __init__(self, format_: Format) -> None:
        self._format = format_
        self._g722: av.AudioCodecContext | None = None

    def encode(self, pcm: bytes) -> bytes:
        """`pcm`: int16 little endian at the format's rate.

        Raises:
            DependencyError: G.722 without PyAV.
        """
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.int16)
        if self._format.wire == "l16":
            return samples.astype(">i2").tobytes()
        if self._format.wire == "g722":
            return self._encode_g722(samples)
        return g711.encode(pcm, self._format.wire)

    def _encode_g722(self, samples: NDArray[np.int16]) -> bytes:
        if self._g722 is None:
            self._g722 = g722_context("w")
        import av

        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = self._format.rate_hz
        return b"".join(bytes(packet) for packet in self._g722.encode(frame))
