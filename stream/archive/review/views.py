"""What a review desk is shown, as it goes over the wire."""

from __future__ import annotations

from typing import Literal

from tonewatch.stream.messages import Alert, Plain, Rationale, Verdict, VerdictKind

ReviewedBy = Literal["", "me", "anybody"]

Judged = VerdictKind | Literal["disputed", ""]
"""What several people say of one moment, together; '' where nobody has."""


class Moment(Plain, frozen=True, kw_only=True):
    """An alert in a list. Times of the wall clock are null where nothing tells them.

    `given` is how many people judged it; `mine` what the asking person said, '' for nothing. `found` is the first text
    of its call that holds the words asked for.
    """

    alert_id: str
    call_id: str
    title: str
    queue: str
    team: str
    agent_id: str
    agent_name: str
    rule: str
    severity: str
    cause: str
    state: str
    sentence: str
    onset_ms: int
    fired_ms: int
    onset_at_ms: int | None
    fired_at_ms: int | None
    acknowledged_at_ms: int | None
    resolved_at_ms: int | None
    acknowledged_by: str
    given: int
    mine: VerdictKind | Literal[""]
    found: str


class MomentPage(Plain, frozen=True, kw_only=True):
    """Newest first; `next` is the cursor of the rows that follow, '' after the last."""

    moments: tuple[Moment, ...]
    next: str


class Agent(Plain, frozen=True, kw_only=True):
    """`name` is '' where only the id is known."""

    id: str
    name: str


class Choices(Plain, frozen=True, kw_only=True):
    """What the archive holds to filter by."""

    queues: tuple[str, ...]
    teams: tuple[str, ...]
    agents: tuple[Agent, ...]
    rules: tuple[str, ...]


class StateView(Plain, frozen=True, kw_only=True):
    """One event in the alert's life; `by` is the person who did it, '' for the system."""

    seq: int
    event: str
    state: str
    decided_by: str
    by: str
    at_ms: int
    sentence: str


class TonePoint(Plain, frozen=True, kw_only=True):
    """A segment that the alert rests on, -1 (degraded) to 1."""

    segment_id: str
    start_ms: int
    end_ms: int
    tone: float


class Spoken(Plain, frozen=True, kw_only=True):
    """What the caller said. `end_ms` is null where only a quotation was kept."""

    segment_id: str
    start_ms: int
    end_ms: int | None
    text: str
    confidence: float
    source: Literal["words", "quote"]


class KeptAudio(Plain, frozen=True, kw_only=True):
    """A stretch of the call in the sound of the alert; `status` and `reason` as in the archive's table."""

    start_ms: int
    end_ms: int
    status: Literal["kept", "missing", "withheld"]
    reason: str


class Sound(Plain, frozen=True, kw_only=True):
    """The file at `/api/alerts/{id}/audio`: media time of its first and last sample, and what lies in it."""

    start_ms: int
    end_ms: int
    parts: tuple[KeptAudio, ...]


class ReviewState(Plain, frozen=True, kw_only=True):
    """Blind: what others said is shown only to who has judged; before that, only how many have (`given`)."""

    given: int
    mine: Verdict | None
    others: tuple[Verdict, ...]
    together: Judged


class AlertDetail(Plain, frozen=True, kw_only=True):
    """All that the archive knows of one alert. `sound` is null where no audio of it was kept."""

    moment: Moment
    alert: Alert
    states: tuple[StateView, ...]
    reasons: tuple[Rationale, ...]
    tone: tuple[TonePoint, ...]
    spoken: tuple[Spoken, ...]
    sound: Sound | None
    review: ReviewState


class PrecisionRow(Plain, frozen=True, kw_only=True):
    """Of the judged alerts of one rule, queue and week (ISO 8601, UTC): the share that was right, with its interval.

    The interval is of 95 %. Alerts that people dispute count nowhere else; `precision` and its interval are null where
    no alert counts.
    """

    rule: str
    queue: str
    week: str
    right: int
    wrong: int
    not_actionable: int
    disputed: int
    precision: float | None
    low: float | None
    high: float | None


class Agreement(Plain, frozen=True, kw_only=True):
    """Of two people, over the alerts that both judged; `kappa` is null where chance alone would agree on all."""

    first: str
    second: str
    both: int
    agreed: int
    kappa: float | None


class PrecisionReport(Plain, frozen=True, kw_only=True):
    """`total` is over all rows; `missed` how many moments people marked for which there was no alert."""

    total: PrecisionRow
    rows: tuple[PrecisionRow, ...]
    agreement: tuple[Agreement, ...]
    missed: int
