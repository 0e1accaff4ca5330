"""What the core is set to; one frozen object, part of every alert through `Thresholds`."""

from __future__ import annotations

from dataclasses import dataclass, field

from tonewatch.stream.messages import Thresholds
from tonewatch.stream.tone.relative import RelativeHead


@dataclass(frozen=True)
class Measure:
    """How one feature is judged.

    `spread_floor` is the least spread that a caller's own variation counts as: with five segments a robust spread can
    be near zero by chance. `notable` is the difference under which no sentence speaks of it, in `unit`.
    """

    unit: str
    spread_floor: float
    notable: float


MEASURES: dict[str, Measure] = {
    "pitch": Measure("st", 1.0, 1.5),
    "pitch_range": Measure("st", 1.5, 2.5),
    "level": Measure("dB", 2.0, 3.0),
    "effort": Measure("dB", 2.0, 3.0),
    "rate": Measure("syl/s", 0.6, 0.8),
    "pauses": Measure("share", 0.08, 0.15),
    "stress": Measure("per_s", 0.4, 0.5),
    "angry": Measure("share", 0.1, 0.15),
    "happy": Measure("share", 0.1, 0.15),
    "sad": Measure("share", 0.1, 0.15),
}


@dataclass(frozen=True)
class ToneConfig:
    """Thresholds and lengths of the detector.

    baseline_segments   the tone is not judged before this many segments of the caller were heard
    baseline_speech_ms  nor before this much speech
    baseline_kept       the baseline is taken over at most this many segments, the newest ones
    window_ms           the rolling tone looks back this far
    drift               score that is still taken for ordinary variation (the allowance of the CUSUM)
    too_quiet_db        this far under the caller's usual level it is not the caller but an echo or the room
    evidence            sum of (score - drift) x seconds of speech that makes a change
    relative            judges a segment against the caller's usual; without it, posteriors stand as they come
    fire, clear         rolling tone under which an alert can fire, and above which it may clear
    """

    baseline_segments: int = 5
    baseline_speech_ms: int = 6_000
    baseline_kept: int = 24
    window_ms: int = 12_000
    drift: float = 0.3
    evidence: float = 1.2
    fire: float = -0.3
    clear: float = -0.12
    hold_ms: int = 6_000
    cooldown_ms: int = 20_000
    min_segments: int = 2
    update_ms: int = 20_000
    words_wait_ms: int = 3_000
    too_quiet_db: float = 18.0
    relative: RelativeHead | None = field(default=None, compare=False)
    measures: dict[str, Measure] = field(default_factory=lambda: dict(MEASURES))

    def thresholds(self) -> Thresholds:
        """As they stand in an alert."""
        return Thresholds(
            fire=self.fire,
            clear=self.clear,
            hold_ms=self.hold_ms,
            cooldown_ms=self.cooldown_ms,
            min_segments=self.min_segments,
        )
