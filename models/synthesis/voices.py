"""Who speaks: each voice is a synthesiser's voice, an accent, and a change of vocal tract and pitch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tonewatch.models.synthesis.engines import ENGINES, RATE_HZ, Engine, Samples


@dataclass(frozen=True)
class Voice:
    """`formants` above 1 shortens the vocal tract; `shift_st` moves the pitch. Both make another person of a voice."""

    engine: str
    name: str
    gender: str
    accent: str = "en-us"
    formants: float = 1.0
    shift_st: float = 0.0

    def __str__(self) -> str:
        return f"{self.engine} {self.name} formants x{self.formants:.2f} pitch {self.shift_st:+.1f} st"


VOICES = {
    "f1": Voice("kokoro", "jf_alpha", "female"),
    "f2": Voice("kokoro", "jf_gongitsune", "female"),
    "f3": Voice("kokoro", "jf_nezumi", "female", "en-gb"),
    "f4": Voice("kokoro", "jf_tebukuro", "female"),
    "f5": Voice("kokoro", "jf_alpha/jf_tebukuro", "female", "en-gb", 0.93, -2.5),
    "f6": Voice("kokoro", "jf_tebukuro/jf_gongitsune", "female", "en-us", 1.05, 1.0),
    "f7": Voice("flite", "slt", "female"),
    "m1": Voice("kokoro", "jm_kumo", "male"),
    "m2": Voice("piper", "joe", "male"),
    "m3": Voice("flite", "rms", "male"),
    "m4": Voice("kokoro", "jm_kumo/jf_alpha", "male", "en-gb", 1.06, 1.5),
    "m5": Voice("piper", "joe", "male", "en-us", 0.93, -2.0),
    "m6": Voice("kokoro", "jm_kumo/jf_nezumi", "male", "en-gb", 0.95, -1.5),
}


class Studio:
    """Speaks texts with voices, raw and unshaped; engines load when first needed.

    An engine's noise runs on from text to text, so one studio per call makes every call sound the same each time.
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
        return np.asarray(np.load(file), dtype=np.float32)

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
