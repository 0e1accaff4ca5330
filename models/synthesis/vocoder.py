"""Speech as the tracks that a vocoder works on: pitch, spectral envelope, aperiodicity. A wrapper of WORLD.

Morise, Yokomori, Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system", IEICE Trans. 2016.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.errors import DependencyError

Track = NDArray[np.float64]

FRAME_MS = 5.0
_FLOOR_HZ, _CEILING_HZ = 65.0, 480.0


@dataclass(frozen=True)
class Frames:
    """One utterance every `FRAME_MS`.

    f0_hz: [frames], 0 where unvoiced. envelope: [frames, bins], power, bins from 0 to half of `rate_hz`.
    aperiodicity: [frames, bins], 0 for a pure tone to 1 for noise.
    """

    f0_hz: Track
    envelope: Track
    aperiodicity: Track
    rate_hz: int

    @property
    def voiced(self) -> NDArray[np.bool_]:
        return self.f0_hz > 0.0

    @property
    def bins_hz(self) -> Track:
        return np.linspace(0.0, self.rate_hz / 2.0, self.envelope.shape[1])

    @property
    def level_db(self) -> Track:
        """Power of each frame's envelope, relative to the loudest frame."""
        power = self.envelope.sum(axis=1) + 1e-16
        return np.asarray(10.0 * np.log10(power / power.max()))


def analyse(samples: NDArray[np.float32], rate_hz: int) -> Frames:
    """Wide-band samples only: WORLD needs the fundamental, which a telephone line removes."""
    world = _world()
    signal = samples.astype(np.float64)
    f0_hz, times = world.harvest(signal, rate_hz, f0_floor=_FLOOR_HZ, f0_ceil=_CEILING_HZ, frame_period=FRAME_MS)
    envelope = world.cheaptrick(signal, f0_hz, times, rate_hz, f0_floor=_FLOOR_HZ)
    # The same bins as the envelope: fft_size / 2 + 1.
    noise = world.d4c(signal, f0_hz, times, rate_hz, fft_size=2 * (envelope.shape[1] - 1))
    return Frames(f0_hz, envelope, noise, rate_hz)


def render(frames: Frames) -> NDArray[np.float32]:
    """Samples at the frames' rate; `FRAME_MS` of sound for each frame."""
    world = _world()
    tracks = (np.ascontiguousarray(track) for track in (frames.f0_hz, frames.envelope, frames.aperiodicity))
    samples = world.synthesize(*tracks, frames.rate_hz, frame_period=FRAME_MS)
    return np.asarray(samples, dtype=np.float32)


@cache
def _world() -> ModuleType:
    """pyworld's compiled module, loaded without its package.

    The package's own first lines ask setuptools for a module that setuptools has removed, only to learn a version.
    """
    package = importlib.util.find_spec("pyworld")
    folders = package.submodule_search_locations if package else None
    spec = importlib.machinery.PathFinder.find_spec("pyworld", folders) if folders else None
    if spec is None or spec.loader is None:
        raise DependencyError("The package pyworld is missing: pip install 'tonewatch[synthesis]'.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
