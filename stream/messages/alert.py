"""What is written to `tonewatch.alerts.v1`, as JSON: the events in the life of an alert."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tonewatch.stream.former_names import Renamed, read_former_names
from tonewatch.stream.messages.bounds import (
    AlertId,
    Computed,
    Count,
    EpochMs,
    Label,
    MediaMs,
    Reason,
    SegmentId,
    Title,
    Word,
)
from tonewatch.stream.messages.common import AudioSpan, Message, ModelRef, Plain
from tonewatch.stream.messages.facts import FactsTable

AlertState = Literal["pending", "firing", "confirmed", "withdrawn", "resolved"]
"""What the alert's condition does. `pending`: there is evidence, not enough of it yet."""

AlertEvent = Literal[
    "pending",
    "fired",
    "deepened",
    "confirmed",
    "changed",
    "withdrawn",
    "suppressed",
    "acknowledged",
    "snoozed",
    "woke",
    "assigned",
    "commented",
    "resolved",
    "reopened",
]
"""What a record of an alert tells. `suppressed`: another rule would have fired for the same cause, and stands in
`also`. `changed`: confirmed, and another rule's from now on. `woke`: the time of a snooze is over."""

Cause = Literal["tone", "interruptions", "dead_air", "words"]
"""What an alert is about; a call has one open alert of each at most."""

ActionKind = Literal["acknowledge", "snooze", "assign", "comment", "resolve", "reopen"]


class Thresholds(Plain, frozen=True, kw_only=True):
    """What the rule was set to when it decided. `fire` and `clear` are in `unit`.

    tone    rolling tone, fires below and clears above
    probability  of a degraded tone, fires above and clears below
    count   interruptions within `within_ms`
    ms      of silence
    """

    fire: Computed
    clear: Computed
    hold_ms: MediaMs
    cooldown_ms: MediaMs
    min_segments: Count
    unit: Literal["tone", "probability", "count", "ms", "chance"] = "tone"
    within_ms: MediaMs = 0

    def __post_init__(self) -> None:
        if self.unit == "chance":  # as it was called before
            msgspec.structs.force_setattr(self, "unit", "probability")


class Evidence(Plain, frozen=True, kw_only=True):
    """One segment that the alert rests on. `probability` of a degraded tone as of this segment."""

    segment_id: SegmentId
    start_ms: MediaMs
    end_ms: MediaMs
    audio: AudioSpan
    tone: Computed
    probability: Computed | None = None
    chance: Computed | Renamed | None = msgspec.UNSET

    def __post_init__(self) -> None:
        read_former_names(self, chance="probability")


class Provenance(Plain, frozen=True, kw_only=True):
    """What made a record: twelve hex digits of a SHA-256 each; '' where it is not known.

    `release` is the package's version, `code` is taken over the sources of `stream` themselves. `rules` over the rules
    in force, `settings` over all other numbers of the judging core. `head` is the file that judges against the
    caller's baseline; `manners` are the files that judge sentences, by language.
    """

    release: Word = ""
    code: Word = ""
    rules: Word = ""
    settings: Word = ""
    head: Word = ""
    manners: Word = ""


class Acted(Plain, frozen=True, kw_only=True):
    """What somebody did with an alert: for the audit. `detail`: to whom, for how long, or the comment.

    `action_id` is that of the action, by which its sender knows that it was done; '' in records of before.
    """

    action: ActionKind
    by: Word
    acted_at_ms: EpochMs
    detail: Title = ""
    action_id: Word = ""


class Alert(Message, frozen=True, kw_only=True, tag="alert"):
    """One event in the life of an alert. `seq` counts the events of one alert from 0; ids are stable over replays.

    `state` is what its condition does, `event` what this record tells. What users did with it stands beside the
    state and does not change it, except that they may resolve and reopen by hand: `acknowledged_by`, `assigned_to`,
    `snoozed_until_ms` (media time) and `acted`, oldest first. `also` names rules that hold for the same cause.
    """

    alert_id: AlertId
    seq: Count
    rule: Word
    state: AlertState
    severity: Literal["watch", "act"]
    onset_ms: MediaMs
    fired_ms: MediaMs
    peak_ms: MediaMs
    peak_tone: Computed
    resolved_ms: MediaMs | None = None
    resolved_by: Literal["recovery", "call_end", "person", ""] = ""
    sentence: Reason
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=64)]
    facts: FactsTable
    thresholds: Thresholds
    model: ModelRef | None = None
    decided_by: Literal["detector", "model", "facts"] = "detector"
    spoken_at_ms: EpochMs = 0
    emitted_at_ms: EpochMs = 0
    event: AlertEvent | Literal[""] = ""
    cause: Cause = "tone"
    queue: Label = ""
    also: Annotated[tuple[Word, ...], Meta(max_length=32)] = ()
    probability: Computed | None = None
    times_reopened: Count = 0
    acknowledged_by: Word = ""
    assigned_to: Word = ""
    snoozed_until_ms: MediaMs | None = None
    acted: Annotated[tuple[Acted, ...], Meta(max_length=42)] = ()
    made_by: Provenance | None = None
    chance: Computed | Renamed | None = msgspec.UNSET

    def __post_init__(self) -> None:
        read_former_names(self, chance="probability")
