"""What the core is set to: one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, field

from tonewatch.stream.rules.model import RuleSet
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
    """What the detector is set to; when an alert is raised stands in `rules`.

    baseline_segments   the tone is not judged before this many segments of the caller were heard
    baseline_speech_ms  nor before this much speech
    baseline_kept       the baseline is taken over at most this many segments, the newest ones
    window_ms           the rolling tone looks back this far
    too_quiet_db        this far under the caller's usual level it is not the caller but an echo or the room
    relative            judges a segment against the caller's usual; without it, posteriors stand as they come
    gain, allowance     evidence of a segment, in nats: gain x (log odds of a degraded tone above the usual - allowance)
    ordinary            log odds of a degraded tone that an ordinary caller has; weighs as much as `ordinary_segments`
    alone               weight of the segment alone beside the head that knows the usual
    score_beside        nats that the score, less its allowance, adds to that
    score_gain          the same where there is no head
    full_speech_ms      a segment with less speech counts for as much less
    early               share of its evidence that a segment counts for before the caller's usual is known
    least_, most_evidence  of one segment, so that none decides alone
    most_certain        log odds beyond which the detector never goes, so that it can always come back
    chance_at_start     that a caller is degraded from the first word
    falls_every_s       mean time of an ordinary caller until the tone falls
    recovers_after_s    mean time of a degraded one until it is back
    learns_below        chance of a degraded tone above which a segment says nothing of the caller's usual
    learns_first        the first segments make the usual while the chance lies under `learns_first_below`
    words_weight        of what the words speak of; 0: words are quotes and no evidence
    update_ms           while an alert is open, a reason comes this often
    rolling_ms          and this often while none is, where anything changed; 0: never
    words_wait_ms       of media time that words may take to come
    earlier_segments    as many segments of the caller's earlier calls stand in for what was not heard of this one yet
    earlier_kept_ms     calls that ended longer ago are not used; 0: none is
    learns_evidence     nor does one that speaks for a degraded tone by more nats than this
    """

    baseline_segments: int = 5
    baseline_speech_ms: int = 6_000
    baseline_kept: int = 24
    window_ms: int = 12_000
    gain: float = 1.2
    allowance: float = 2.6
    ordinary: float = -1.0
    ordinary_segments: int = 3
    alone: float = 0.5
    score_beside: float = 4.0
    score_gain: float = 8.0
    score_allowance: float = 0.3
    full_speech_ms: int = 1_000
    early: float = 0.8
    least_evidence: float = 2.0
    most_evidence: float = 4.0
    most_certain: float = 3.0
    chance_at_start: float = 0.1
    falls_every_s: float = 60.0
    recovers_after_s: float = 60.0
    learns_below: float = 0.5
    learns_evidence: float = 0.3
    learns_first: int = 5
    learns_first_below: float = 0.8
    earlier_segments: int = 6
    earlier_kept_ms: int = 90 * 24 * 3_600_000
    words_weight: float = 1.0
    update_ms: int = 20_000
    rolling_ms: int = 60_000
    words_wait_ms: int = 3_000
    too_quiet_db: float = 18.0
    relative: RelativeHead | None = field(default=None, compare=False)
    measures: dict[str, Measure] = field(default_factory=lambda: dict(MEASURES))
    rules: RuleSet = field(default_factory=RuleSet)
