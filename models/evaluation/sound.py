"""A clip as the live listener would receive it: over the chosen band, in pieces that fit the encoder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import RATE_HZ, load_samples
from tonewatch.models.telephone import peak_normalise, phone_line
from tonewatch.stream.errors import AudioFileError
from tonewatch.stream.messages import Prosody, Quality
from tonewatch.workers import prosody
from tonewatch.workers.audio import quality
from tonewatch.workers.audio.mel import speech_frames, speech_rms
from tonewatch.workers.audio.segmenter import SpeechSegment
from tonewatch.workers.audio.voice_activity import FRAME_MS, Mask, VoiceActivity
from tonewatch.workers.encoder import LONGEST_S, SHORTEST_S

Samples = NDArray[np.float32]

LEAST_RMS = 1e-4  # -80 dB re full scale: three steps of 16 bits. The quietest speech in RAVDESS is at 6e-4.


class Band(StrEnum):
    PHONE = "phone"
    WIDE = "wide"


class UnreadableClip(AudioFileError):
    """A clip of a manifest that cannot be evaluated; `reason` is a short fixed phrase."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class Sound:
    """`samples`: 16 kHz, peak brought to that of a line. `gain_db`: the gain that was applied for that."""

    samples: Samples
    gain_db: float
    clipped_share: float

    @cached_property
    def pieces(self) -> list[Samples]:
        """Equal stretches, each as long as the encoder takes at most; one for a clip of up to 10 s."""
        count = -(-self.samples.size // int(LONGEST_S * RATE_HZ))
        return list(np.array_split(self.samples, count))

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Weight of each piece: its share of the frames of speech; they sum to 1."""
        _, loud = speech_frames(self.samples)
        counts = np.array([part.sum() for part in np.array_split(loud, len(self.pieces))], dtype=np.float64)
        shares: NDArray[np.float64] = counts / counts.sum()
        return shares

    @cached_property
    def speech(self) -> Mask:
        """Which frames of 20 ms the listener's voice activity detection marks as speech."""
        detector = VoiceActivity(RATE_HZ)
        decided = [detector.push(self.samples), detector.flush()]
        return np.concatenate([frames.speech for frames in decided])

    @cached_property
    def prosody(self) -> Prosody:
        """As the listener measures it; levels are therefore those of `samples`, not of the recording."""
        # The mask covers whole frames only, as in the listener's segments; the incomplete last frame is cut off.
        whole = self.samples[: self.speech.size * (RATE_HZ * FRAME_MS // 1000)]
        return prosody.measure(whole, RATE_HZ, self.speech)

    @cached_property
    def quality(self) -> Quality:
        end_ms = self.speech.size * FRAME_MS
        segment = SpeechSegment(
            samples=self.samples,
            rate_hz=RATE_HZ,
            start_ms=0,
            end_ms=end_ms,
            speech=self.speech,
            closed_by="call_end",
            first_offset=0,
            last_offset=0,
            missing_ms=0,
            spoken_at_ms=0,
        )
        return Quality(
            snr_db=quality.estimate_snr_db(segment),
            clipped_share=self.clipped_share,
            missing_ms=0,
            speech_ms=segment.speech_ms,
            overlap_share=0.0,
        )

    @property
    def abstained(self) -> str | None:
        """The listener's own word for why it would not judge this clip; None when it would."""
        return quality.abstain_reason(self.quality, self.prosody)


def read_sound(path: Path, band: Band) -> Sound:
    """Raises UnreadableClip for a file that is missing, no audio, empty, too short or silent."""
    return over_band(_usable(path), band)


def over_band(samples: Samples, band: Band) -> Sound:
    """Phone: mu-law at 8 kHz. The recording's peak is brought to the same level first, on either band."""
    gain = 0.5 / float(np.max(np.abs(samples)))
    sent = phone_line(samples) if band is Band.PHONE else peak_normalise(samples)
    return Sound(sent, 20.0 * float(np.log10(gain)), quality.clipped_share(samples))


def _usable(path: Path) -> Samples:
    if not path.is_file():
        raise UnreadableClip(path, "no such file")
    if path.stat().st_size == 0:
        raise UnreadableClip(path, "empty file")
    try:
        samples = load_samples(path)
    except AudioFileError as error:
        raise UnreadableClip(path, "not audio, or without any") from error
    if samples.size < SHORTEST_S * RATE_HZ:
        raise UnreadableClip(path, f"shorter than {SHORTEST_S} s")
    if not np.isfinite(samples).all():
        raise UnreadableClip(path, "samples that are no numbers")
    if speech_rms(samples) < LEAST_RMS:
        raise UnreadableClip(path, "too silent")
    return samples
