"""Prosody alone, as numbers: the listener's measurements of a clip, without any encoder."""

from __future__ import annotations

import hashlib
import inspect
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.evaluation.reference_systems.features import FeatureExtractor
from tonewatch.models.evaluation.sound import Sound
from tonewatch.stream.messages import Prosody
from tonewatch.workers import pitch, prosody
from tonewatch.workers.audio import voice_activity

NUMBERS = (
    "f0_median_st",
    "f0_range_st",
    "f0_slope_st_per_s",
    "voiced_share",
    "f0_confidence",
    "level_db",
    "level_slope_db_per_s",
    "tilt_db",
    "rate_syl_per_s",
    "pause_share",
    "longest_pause_ms",
    "stress_per_s",
    "stress_peak_z",
)
SHAPES: tuple[str, ...] = get_args(get_type_hints(Prosody)["intonation"])


def _modules(package: ModuleType) -> list[ModuleType]:
    return [package, *(import_module(f"{package.__name__}.{one.name}") for one in iter_modules(package.__path__))]


class ProsodyExtractor(FeatureExtractor):
    """NUMBERS, NaN where the clip has no such measurement, then one flag per shape of intonation."""

    def __init__(self) -> None:
        # The key holds a digest of the measuring code, so that stored rows of an older version are not reused.
        sources = "".join(
            inspect.getsource(module) for module in (*_modules(pitch), *_modules(prosody), voice_activity)
        )
        self.kind = f"prosody {hashlib.sha256(sources.encode()).hexdigest()[:12]}"

    def describe(self, sound: Sound) -> NDArray[np.float32]:
        measured = sound.prosody
        values = {name: getattr(measured, name) for name in NUMBERS}
        if values["level_db"] is not None:
            values["level_db"] -= sound.gain_db  # the level as recorded: between clips of one voice it is a cue
        flags = [float(measured.intonation == shape) for shape in SHAPES]
        numbers = [np.nan if value is None else float(value) for value in values.values()]
        return np.array([*numbers, *flags], dtype=np.float32)
