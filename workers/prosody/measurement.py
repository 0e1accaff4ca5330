"""All measurements of a segment as one message, each with its confidence."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tonewatch.stream.messages import Prosody, ProsodyConfidence
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.quality import clipped_share
from tonewatch.workers.audio.voice_activity import Mask
from tonewatch.workers.pitch import HOP_MS
from tonewatch.workers.prosody import loudness, melody, timbre
from tonewatch.workers.prosody.nuclei import MIN_NUCLEI, find_nuclei
from tonewatch.workers.prosody.prominence import stress
from tonewatch.workers.prosody.voiced_speech import SILENCE, SpeechFrames, analysed, enough, frame_power, speech_frames

MIN_SPEECH_MS: Final = 300
"""Less speech than this carries a level and nothing else."""

MAX_CLIPPED_SHARE: Final = 0.02
"""With more of the samples at full scale the level is unknown."""

LEAST_CONFIDENCE: Final = 0.2
"""A value that is less sure than this is null."""

_HALF_SURE_FRAMES = 10
"""Frames of speech that earn a level one half of its confidence."""

Found = dict[str, tuple[Any, float]]
"""Value and confidence under the name of the field."""


def measure(samples: Samples, rate_hz: int, speech_mask: Mask) -> Prosody:
    """`speech_mask`: one flag per FRAME_MS; what it does not cover is no speech."""
    power = frame_power(samples, rate_hz)
    speech = speech_frames(speech_mask, len(power))
    if not speech.any():
        return Prosody()
    pause_share, longest_pause_ms = loudness.pauses(speech)
    plain = {"pause_share": pause_share, "longest_pause_ms": longest_pause_ms}
    if power[speech].mean() <= SILENCE:
        return _message(plain, {})
    # The noise of the line is in the level too: confidence is the voice's share of the power.
    sure = (1 - loudness.noise_share(power, speech)) * enough(int(speech.sum()), _HALF_SURE_FRAMES)
    found: Found = {"pause_share": (pause_share, sure)}
    # Clipping flattens peaks: the level would be too low exactly where a caller is loudest.
    if clipped_share(samples) <= MAX_CLIPPED_SHARE:
        found["level_db"] = (loudness.level_db(power, speech), sure)
        found["level_slope_db_per_s"] = (loudness.level_slope_db_per_s(power, speech), sure)
    if speech.sum() * HOP_MS < MIN_SPEECH_MS:
        return _message(plain, {name: found[name] for name in ("pause_share", "level_db") if name in found})
    frames = analysed(samples, rate_hz, power, speech)
    found["tilt_db"] = (timbre.tilt_db(frames), sure)
    return _message(plain | _voicing(frames), found | _melody(frames) | _syllables(frames))


def _message(plain: dict[str, Any], found: Found) -> Prosody:
    """`plain`: values without a confidence. Values that are null or not sure enough are left out."""
    kept = {name: pair for name, pair in found.items() if pair[0] is not None and pair[1] >= LEAST_CONFIDENCE}
    sure = {name: round(pair[1], 3) for name, pair in kept.items() if name in ProsodyConfidence.__struct_fields__}
    return Prosody(**(plain | {name: pair[0] for name, pair in kept.items()}), confidence=ProsodyConfidence(**sure))


def _voicing(frames: SpeechFrames) -> dict[str, Any]:
    voiced = frames.voiced
    return {
        "voiced_share": float(voiced.sum() / frames.speech.sum()),
        "f0_confidence": float(frames.track.periodicity[voiced].mean()) if voiced.any() else 0.0,
    }


def _melody(frames: SpeechFrames) -> Found:
    count = int(frames.voiced.sum())
    end = melody.ending(frames)
    found: Found = {}
    if count >= melody.MIN_VOICED:
        sure = melody.confidence(frames, melody.MIN_VOICED)
        found["f0_median_st"] = (float(np.median(frames.track.f0_st[frames.voiced])), sure)
        found["harmonicity_db"] = (timbre.harmonicity_db(frames), sure)
        found["cepstral_peak_db"] = (timbre.cepstral_peak_db(frames), sure)
    if count >= melody.MIN_VOICED_RANGE:
        sure = melody.confidence(frames, melody.MIN_VOICED_RANGE)
        found["f0_range_st"] = (melody.range_st(frames), sure)
        found["intonation"] = (melody.shape(frames, end), sure)
    if count >= melody.MIN_SLOPE:
        found["f0_slope_st_per_s"] = (melody.slope_st_per_s(frames), melody.confidence(frames, melody.MIN_SLOPE))
    if end is not None:
        found["f0_final_st"] = (end.moved_st, end.confidence)
        found["f0_final_st_per_s"] = (end.st_per_s, end.confidence)
    return found


def _syllables(frames: SpeechFrames) -> Found:
    nuclei = find_nuclei(frames)
    found: Found = {}
    if len(nuclei.at) >= MIN_NUCLEI:
        found["rate_syl_per_s"] = (len(nuclei.at) / frames.speech_s, nuclei.confidence)
    stressed = stress(frames, nuclei)
    if stressed is not None:
        found["stress_per_s"] = (stressed.count / frames.speech_s, stressed.confidence)
        found["stress_count"] = (stressed.count, stressed.confidence)
        found["stress_peak_z"] = (stressed.peak_z, stressed.confidence)
        found["stress_peak_ms"] = (stressed.peak_ms, stressed.confidence)
    return found
