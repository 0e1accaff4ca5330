"""The life of an alert: each state is a new event with the same id and the next `seq`."""

from __future__ import annotations

import msgspec

from tonewatch.stream.messages import Alert, AlertState, Evidence, FactsTable, Rationale
from tonewatch.stream.sentence import sentence
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.memory import CallMemory, Heard

RULE = "tone_falls"

ACT_BELOW = -0.6
"""Rolling tone under which an alert asks to act and not only to watch."""


def alert_id(call_id: str, onset_ms: int) -> str:
    """Stable over replays: the call, the rule and the dated onset."""
    return f"{call_id}/{RULE}/{onset_ms}"


def evidence(window: list[Heard]) -> tuple[Evidence, ...]:
    """The segments an alert rests on."""
    return tuple(
        Evidence(segment_id=h.segment_id, start_ms=h.start_ms, end_ms=h.end_ms, audio=h.audio, tone=round(-h.score, 3))
        for h in window
    )


def fire(
    call_id: str, memory: CallMemory, window: list[Heard], facts: FactsTable, config: ToneConfig, spoken_at_ms: int
) -> Alert:
    """The first state, with the sentence that the facts alone allow."""
    worst = max(window, key=lambda h: h.score)
    return Alert(
        call_id=call_id,
        alert_id=alert_id(call_id, window[0].start_ms),
        seq=0,
        rule=RULE,
        state="firing",
        severity="act" if facts.tone <= ACT_BELOW else "watch",
        onset_ms=window[0].start_ms,
        fired_ms=window[-1].end_ms,
        peak_ms=worst.end_ms,
        peak_tone=round(-worst.score, 3),
        sentence=sentence(facts, "onset"),
        evidence=evidence(window),
        facts=facts,
        thresholds=config.thresholds(),
        model=memory.model,
        spoken_at_ms=spoken_at_ms,
    )


def deepen(alert: Alert, item: Heard) -> Alert:
    """Keep the worst point while an alert is open; written with its next state."""
    if -item.score >= alert.peak_tone:
        return alert
    severity = "act" if item.tone <= ACT_BELOW else alert.severity
    return msgspec.structs.replace(alert, peak_ms=item.end_ms, peak_tone=round(-item.score, 3), severity=severity)


def resolve(alert: Alert, at_ms: int, by: str) -> Alert:
    """By recovery or by the call's end."""
    return msgspec.structs.replace(
        alert, seq=alert.seq + 1, state="resolved", resolved_ms=at_ms, resolved_by=by, spoken_at_ms=0
    )


def decide(alert: Alert, rationale: Rationale) -> Alert | None:
    """The explainer's answer on an open alert; null when it changes nothing.

    A resolved alert stays resolved, and an abstention leaves the state and only brings its sentence.
    """
    states: dict[str, AlertState] = {"confirm": "confirmed", "withdraw": "withdrawn"}
    state = states.get(rationale.decision)
    if rationale.kind != "onset" or state is None or alert.state != "firing":
        return None
    return msgspec.structs.replace(
        alert,
        seq=alert.seq + 1,
        state=state,
        sentence=rationale.text,
        decided_by=rationale.source,
        spoken_at_ms=0,
    )
