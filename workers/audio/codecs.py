"""Telephone codecs: bytes as they travel <-> float32 samples in [-1, 1], and the rates we accept.

mulaw and alaw follow ITU-T G.711 with its 16-bit scaling; both directions are table look-ups. `pcm16` is int16
little endian.
"""

from __future__ import annotations

from functools import cache
from typing import Final, cast

import numpy as np
import soxr
from numpy.typing import NDArray

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import Codec

RATES_HZ: Final = (8_000, 16_000, 32_000, 48_000)
"""Rates a call may have: those that the voice activity detector knows."""

CODECS: Final[tuple[Codec, ...]] = ("mulaw", "alaw", "pcm16")

Samples = NDArray[np.float32]
Int16 = NDArray[np.int16]

_FULL_SCALE = 32_768.0
_MULAW_BIAS = 132
_MULAW_CLIP = 32_635


def check_rate(rate_hz: int) -> None:
    """Raises Unprocessable (`unsupported_rate`) for a rate that is not in RATES_HZ."""
    if rate_hz not in RATES_HZ:
        known = ", ".join(str(rate) for rate in RATES_HZ)
        raise Unprocessable(f"audio at {rate_hz} Hz: a call must have one of {known} Hz", reason="unsupported_rate")


def check_codec(codec: str) -> Codec:
    """Raises Unprocessable (`unknown_codec`) for a name that is not in CODECS."""
    if codec not in CODECS:
        raise Unprocessable(f"codec {codec!r}: must be one of {', '.join(CODECS)}", reason="unknown_codec")
    return codec


def bytes_per_sample(codec: str) -> int:
    return 2 if check_codec(codec) == "pcm16" else 1


def decode(payload: bytes, codec: str) -> Samples:
    """Raises Unprocessable: `unknown_codec`, or `odd_length` for pcm16 with half a sample at its end."""
    if len(payload) % bytes_per_sample(codec):
        raise Unprocessable(f"pcm16 payload of {len(payload)} bytes: must be even", reason="odd_length")
    if codec == "pcm16":
        return np.frombuffer(payload, dtype="<i2").astype(np.float32) / np.float32(_FULL_SCALE)
    return _decoded(codec)[np.frombuffer(payload, dtype=np.uint8)]


def encode(samples: Samples, codec: str) -> bytes:
    """Samples beyond [-1, 1] are clipped. Raises Unprocessable (`unknown_codec`)."""
    check_codec(codec)
    linear = to_int16(samples)
    if codec == "pcm16":
        return linear.astype("<i2").tobytes()
    table = _mulaw_encoded() if codec == "mulaw" else _alaw_encoded()
    return table[linear.astype(np.int32) + 32_768].tobytes()


def to_int16(samples: Samples) -> Int16:
    # Exact in float32: by a power of two only the exponent changes.
    scaled = samples * np.float32(_FULL_SCALE)
    np.rint(scaled, out=scaled)
    np.minimum(scaled, np.float32(32_767), out=scaled)
    np.maximum(scaled, np.float32(-32_768), out=scaled)
    return cast(Int16, scaled.astype(np.int16))


def resample(samples: Samples, rate_hz: int, to_hz: int = 16_000) -> Samples:
    """A whole segment at another rate; nothing is carried over from one call to the next."""
    if rate_hz == to_hz or not len(samples):
        return samples.astype(np.float32, copy=False)
    return cast(Samples, soxr.resample(samples, rate_hz, to_hz, quality="HQ").astype(np.float32, copy=False))


@cache
def _decoded(codec: str) -> Samples:
    """The sample of each byte of a G.711 law."""
    table = _mulaw_decoded() if codec == "mulaw" else _alaw_decoded()
    return cast(Samples, (table / _FULL_SCALE).astype(np.float32))


@cache
def _mulaw_decoded() -> NDArray[np.int32]:
    # On the wire all bits are inverted: sign, three bits of exponent, four of mantissa.
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _MULAW_BIAS) << ((code & 0x70) >> 4)) - _MULAW_BIAS
    return np.where(code & 0x80, -magnitude, magnitude)


@cache
def _mulaw_encoded() -> NDArray[np.uint8]:
    linear = np.arange(-32_768, 32_768, dtype=np.int32)
    biased = np.minimum(np.abs(linear), _MULAW_CLIP) + _MULAW_BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(linear < 0, 0x80, 0)
    return np.asarray(~(sign | (exponent << 4) | mantissa) & 0xFF, dtype=np.uint8)


@cache
def _alaw_decoded() -> NDArray[np.int32]:
    # On the wire every other bit is inverted; in the first segment the steps are linear.
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent = (code & 0x70) >> 4
    step = (code & 0x0F) << 4
    magnitude = np.where(exponent == 0, step + 8, (step + 264) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude)


@cache
def _alaw_encoded() -> NDArray[np.uint8]:
    linear = np.arange(-32_768, 32_768, dtype=np.int32)
    # 12 bits of magnitude; -linear - 1 below zero gives both signs as many steps.
    magnitude = np.where(linear < 0, -linear - 1, linear) >> 3
    magnitude = np.minimum(magnitude, 4_095)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = np.where(exponent == 0, magnitude >> 1, magnitude >> exponent) & 0x0F
    sign = np.where(linear >= 0, 0x80, 0)
    return np.asarray((sign | (exponent << 4) | mantissa) ^ 0x55, dtype=np.uint8)
