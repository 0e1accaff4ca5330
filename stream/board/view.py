"""What the board shows of a call, built from events one by one; the same rules in any language give the same view.

`apply` is idempotent: an event applied twice, or an older state of an alert that arrives late, changes nothing.
"""

from __future__ import annotations

import msgspec

from tonewatch.stream.former_names import Renamed
from tonewatch.stream.messages import (
    Alert,
    CallAttributes,
    CallState,
    Fact,
    LineState,
    ModelRef,
    Plain,
    Posterior,
    Rationale,
    Role,
    Tone,
    read_flat_attributes,
)

POINTS_KEPT = 600
"""Tone points kept per call; at one segment every three seconds that is half an hour."""

EVENTS_KEY = "tonewatch:board:events"
"""Redis stream of board events: fields `kind` (call_state, tone, alert, rationale) and `json` (the message)."""

CALLS_KEY = "tonewatch:board:calls"
"""Sorted set: call ids by the wall clock (ms) of their last event."""

OPEN_KEY = "tonewatch:board:open"
"""Sorted set like CALLS_KEY, of the calls that are live or have an open alert: the board shows every one of them."""

MARKS_KEY = "tonewatch:board:marks"
"""Hash `topic:partition` -> offset of the last record applied: what makes a second delivery change nothing."""

COUNTERS_KEY = "tonewatch:board:counters"
"""Hash of counters for the banner: `shed_llm`, `shed_asr`, `dead_letters`, `not_analysed`, each with the wall clock of
when it grew last (`..._at_ms`); and `behind_ms`, how long after its words the newest tone was known, as of
`behind_at_ms`."""


def call_key(call_id: str) -> str:
    """Redis string with the JSON of the call's `CallView`."""
    return f"tonewatch:board:call:{call_id}"


def ended_session_key(session_id: str) -> str:
    """Redis string that is there while a session that was signed out could still be shown; boards write it."""
    return f"tonewatch:board:ended_session:{session_id}"


BoardEvent = CallState | Tone | Alert | Rationale


class TonePoint(Plain, frozen=True, kw_only=True):
    """One point of the tone line; `tone` is null where the monitor abstained."""

    start_ms: int
    end_ms: int
    tone: float | None
    spread: float
    abstained: str | None = None


ACCOUNT_KEPT = 12
"""Lines of a call's running account, the newest ones."""


class AccountLine(Plain, frozen=True, kw_only=True):
    """One reason of a call's running account; `closing`: the line that sums the call up."""

    moment_id: str
    at_ms: int
    text: str
    source: str
    closing: bool = False


class CallView(msgspec.Struct, kw_only=True):
    """Everything the board knows of one call. `alerts` and `rationales` are keyed by alert id, newest state only.

    `account` are its reasons by time, each once.

    `lines` are what the channels do; one that is not named is live. While the caller is not heard there is no tone, no
    reason for one that is missing, and no risk but that of an open alert; the points stay.
    """

    call_id: str
    state: str = "live"
    call: CallAttributes = msgspec.field(default_factory=CallAttributes)
    duration_ms: int = 0
    tone: float | None = None
    spread: float = 1.0
    risk: float = 0.0
    abstained: str | None = None
    baseline_ready: bool = False
    posterior: Posterior | None = None
    facts: tuple[Fact, ...] = ()
    points: list[TonePoint] = msgspec.field(default_factory=list)
    alerts: dict[str, Alert] = msgspec.field(default_factory=dict)
    rationales: dict[str, Rationale] = msgspec.field(default_factory=dict)
    latest: Rationale | None = None
    account: list[AccountLine] = msgspec.field(default_factory=list)
    model: ModelRef | None = None
    lines: tuple[LineState, ...] = ()
    run: int = 0
    withdrawn: bool = False
    title: str | Renamed = msgspec.UNSET
    queue: str | Renamed = msgspec.UNSET
    synthetic: bool | Renamed = msgspec.UNSET
    roles: tuple[Role, ...] | Renamed = msgspec.UNSET
    started_at_ms: int | Renamed = msgspec.UNSET

    def __post_init__(self) -> None:
        """A view that an older release left in Redis carried the call's attributes itself."""
        read_flat_attributes(self, self.call)


