"""What the core is set to: one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tonewatch.stream.rules.model import RuleSet
from tonewatch.stream.tone.evidence.manner import MannerModel
from tonewatch.stream.tone.model.relative_head import RelativeHead
from tonewatch.stream.tone.phrasing.phrasing import Phrasing
from tonewatch.stream.tone.phrasing.registry import PHRASINGS, ReasonLanguage


@dataclass(frozen=True)
class Measure:
    """How one feature is judged, in the unit of its fact (`messages/measures.py`).

    `spread_floor` is the least spread that a caller's own variation counts as: with five segments a robust spread can
    be near zero by luck. `notable` is the difference under which no sentence speaks of it.
    """

    spread_floor: float
    notable: float


MEASURES: dict[str, Measure] = {
    "pitch": Measure(1.0, 1.5),
    "pitch_range": Measure(1.5, 2.5),
    "level": Measure(2.0, 3.0),
    "effort": Measure(2.0, 3.0),
    "rate": Measure(0.6, 0.8),
    "pauses": Measure(0.08, 0.15),
    "stress": Measure(0.4, 0.5),
    "angry": Measure(0.1, 0.15),
    "happy": Measure(0.1, 0.15),
    "sad": Measure(0.1, 0.15),
}
"""By the name of the fact; the order is that of the facts."""


@dataclass(frozen=True)
class ToneConfig:
    """What the detector is set to; when an alert is raised stands in `rules`.

    baseline_segments   the tone is not judged before this many segments of the caller were heard
    baseline_speech_ms  nor before this much speech
    baseline_kept       the baseline is taken over at most this many segments, the newest ones
    window_ms           the rolling tone looks back this far
    too_quiet_db        this far under the caller's baseline level it is not the caller but an echo or the room
    manners             judges sentences, by language; without one, words raise no alert of their own
    relative            judges a segment against the caller's baseline; without it, posteriors stand as they come
    gain                what the log likelihoods of a segment are multiplied by: segments of a call err alike
    bare_gain           the same where no forest was fitted, and posteriors stand as they come
    angry_, happy_, sad_bias  nats that a segment must speak for it beyond neutral
    full_speech_ms      a segment with less speech counts for as much less
    early               share of its evidence that a segment counts for before the caller's baseline is known
    most_nats           between two emotions, so that no segment decides alone
    sure_below, lost_above  a segment counts whole below the first uncertainty, and least above the second
    early_lost_above    the same while the caller's calm voice is not known
    overload_allowance  by which that bound is higher where the line overloads
    least_weight        that it counts for then
    known_below         mean share of a degraded tone in a baseline, above which a voice's calm self is not known
    early_beyond_nats   as the next, while the caller's calm voice is not known
    most_beyond_nats    what a segment says of a degraded tone beyond the odds of its own shares, at most
    least_posterior        in any emotion, so that the detector can always come back
    angry_, happy_, sad_at_start  that a caller is so from the first word
    leaves_every_s      mean time until a neutral caller is something else
    returns_after_s     mean time until that is over
    turns_every_s       mean time until a caller who is one of them is another
    learns_below        probability of a degraded tone above which a segment says nothing of the caller's baseline
    learns_first        the first segments make the baseline while the probability lies under `learns_first_below`
    words_weight        of what the words speak of; 0: words are quotes and no evidence
    update_ms           while an alert is open, a reason comes this often
    rolling_ms          and this often while none is, where anything changed; 0: never
    words_wait_ms       of media time that words may take to come
    earlier_segments    as many stand-ins from the caller's earlier calls, for what was not heard of this one yet
    earlier_kept_ms     calls that ended longer ago are not used; 0: none is
    learns_evidence     nor does one that speaks for a degraded tone by more nats than this
    another_voice_st       a segment whose pitch lies so far from the caller's own is not judged by their baseline
    another_voice_known    segments of the baseline from which a pitch of the caller's own is known
    another_voice_segments so many of them in a row are another voice
    same_voice_st          if their pitch differs by no more than this
    shout_db               louder by this, a voice may be as high as it likes
    """

    baseline_segments: int = 5
    baseline_speech_ms: int = 6_000
    baseline_kept: int = 24
    window_ms: int = 12_000
    gain: float = 1.0
    bare_gain: float = 1.8
    angry_bias: float = 0.0
    happy_bias: float = 0.0
    sad_bias: float = -0.5
    full_speech_ms: int = 1_000
    early: float = 0.7
    most_nats: float = 8.0
    sure_below: float = 0.2
    lost_above: float = 0.68
    early_lost_above: float = 0.45
    overload_allowance: float = 0.12
    least_weight: float = 0.1
    most_beyond_nats: float = 2.0
    early_beyond_nats: float = 2.0
    known_below: float = 0.55
    least_posterior: float = 0.01
    angry_at_start: float = 0.06
    happy_at_start: float = 0.03
    sad_at_start: float = 0.01
    leaves_every_s: float = 60.0
    returns_after_s: float = 30.0
    turns_every_s: float = 1_500.0
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
    another_voice_st: float = 6.0
    another_voice_known: int = 3
    another_voice_segments: int = 2
    same_voice_st: float = 4.0
    shout_db: float = 2.0
    language: ReasonLanguage = "en"
    relative: RelativeHead | None = field(default=None, compare=False)
    manners: Mapping[str, MannerModel] = field(default_factory=dict, compare=False)
    measures: dict[str, Measure] = field(default_factory=lambda: dict(MEASURES))
    rules: RuleSet = field(default_factory=RuleSet)

    @property
    def phrasing(self) -> Phrasing:
        return PHRASINGS[self.language]

    @property
    def at_start(self) -> tuple[float, float, float, float]:
        """The posterior before anything was heard, of angry, happy, neutral, sad."""
        others = self.angry_at_start + self.happy_at_start + self.sad_at_start
        return self.angry_at_start, self.happy_at_start, 1.0 - others, self.sad_at_start
