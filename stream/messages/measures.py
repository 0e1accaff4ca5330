"""The seven prosodic measures that are compared with the caller's baseline: the one table of their names.

A `Segment` carries them as fields of `Prosody` (`tilt_db`), a `Fact` under a shorter name (`effort`), a sentence under
a noun ("vocal effort"). Whoever needs one of these beside another takes them from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.messages.prosody import Prosody


@dataclass(frozen=True)
class ProsodyMeasure:
    """One measure.

    name              of the fact: `Fact.name`
    field             of `Prosody` that holds the value
    confidence_field  of `ProsodyConfidence` that holds how far the value can be relied on
    unit              of the fact: `Fact.unit`, as written on the topics
    noun              in a sentence for people
    """

    name: str
    field: str
    confidence_field: str
    unit: str
    noun: str

    def value(self, prosody: Prosody) -> float | None:
        """In `unit`; null where the segment does not carry the measure."""
        found: float | None = getattr(prosody, self.field)
        return found

    def confidence(self, prosody: Prosody) -> float | None:
        """In 0..1; null where the measure is, and in segments of listeners that wrote no confidence."""
        found: float | None = getattr(prosody.confidence, self.confidence_field, None)
        return found


# The order is the order of the facts in a FactsTable: append, never sort.
PROSODY_MEASURES: tuple[ProsodyMeasure, ...] = (
    ProsodyMeasure("pitch", "f0_median_st", "f0_median_st", "st", "pitch"),
    ProsodyMeasure("pitch_range", "f0_range_st", "f0_range_st", "st", "melody"),
    ProsodyMeasure("level", "level_db", "level_db", "dB", "loudness"),
    ProsodyMeasure("effort", "tilt_db", "tilt_db", "dB", "vocal effort"),
    ProsodyMeasure("rate", "rate_syl_per_s", "rate_syl_per_s", "syl/s", "speaking rate"),
    ProsodyMeasure("pauses", "pause_share", "pause_share", "share", "pauses"),
    ProsodyMeasure("stress", "stress_per_s", "stress_per_s", "per_s", "stress"),
)

PROSODY_BY_NAME: dict[str, ProsodyMeasure] = {measure.name: measure for measure in PROSODY_MEASURES}
"""By the name of the fact."""

SHARE = "share"
"""Unit of a fact that is no prosodic measure: a probability of the posterior, 0..1."""


def unit_of(name: str) -> str:
    """Unit of the fact of that name."""
    return PROSODY_BY_NAME[name].unit if name in PROSODY_BY_NAME else SHARE
