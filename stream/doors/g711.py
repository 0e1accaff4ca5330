"""16-bit samples as G.711, and back, by libsndfile: what the simulators send, and what tests compare.

The doors themselves decode nothing: mu-law and A-law are codecs of the calls topic.
"""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import soundfile

G711 = Literal["mulaw", "alaw"]
_SUBTYPES: dict[G711, str] = {"mulaw": "ULAW", "alaw": "ALAW"}
_RATE_HZ = 8_000


def encode(pcm: bytes, codec: G711) -> bytes:
    """`pcm`: int16, little endian."""
    file = io.BytesIO()
    samples = np.frombuffer(pcm, dtype="<i2")
    soundfile.write(file, samples, _RATE_HZ, format="RAW", subtype=_SUBTYPES[codec])
    return file.getvalue()


def decode(payload: bytes, codec: G711) -> bytes:
    samples, _ = soundfile.read(
        io.BytesIO(payload), dtype="int16", samplerate=_RATE_HZ, channels=1, format="RAW", subtype=_SUBTYPES[codec]
    )
    return bytes(samples.astype("<i2").tobytes())
