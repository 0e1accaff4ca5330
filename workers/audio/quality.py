"""Quality of a segment's audio, and the fixed reasons for which it is not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tonewatch.stream.messages import AbstainedByListener, Prosody, Quality
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.mel import LONGEST_CONCEALED_MS
from tonewatch.workers.audio.segmenter import SpeechSegment
from tonewatch.workers.audio.voice_activity import FRAME_MS

MAX_SNR_DB: Final = 60.0
"""A line that sends digital silence between words has no noise to compare with."""

_CLIP_LEVEL = 0.97
"""The highest code of both G.711 laws decodes to more than this."""

_CLIP_RUN = 3
_PRESSED_SHARE = 0.02
"""Clipped share from which loud and quiet frames of a voice no longer differ as they were spoken."""

_MIN_NOISE_FRAMES = 5
_NOISE_PERCENTILE = 25
_NOISE_PERCENTILE_OF_ALL = 5


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Beyond these nothing can be measured. A dial tone keeps its F0 within `min_f0_range_st`; no voice does.

    An abstention rests on what makes a measurement wrong, never on the sign of the trouble itself: whoever shouts until
    the line overloads, or speaks while the other does on a channel of their own, is judged. Both are facts of the
    segment. With nearly all samples at the rails there is no speech left: a defect of the line. Of lost packets, across
    which the spectrum is interpolated, up to `max_concealed_share` may be missing.
    """

    min_speech_ms: int = 400
    max_missing_share: float = 0.25
    max_concealed_share: float = 0.5
    max_clipped_share: float = 0.8
    min_snr_db: float = 4.0
    min_voiced_share: float = 0.08
    min_f0_range_st: float = 0.15


def assess(segment: SpeechSegment, other_speech_ms: Sequence[tuple[int, int]] = ()) -> Quality:
    """`other_speech_ms`: when the other channel spoke, as (start_ms, end_ms), in any order, overlaps allowed."""
    return Quality(
        snr_db=estimate_snr_db(segment),
        clipped_share=clipped_share(segment.samples),
        missing_ms=segment.missing_ms,
        concealed_ms=concealed_ms(segment),
        speech_ms=segment.speech_ms,
        overlap_share=overlap_share(segment.start_ms, segment.end_ms, other_speech_ms),
    )


def abstain_reason(
    quality: Quality, prosody: Prosody | None = None, limits: QualityLimits | None = None
) -> AbstainedByListener | None:
    """The first reason that holds, the surest first; None when the segment can be judged."""
    most = limits or QualityLimits()
    f0_range_st = prosody.f0_range_st if prosody else None
    checks: tuple[tuple[AbstainedByListener, bool], ...] = (
        ("too_short", quality.speech_ms < most.min_speech_ms),
        ("missing_audio", _is_missing(quality, most)),
        ("clipped", quality.clipped_share > most.max_clipped_share),
        ("noisy", quality.snr_db is not None and quality.snr_db < most.min_snr_db),
        ("no_voice", prosody is not None and prosody.voiced_share < most.min_voiced_share),
        ("tonal", f0_range_st is not None and f0_range_st < most.min_f0_range_st),
    )
    return next((reason for reason, holds in checks if holds), None)


def _is_missing(quality: Quality, most: QualityLimits) -> bool:
    whole_ms = quality.speech_ms + quality.missing_ms
    silent_ms = quality.missing_ms - quality.concealed_ms
    return silent_ms > most.max_missing_share * whole_ms or quality.missing_ms > most.max_concealed_share * whole_ms


def concealed_ms(segment: SpeechSegment) -> int:
    """Of what is missing: what the encoder's spectrum is interpolated across."""
    most = LONGEST_CONCEALED_MS * segment.rate_hz // 1000
    short = sum(end - first for first, end in segment.missing if end - first <= most)
    return short * 1000 // segment.rate_hz


def estimate_snr_db(segment: SpeechSegment) -> float | None:
    """Speech power over noise power. The noise is read off the frames without speech around and between words.

    With fewer than _MIN_NOISE_FRAMES of them the quietest frames of all stand in, which makes a low SNR look lower
    still. None without any speech, and where these would be frames of a voice that is cut at the rails: they are
    nearly as loud as the rest, and tell nothing of a noise.
    """
    width = segment.rate_hz * FRAME_MS // 1000
    count = min(len(segment.samples) // width, len(segment.speech))
    frames = segment.samples[: count * width].reshape(count, width).astype(np.float64)
    power = np.var(frames, axis=1)
    speech = segment.speech[:count]
    if not speech.any() or not power[speech].any():
        return None
    rest = power[~speech]
    if len(rest) >= _MIN_NOISE_FRAMES:
        noise = float(np.percentile(rest, _NOISE_PERCENTILE))
    elif clipped_share(segment.samples) > _PRESSED_SHARE:
        return None
    else:
        noise = float(np.percentile(power, _NOISE_PERCENTILE_OF_ALL))
    # Frames of speech hold the noise too: signal = mixed - noise.
    mixed = float(power[speech].mean())
    if noise <= mixed * 10 ** (-MAX_SNR_DB / 10):
        return MAX_SNR_DB
    return float(10 * np.log10(max(mixed - noise, 1e-3 * noise) / noise))


def clipped_share(samples: Samples) -> float:
    """Share of samples in runs of at least _CLIP_RUN at full scale; one loud sample is not clipping."""
    if not len(samples):
        return 0.0
    # Edges of runs: a flag on either side makes each run begin and end inside.
    loud = np.concatenate(([False], np.abs(samples) >= _CLIP_LEVEL, [False]))
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _CLIP_RUN].sum() / len(samples))


def overlap_share(start_ms: int, end_ms: int, other_speech_ms: Sequence[tuple[int, int]]) -> float:
    """Share of start_ms..end_ms in which the other channel speaks too."""
    covered, reached = 0, start_ms
    for first, last in sorted(other_speech_ms):
        first, last = max(first, reached), min(last, end_ms)
        if last > first:
            covered += last - first
            reached = last
    return covered / (end_ms - start_ms) if end_ms > start_ms else 0.0
