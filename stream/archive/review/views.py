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
    """A stretch of the call in the sound; `status`, `reason` and `role` as in the archive's table."""

    start_ms: int
    end_ms: int
    status: Literal["kept", "missing", "withheld"]
    reason: str
    role: str = ""


class Sound(Plain, frozen=True, kw_only=True):
    """The file at `/api/alerts/{id}/audio`: media time of its first and last sample, and what lies in it.

    Where the agent's voice was kept it has two channels, the caller's first.
    """

    start_ms: int
    end_ms: int
    parts: tuple[KeptAudio, ...]


class ReviewState(Plain, frozen=True, kw_only=True):
    """Blind: what others said is shown only to who has judged; before that, only how many have (`given`).

    `closed`: the first verdict is so old that nobody new judges it; everybody sees what was said.
    """

    given: int
    mine: Verdict | None
    others: tuple[Verdict, ...]
    together: Judged
    closed: bool = False


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
    """Of two people, over the alerts that both judged blind; `kappa` is null where chance alone would agree on all."""

    first: str
    second: str
    both: int
    agreed: int
    kappa: float | None


class Recall(Plain, frozen=True, kw_only=True):
    """Of the sampled calls that somebody heard and judged whole, in which nothing was chosen by what had alerted.

    `found`: right alerts in them; `missed`: moments without an alert that was due, marks of several people within 15 s
    being one. `quiet` of the calls had no alert, in `quiet_missed` of those something was missed. `recall` is found of
    found and missed, with its interval of 95 %; null where nothing was due.
    """

    calls: int
    quiet: int
    quiet_missed: int
    found: int
    missed: int
    recall: float | None
    low: float | None
    high: float | None


class PrecisionReport(Plain, frozen=True, kw_only=True):
    """`total` is over all rows; `missed` how many moments people marked for which there was no alert.

    `hidden`: judged moments that count in none of this, because who asks may still judge them.
    """

    total: PrecisionRow
    rows: tuple[PrecisionRow, ...]
    agreement: tuple[Agreement, ...]
    missed: int
    recall: Recall
    hidden: int = 0


class CallRow(Plain, frozen=True, kw_only=True):
    """A call in a list. `given`: how many people judged it whole; `mine`: what the asking person said of it, `missed`
    or `right` (nothing was missed), '' for nothing. `alerts` that fired; `found` as in `Moment`."""

    call_id: str
    title: str
    queue: str
    team: str
    agent_id: str
    agent_name: str
    started_at_ms: int | None
    duration_ms: int | None
    sampled: bool
    alerts: int
    given: int
    mine: VerdictKind | Literal[""]
    found: str


class CallPage(Plain, frozen=True, kw_only=True):
    """Newest first; `next` is the cursor of the rows that follow, '' after the last."""

    calls: tuple[CallRow, ...]
    next: str


class CallTone(Plain, frozen=True, kw_only=True):
    """The rolling tone after a segment, -1 (degraded) to 1; null where `abstained` says why. `spread` is one standard
    deviation of it."""

    segment_id: str
    start_ms: int
    end_ms: int
    tone: float | None
    spread: float
    abstained: str


class CallReview(Plain, frozen=True, kw_only=True):
    """Blind, as `ReviewState`: marks of missed moments, and verdicts that nothing was missed (`right`)."""

    given: int
    mine: tuple[Verdict, ...]
    others: tuple[Verdict, ...]
    together: Judged
    closed: bool


class CallDetail(Plain, frozen=True, kw_only=True):
    """A call with all that was kept of it."""

    call: CallRow
    moments: tuple[Moment, ...]
    tone: tuple[CallTone, ...]
    spoken: tuple[Spoken, ...]
    sound: Sound | None
    review: CallReview