def apply(view: CallView, event: BoardEvent) -> CallView:
    """Change `view` by one event and return it. Of a call whose notice was withdrawn nothing is shown but its state."""
    if view.withdrawn:
        return view
    match event:
        case CallState() if event.withdrawn:
            _withdraw(view, event)
        case CallState():
            _call_state(view, event)
        case Tone():
            _tone(view, event)
        case Alert():
            _alert(view, event)
        case Rationale():
            _rationale(view, event)
    return view


def _withdraw(view: CallView, event: CallState) -> None:
    bare = CallView(call_id=view.call_id, state=event.state, call=event.call, withdrawn=True)
    for name in view.__struct_fields__:
        setattr(view, name, getattr(bare, name))
    view.duration_ms = event.duration_ms


def _call_state(view: CallView, event: CallState) -> None:
    view.state = event.state
    view.call = view.call.updated(event.call)
    view.duration_ms = max(view.duration_ms, event.duration_ms)
    view.lines = event.lines
    if event.run > view.run:
        view.run, view.points = event.run, []
    if event.state == "ended":
        view.risk = 0.0
    elif not is_caller_heard(view):
        _forget_tone(view)


def is_open(view: CallView) -> bool:
    """Does it go on, or is an alert of it open? Such a call is on the board however many there are."""
    return view.state == "live" or _has_open_alert(view)


def _has_open_alert(view: CallView) -> bool:
    return any(alert.state in ("firing", "confirmed") for alert in view.alerts.values())


def is_caller_heard(view: CallView) -> bool:
    """False while every channel that is not an agent's is on hold, without audio or refused."""
    states = {line.channel: line.state for line in view.lines if line.role != "agent"}
    announced = {channel: "live" for channel, role in enumerate(view.call.roles) if role != "agent"}
    found = (announced | states).values()
    return not found or "live" in found


def _forget_tone(view: CallView) -> None:
    """What was the tone is not that of now."""
    view.tone, view.spread, view.risk = None, 1.0, 0.5 if _has_open_alert(view) else 0.0
    view.abstained, view.posterior, view.facts = None, None, ()


def _tone(view: CallView, event: Tone) -> None:
    if view.points and event.start_ms <= view.points[-1].start_ms:
        return
    view.points.append(
        TonePoint(
            start_ms=event.start_ms,
            end_ms=event.end_ms,
            tone=event.tone,
            spread=event.spread,
            abstained=event.abstained,
        )
    )
    del view.points[:-POINTS_KEPT]
    view.tone, view.spread, view.risk = event.tone, event.spread, event.risk
    view.abstained, view.baseline_ready = event.abstained, event.baseline_ready
    view.posterior, view.facts = event.posterior, event.facts
    view.model = event.model or view.model
    view.duration_ms = max(view.duration_ms, event.end_ms)
    # A segment that was open when its line went away is known seconds later, and is no tone of now either.
    if not is_caller_heard(view):
        _forget_tone(view)


def _alert(view: CallView, event: Alert) -> None:
    known = view.alerts.get(event.alert_id)
    if known is not None and event.seq <= known.seq:
        return
    if has_lapsed(event):
        view.alerts.pop(event.alert_id, None)
    else:
        view.alerts[event.alert_id] = event


def has_lapsed(alert: Alert) -> bool:
    """It was pending and came to nothing: nobody needs to know."""
    return alert.state == "withdrawn" and alert.decided_by == "detector"


def _tell(view: CallView, event: Rationale) -> None:
    line = AccountLine(
        moment_id=event.moment_id, at_ms=event.at_ms, text=event.text, source=event.source, closing=event.closing
    )
    others = [one for one in view.account if one.moment_id != line.moment_id]
    view.account = sorted([*others, line], key=lambda one: (one.at_ms, one.closing))[-ACCOUNT_KEPT:]


def _rationale(view: CallView, event: Rationale) -> None:
    _tell(view, event)
    if event.closing:
        return
    known = view.rationales.get(event.alert_id)
    if known is None or event.at_ms >= known.at_ms:
        view.rationales[event.alert_id] = event
    if view.latest is None or event.at_ms >= view.latest.at_ms:
        view.latest = event
