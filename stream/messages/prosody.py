"""What was measured on one segment's voice, and how far it can be relied on."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages.bounds import Count, Measured, MediaMs
from tonewatch.stream.messages.common import Plain


class ProsodyConfidence(Plain, frozen=True, kw_only=True):
    """How far the measure of the same name in Prosody can be relied on, 0..1; null where that is null.

    For F0 it is the mean probability that a voiced frame's F0 is right to a semitone, for rate and stress the mean
    probability that the syllables are voiced (for stress: and have an F0), for level, tilt and pauses the voice's share
    of what was heard, the rest being noise of the line. Each is lowered where there was little to measure. `intonation`
    stands for the shape of that name, `f0_final_st` for its slope too, `stress_per_s` for all about stress.
    """

    f0_median_st: Measured | None = None
    f0_range_st: Measured | None = None
    f0_slope_st_per_s: Measured | None = None
    f0_final_st: Measured | None = None
    level_db: Measured | None = None
    level_slope_db_per_s: Measured | None = None
    tilt_db: Measured | None = None
    harmonicity_db: Measured | None = None
    cepstral_peak_db: Measured | None = None
    rate_syl_per_s: Measured | None = None
    pause_share: Measured | None = None
    stress_per_s: Measured | None = None
    intonation: Measured | None = None


class Prosody(Plain, frozen=True, kw_only=True):
    """What was measured on one segment; null where the measurement does not carry the value.

    f0_median_st       median of F0 in semitones above 55 Hz
    f0_range_st        5th to 95th percentile of F0, in semitones
    f0_slope_st_per_s  slope of a robust line through F0
    voiced_share       voiced frames among speech frames, 0..1
    f0_confidence      mean periodicity of the voiced frames, 0..1
    level_db           level over speech frames, dB re full scale (8-bit companding peaks near 0)
    level_slope_db_per_s
    tilt_db            energy above 1 kHz against below, over speech frames (rises with vocal effort)
    rate_syl_per_s     syllable nuclei per second of speech, counted without a transcript
    pause_share        pauses inside the segment, share of its length 0..1
    longest_pause_ms
    stress_per_s       prominent syllables per second of speech
    stress_peak_z      how far the strongest syllable stands out, in robust deviations
    intonation         shape of the end of the phrase
    f0_final_st        movement of F0 over the last voiced stretch, at most 500 ms, in semitones; a rise is positive
    f0_final_st_per_s  how fast that was
    harmonicity_db     harmonics to noise over voiced frames
    cepstral_peak_db   cepstral peak prominence of the telephone's band over voiced frames (rises with a firm voice)
    stress_count       prominent syllables
    stress_peak_ms     when the strongest one was, from the start of the segment
    confidence         of each measure; null in what was written before there was one
    """

    f0_median_st: Measured | None = None
    f0_range_st: Measured | None = None
    f0_slope_st_per_s: Measured | None = None
    voiced_share: Measured = 0.0
    f0_confidence: Measured = 0.0
    level_db: Measured | None = None
    level_slope_db_per_s: Measured | None = None
    tilt_db: Measured | None = None
    rate_syl_per_s: Measured | None = None
    pause_share: Measured = 0.0
    longest_pause_ms: MediaMs = 0
    stress_per_s: Measured | None = None
    stress_peak_z: Measured | None = None
    intonation: Literal["rise", "fall", "flat", "expressive", "level", "uncertain"] = "uncertain"
    f0_final_st: Measured | None = None
    f0_final_st_per_s: Measured | None = None
    harmonicity_db: Measured | None = None
    cepstral_peak_db: Measured | None = None
    stress_count: Count | None = None
    stress_peak_ms: MediaMs | None = None
    confidence: ProsodyConfidence | None = None
