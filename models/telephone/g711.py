"""ITU-T G.711 as companding curves quantised to 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Codec = Literal["mu-law", "a-law"]
Companding = Callable[[Samples], Samples]

_MU = 255.0
_A = 87.6


def mu_law(samples: Samples) -> Samples:
    """Compress, quantise to 8 bits, expand; samples in [-1, 1]."""
    clipped = np.clip(samples, -1.0, 1.0)
    # F(x) = sgn(x) ln(1 + mu |x|) / ln(1 + mu)
    compressed = np.sign(clipped) * np.log1p(_MU * np.abs(clipped)) / np.log1p(_MU)
    coarse = np.round(compressed * 127.0) / 127.0
    expanded = np.sign(coarse) * np.expm1(np.abs(coarse) * np.log1p(_MU)) / _MU
    return np.asarray(expanded, dtype=np.float32)


def a_law(samples: Samples) -> Samples:
    """Compress, quantise to 8 bits, expand; samples in [-1, 1]."""
    magnitude = np.abs(np.clip(samples, -1.0, 1.0))
    # A-law: linear up to 1 / A, logarithmic above; both parts over 1 + ln A.
    slope = 1.0 + np.log(_A)
    curve = np.where(magnitude < 1.0 / _A, _A * magnitude, 1.0 + np.log(np.maximum(_A * magnitude, 1.0))) / slope
    coarse = (np.floor(curve * 128.0).clip(0, 127) + 0.5) / 128.0
    expanded = np.where(coarse < 1.0 / slope, coarse * slope / _A, np.exp(coarse * slope - 1.0) / _A)
    return np.asarray(np.sign(samples) * expanded, dtype=np.float32)
