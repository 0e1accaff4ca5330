"""The voices: each is a synthesiser's voice, an accent, and a change of vocal tract and pitch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tonewatch.models.synthesis import shaping
from tonewatch.models.synthesis.engines import ENGINES, RATE_HZ, Engine, Samples
from tonewatch.models.synthesis.vocoder import Frames


@dataclass(frozen=True)
class Voice:
    """`formants` above 1 shortens the vocal tract; `shift_st` moves the pitch. Both make another person of a voice.

    `melody` under 1 calms a voice whose pitch jumps from phrase to phrase, towards `centre_hz`.
    """

    engine: str
    name: str
    gender: str
    accent: str = "en-us"
    formants: float = 1.0
    shift_st: float = 0.0
    melody: float = 1.0
    centre_hz: float = 150.0

    def __str__(self) -> str:
        return f"{self.engine} {self.name} formants x{self.formants:.2f} pitch {self.shift_st:+.1f} st"


VOICES = {
    "f1": Voice("kokoro", "jf_alpha", "female", "en-us", 0.94, -3.0),
    "f2": Voice("kokoro", "jf_alpha/jf_nezumi", "female", "en-us", 0.95, -3.5),
    "f3": Voice("kokoro", "jf_nezumi", "female", "en-us", 0.90, -5.0),
    "f4": Voice("kokoro", "jf_tebukuro", "female", "en-us", 0.90, -5.0),
    "f5": Voice("kokoro", "jf_nezumi/jf_alpha", "female", "en-gb", 0.90, -5.0, 0.7, 250.0),
    "f6": Voice("kokoro", "jf_tebukuro/jf_gongitsune", "female", "en-us", 0.95, -4.0),
    "f7": Voice("flite", "slt", "female"),
    "f8": Voice("kokoro", "jf_tebukuro/jf_alpha", "female", "en-us", 0.92, -5.5),
    "f9": Voice("kokoro", "jf_tebukuro/jf_nezumi", "female", "en-us", 0.92, -4.0),
    "m1": Voice("kokoro", "jm_kumo", "male", "en-us", 1.0, 1.5),
    "m2": Voice("piper", "joe", "male", "en-us", 1.0, 0.0, 0.65, 125.0),
    "m3": Voice("flite", "rms", "male"),
    "m4": Voice("kokoro", "jm_kumo", "male", "en-us", 1.07, 4.0),
    "m5": Voice("piper", "joe", "male", "en-us", 0.93, -1.5, 0.65, 125.0),
    "m6": Voice("piper", "joe", "male", "en-us", 1.06, 2.5, 0.65, 125.0),
}


def as_person(frames: Frames, voice: Voice) -> Frames:
    """A synthesiser's phrase as this voice speaks it."""
    steadied = shaping.widen_pitch(frames, voice.melody, voice.centre_hz)
    return shaping.shift_pitch(shaping.warp_formants(steadied, voice.formants), voice.shift_st)


class Studio:
    """Speaks texts with voices, raw and unshaped; engines load when first needed.

    With a `cache` folder the raw speech is kept there, for quick work on the shaping.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._cache = cache

    def speak(self, voice: Voice, text: str) -> Samples:
        """Mono samples at `RATE_HZ`, silence at both ends cut."""
        if self._cache is None:
            return self._say(voice, text)
        key = f"{voice.engine} {voice.name} {voice.accent} {text}"
        file = self._cache / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.npy"
        if not file.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            np.save(file, self._say(voice, text))
        return np.asarray(np.load(file, allow_pickle=False), dtype=np.float32)

    def _say(self, voice: Voice, text: str) -> Samples:
        if voice.engine not in self._engines:
            self._engines[voice.engine] = ENGINES[voice.engine]()
        return trim(self._engines[voice.engine](text, voice.name, voice.accent))


def trim(samples: Samples, below_peak_db: float = 40.0, keep_ms: int = 25) -> Samples:
    """Cut what lies more than `below_peak_db` under the peak at both ends, but for `keep_ms`."""
    threshold = float(np.max(np.abs(samples), initial=0.0)) * 10.0 ** (-below_peak_db / 20.0)
    loud = np.flatnonzero(np.abs(samples) > threshold)
    if not loud.size:
        return samples
    keep = keep_ms * RATE_HZ // 1000
    return samples[max(0, int(loud[0]) - keep) : int(loud[-1]) + keep]
