"""Prosody of one segment as numbers; a value that the audio does not carry is null.

Everything is measured over speech frames only, so silence around the speech changes nothing. Syllables are counted
without a transcript, as voiced peaks of the level with a dip between them (de Jong and Wempe 2009, "Praat script to
detect syllable nuclei and measure speech rate automatically").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.messages import Prosody
from tonewatch.workers import pitch
from tonewatch.workers.codecs import Samples
from tonewatch.workers.pitch import HOP_MS, PitchTrack
from tonewatch.workers.voice_activity import FRAME_MS, Mask

Floats = pitch.Floats
_Lazy = Callable[[], float]
Shape = Literal["rise", "fall", "flat", "expressive", "level", "uncertain"]

MIN_SPEECH_MS: Final = 300
"""Less speech than this carries a level and nothing else."""

# Frames of HOP_MS that a value needs.
_MIN_VOICED = 10
_MIN_VOICED_RANGE = 25
_MIN_F0_SLOPE, _MIN_LEVEL_SLOPE = 40, 100
_MIN_NUCLEI = 3
_PAUSE_MS = 100
_SILENCE = 1e-12

# Syllable nuclei: depth of the dip between two, and how far under the loudest one may lie.
_DIP_DB = 2.0
_UNDER_LOUDEST_DB = 22.0
_SMOOTH_FRAMES = 9

# Prominence: what counts as one step of level, of F0 and of the natural logarithm of duration.
_STEP_DB, _STEP_ST, _STEP_DURATION = 3.0, 2.0, 0.35
_STRESSED = 1.0
_LEAST_SPREAD = 0.3

_TURN_ST = 2.0
_FLAT_ST = 3.0
_EXPRESSIVE_ST = 9.0
_LEAST_CONFIDENCE = 0.15
_END_MS = 500
_END_GAP_MS = 60
_END_LEAST_MS = 100

_TILT_SPLIT_HZ = 1_000.0
_TILT_LOW_HZ, _TILT_HIGH_HZ = 100.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Nuclei:
    """Syllable nuclei: index of the frame of HOP_MS, level in dB, length in frames between the dips around it."""

    at: NDArray[np.intp]
    level_db: Floats
    frames: Floats


def measure(samples: Samples, rate_hz: int, speech_mask: Mask) -> Prosody:
    """`speech_mask`: one flag per FRAME_MS; what it does not cover is no speech."""
    hop = rate_hz * HOP_MS // 1000
    count = len(samples) // hop
    speech = _speech_frames(speech_mask, count)
    speech_s = int(speech.sum()) * HOP_MS / 1000
    if not speech.any():
        return Prosody()
    frames = samples[: count * hop].reshape(count, hop).astype(np.float64)
    power = np.mean((frames - np.mean(samples[: count * hop])) ** 2, axis=1)
    level_db = _db(float(power[speech].mean()))
    pause_share, longest_pause_ms = _pauses(speech)
    if speech_s * 1000 < MIN_SPEECH_MS or level_db <= _db(0):
        quiet = level_db <= _db(0)
        return Prosody(level_db=None if quiet else level_db, pause_share=pause_share, longest_pause_ms=longest_pause_ms)
    track = pitch.track(samples, rate_hz)
    nuclei = find_nuclei(power, speech, track)
    voiced = track.voiced & speech
    stress_per_s, stress_peak_z = _stress(nuclei, track, speech_s)
    return Prosody(
        f0_median_st=_if_enough(voiced, _MIN_VOICED, lambda: float(np.median(track.f0_st[voiced]))),
        f0_range_st=_if_enough(voiced, _MIN_VOICED_RANGE, lambda: _f0_range_st(track, voiced)),
        f0_slope_st_per_s=_slope_per_s(track.f0_st, voiced, _MIN_F0_SLOPE),
        voiced_share=float(voiced.sum() / speech.sum()),
        f0_confidence=float(track.confidence[voiced].mean()) if voiced.any() else 0.0,
        level_db=level_db,
        level_slope_db_per_s=_slope_per_s(_smoothed_db(power), speech, _MIN_LEVEL_SLOPE),
        tilt_db=_tilt_db(samples, rate_hz, speech),
        rate_syl_per_s=len(nuclei.at) / speech_s if len(nuclei.at) else None,
        pause_share=pause_share,
        longest_pause_ms=longest_pause_ms,
        stress_per_s=stress_per_s,
        stress_peak_z=stress_peak_z,
        intonation=intonation(track, voiced, speech),
    )


def find_nuclei(power: Floats, speech: Mask, track: PitchTrack) -> Nuclei:
    """`power` and `speech` per frame of HOP_MS."""
    level_db = _smoothed_db(power)
    voiced_near = np.convolve(track.voiced, np.ones(5), mode="same") > 0
    threshold = float(np.percentile(level_db[speech], 95)) - _UNDER_LOUDEST_DB
    peaks, dips = _peaks_with_dips(level_db)
    keep = [i for i, at in enumerate(peaks) if speech[at] and voiced_near[at] and level_db[at] > threshold]
    at = np.array([peaks[i] for i in keep], dtype=np.intp)
    return Nuclei(at, level_db[at], np.array([dips[i + 1] - dips[i] for i in keep], dtype=np.float64))


def intonation(track: PitchTrack, voiced: Mask, speech: Mask) -> Shape:
    """The turn at the end of the phrase, else how lively the whole of it is."""
    if voiced.sum() < _MIN_VOICED_RANGE:
        return "uncertain"
    confidence = float(track.confidence[voiced].mean() * voiced.sum() / speech.sum())
    if confidence < _LEAST_CONFIDENCE:
        return "uncertain"
    turn = _end_turn_st(track, voiced)
    if abs(turn) >= _TURN_ST:
        return "rise" if turn > 0 else "fall"
    range_st = _f0_range_st(track, voiced)
    if range_st > _EXPRESSIVE_ST:
        return "expressive"
    return "flat" if range_st < _FLAT_ST else "level"


def _end_turn_st(track: PitchTrack, voiced: Mask) -> float:
    """F0 movement over the last voiced stretch; 0 when it is too short. Gaps end it, they are not bridged."""
    at = np.flatnonzero(voiced)
    broken = np.flatnonzero(np.diff(at) > _END_GAP_MS // HOP_MS)
    stretch = at[broken[-1] + 1 :] if len(broken) else at
    stretch = stretch[stretch > stretch[-1] - _END_MS // HOP_MS]
    if len(stretch) < _END_LEAST_MS // HOP_MS:
        return 0.0
    slope = _theil_sen(stretch.astype(np.float64), track.f0_st[stretch])
    return float(slope * (stretch[-1] - stretch[0]))


def _speech_frames(mask: Mask, count: int) -> Mask:
    frames = np.repeat(mask, FRAME_MS // HOP_MS)[:count]
    return np.concatenate((frames, np.zeros(count - len(frames), dtype=np.bool_)))


def _f0_range_st(track: PitchTrack, voiced: Mask) -> float:
    low, high = np.percentile(track.f0_st[voiced], (5, 95))
    return float(high - low)


def _if_enough(frames: Mask, least: int, value: _Lazy) -> float | None:
    return value() if frames.sum() >= least else None


def _pauses(speech: Mask) -> tuple[float, int]:
    """Share of the time between first and last speech that lies in pauses from _PAUSE_MS, and the longest one in ms."""
    at = np.flatnonzero(speech)
    gaps_ms = (np.diff(at) - 1) * HOP_MS
    pauses_ms = gaps_ms[gaps_ms >= _PAUSE_MS]
    whole_ms = int(at[-1] - at[0] + 1) * HOP_MS
    return float(pauses_ms.sum() / whole_ms), int(pauses_ms.max()) if len(pauses_ms) else 0


def _db(power: float) -> float:
    return float(10 * np.log10(power + _SILENCE))


def _smoothed_db(power: Floats) -> Floats:
    window = np.hanning(_SMOOTH_FRAMES + 2)[1:-1]
    padded = np.pad(power, _SMOOTH_FRAMES // 2, mode="edge")
    return cast(Floats, 10 * np.log10(np.convolve(padded, window / window.sum(), mode="valid") + _SILENCE))


def _slope_per_s(values: Floats, where: Mask, least: int) -> float | None:
    """A robust line through `values` at the frames of `where`; pauses are left out and not bridged by values."""
    at = np.flatnonzero(where)
    if len(at) < least:
        return None
    return _theil_sen(at * HOP_MS / 1000, values[at])


def _theil_sen(x: Floats, y: Floats) -> float:
    """The median of the slopes of all pairs, of at most 128 points."""
    step = -(-len(x) // 128)
    x, y = x[::step], y[::step]
    first, second = np.triu_indices(len(x), k=1)
    return float(np.median((y[second] - y[first]) / (x[second] - x[first])))


def _tilt_db(samples: Samples, rate_hz: int, speech: Mask) -> float | None:
    """Energy from 1 to 3.6 kHz over that from 100 Hz to 1 kHz, both inside what a telephone carries or nearly."""
    hop = rate_hz * HOP_MS // 1000
    width = 3 * hop
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (hop, width)), width)[::hop][: len(speech)]
    spectrum = np.abs(np.fft.rfft(frames[speech] * np.hanning(width), axis=1)) ** 2
    hz = np.fft.rfftfreq(width, 1 / rate_hz)
    total = spectrum.sum(axis=0)
    low = float(total[(hz >= _TILT_LOW_HZ) & (hz < _TILT_SPLIT_HZ)].sum())
    high = float(total[(hz >= _TILT_SPLIT_HZ) & (hz <= _TILT_HIGH_HZ)].sum())
    return float(10 * np.log10(high / low)) if low > 0 and high > 0 else None


def _peaks_with_dips(level_db: Floats) -> tuple[list[int], list[int]]:
    """Peaks that stand _DIP_DB over the dips on both sides, and the dips: one more than peaks, the ends included."""
    peaks: list[int] = []
    dips = [0]
    top = low = 0
    rising = True
    for at, level in enumerate(level_db.tolist()):
        if rising:
            if level > level_db[top]:
                top = at
            elif level < level_db[top] - _DIP_DB:
                if level_db[top] > level_db[dips[-1]] + _DIP_DB or not peaks:
                    peaks.append(top)
                    dips.append(at)
                low, rising = at, False
        elif level < level_db[low]:
            low = at
            dips[-1] = at
        elif level > level_db[low] + _DIP_DB:
            top, rising = at, True
    if rising and len(level_db) and level_db[top] > level_db[dips[-1]] + _DIP_DB:
        peaks.append(top)
        dips.append(len(level_db) - 1)
    return peaks, dips


def _stress(nuclei: Nuclei, track: PitchTrack, speech_s: float) -> tuple[float | None, float | None]:
    """Stressed syllables a second, and how far the strongest stands over the median in robust deviations."""
    if len(nuclei.at) < _MIN_NUCLEI:
        return None, None
    f0_st = np.array([_f0_around(track, at) for at in nuclei.at.tolist()])
    usual_st = np.nanmedian(f0_st) if np.any(~np.isnan(f0_st)) else 0.0
    lift_st = np.nan_to_num(f0_st - usual_st)
    length = np.log(np.maximum(nuclei.frames, 1))
    prominence = (
        (nuclei.level_db - np.median(nuclei.level_db)) / _STEP_DB
        + lift_st / _STEP_ST
        + (length - np.median(length)) / _STEP_DURATION
    ) / 3
    above = prominence - np.median(prominence)
    spread = max(_LEAST_SPREAD, 1.4826 * float(np.median(np.abs(above))))
    return float((above >= _STRESSED).sum() / speech_s), float(above.max() / spread)


def _f0_around(track: PitchTrack, at: int) -> float:
    near = track.f0_st[max(0, at - 3) : at + 4]
    known = near[~np.isnan(near)]
    return float(np.median(known)) if len(known) else float("nan")
