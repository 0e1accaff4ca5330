"""Writes golden_board.json: event sequences with the view they must give, in Python and in TypeScript alike.

Run it when the messages or the rules change: `python tests/dashboard/make_golden.py`. Read the difference it makes.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tonewatch.stream.board.view import BoardEvent, CallView, apply
from tonewatch.stream.messages import (
    Acted,
    ActionKind,
    Alert,
    AlertEvent,
    AudioSpan,
    CallAttributes,
    CallState,
    Claim,
    Evidence,
    Fact,
    FactsTable,
    LineCondition,
    LineState,
    ModelRef,
    Posterior,
    Quote,
    Rationale,
    Role,
    Thresholds,
    Tone,
)

GOLDEN = Path(__file__).with_name("golden_board.json")

CALM = Posterior(angry=0.1, happy=0.15, neutral=0.65, sad=0.1)
HEATED = Posterior(angry=0.62, happy=0.03, neutral=0.24, sad=0.11)
ENCODER = ModelRef(name="encoder-int8", version="3f9a1c20b7de")
WRITER = ModelRef(name="gemma-3-270m-q4-k-m", version="a01b22c9d3e4")
FACTS = (
    Fact(name="level", value=-16.2, baseline=-22.4, unit="dB", delta=6.2, z=3.1, salient=True),
    Fact(name="pitch", value=15.8, baseline=12.6, unit="st", delta=3.2, z=2.7, salient=True),
    Fact(name="rate", value=4.5, baseline=4.3, unit="syl/s", delta=0.2, z=0.4, salient=False),
)
SENTENCE = "Louder by 6.2 dB and higher by 3.2 semitones than this caller's usual."


def live(call_id: str, title: str, queue: str = "Billing", **fields: object) -> CallState:
    return msgspec.structs.replace(
        CallState(
            call_id=call_id,
            state="live",
            call=CallAttributes(
                roles=("customer", "agent"),
                started_at_ms=1_700_000_000_000,
                queue=queue,
                title=title,
                synthetic=True,
            ),
        ),
        **fields,
    )


def line(channel: int, state: LineCondition, since_ms: int, reason: str = "", *, role: Role = "customer") -> LineState:
    return LineState(channel=channel, role=role, state=state, since_ms=since_ms, reason=reason)


def tone(call_id: str, start_ms: int, value: float | None, abstained: str | None = None) -> Tone:
    return Tone(
        call_id=call_id,
        segment_id=f"{call_id}/0/{start_ms}",
        role="customer",
        start_ms=start_ms,
        end_ms=start_ms + 2800,
        tone=value,
        spread=0.12,
        risk=0.0 if value is None else round(max(0.0, 0.3 - value), 3),
        posterior=None if value is None else CALM,
        abstained=abstained,
        baseline_ready=value is not None,
        facts=() if value is None else FACTS,
    )


def table(call_id: str, at_ms: int) -> FactsTable:
    return FactsTable(
        at_ms=at_ms,
        window_start_ms=at_ms - 12_000,
        window_end_ms=at_ms,
        baseline_segments=9,
        tone=-0.58,
        tone_before=-0.03,
        facts=FACTS,
        posterior=HEATED,
        posterior_baseline=CALM,
        talk_over_ms=2300,
        agent_talk_share=0.31,
        quotes=(
            Quote(segment_id=f"{call_id}/0/44000", start_ms=44_000, text="I have called four times about forty euros."),
        ),
    )


def alert(call_id: str, seq: int, **fields: object) -> Alert:
    spans = [(44_000, -0.41), (48_000, -0.58), (52_000, -0.62)]
    made = Alert(
        call_id=call_id,
        alert_id=f"{call_id}/degrades/44000",
        seq=seq,
        rule="degrades",
        state="firing",
        severity="act",
        onset_ms=44_000,
        fired_ms=54_800,
        peak_ms=54_800,
        peak_tone=-0.62,
        sentence=SENTENCE,
        evidence=tuple(
            Evidence(
                segment_id=f"{call_id}/0/{start_ms}",
                start_ms=start_ms,
                end_ms=start_ms + 2800,
                audio=AudioSpan(
                    topic="tonewatch.calls.v1",
                    partition=3,
                    first_offset=start_ms // 200,
                    last_offset=start_ms // 200 + 13,
                ),
                tone=value,
            )
            for start_ms, value in spans
        ),
        facts=table(call_id, 54_800),
        thresholds=Thresholds(fire=-0.3, clear=-0.12, hold_ms=8000, cooldown_ms=30_000, min_segments=3),
        model=ENCODER,
    )
    return msgspec.structs.replace(made, **fields)


def rationale(call_id: str, at_ms: int, text: str, **fields: object) -> Rationale:
    made = Rationale(
        call_id=call_id,
        moment_id=f"{call_id}/degrades/44000/{at_ms}",
        alert_id=f"{call_id}/degrades/44000",
        kind="onset",
        at_ms=at_ms,
        text=text,
        source="model",
        decision="confirm",
        label="angry",
        confidence=0.82,
        claims=(
            Claim(text="6.2 dB louder", kind="level", verdict="true", fact="level"),
            Claim(text="3.2 semitones higher", kind="pitch", verdict="true", fact="pitch"),
        ),
        claims_total=2,
        model=WRITER,
        seconds=3.4,
    )
    return msgspec.structs.replace(made, **fields)


def boils_over(call_id: str = "billing") -> list[BoardEvent]:
    line: list[BoardEvent] = [
        tone(call_id, 2000, None, "learning_baseline"),
        tone(call_id, 8000, None, "learning_baseline"),
    ]
    steps = [(16_000, 0.02), (24_000, -0.03), (32_000, 0.01), (40_000, -0.2), (44_000, -0.41), (48_000, -0.58)]
    line += [tone(call_id, at_ms, value) for at_ms, value in steps]
    return [
        live(call_id, "Billing dispute"),
        *line,
        tone(call_id, 52_000, -0.62),
        alert(call_id, 0),
        rationale(call_id, 54_800, "6.2 dB louder and 3.2 semitones higher than before the charge came up."),
        alert(call_id, 1, state="confirmed", decided_by="model"),
    ]


def recovers(call_id: str = "delivery") -> list[BoardEvent]:
    return [
        *boils_over(call_id),
        live(call_id, "Late delivery", "Orders"),
        tone(call_id, 66_000, -0.05),
        tone(call_id, 72_000, 0.08),
        alert(call_id, 2, state="resolved", resolved_ms=74_800, resolved_by="recovery", decided_by="model"),
        rationale(call_id, 74_800, "Level and pitch are back at this caller's usual.", kind="recovery", source="facts"),
    ]


def ends(call_id: str = "ended") -> list[BoardEvent]:
    return [
        live(call_id, "Copy of an invoice"),
        tone(call_id, 2000, 0.1),
        CallState(call_id=call_id, state="ended", duration_ms=61_250, reason="ended"),
    ]


def handled(call_id: str = "handled") -> list[BoardEvent]:
    """Acknowledged, assigned, snoozed, closed by hand, opened again."""
    acts: tuple[tuple[ActionKind, AlertEvent, str, dict[str, object]], ...] = (
        ("acknowledge", "acknowledged", "", {"acknowledged_by": "Ada"}),
        ("assign", "assigned", "Grace", {"assigned_to": "Grace"}),
        ("snooze", "snoozed", "300 s", {"snoozed_until_ms": 360_000}),
        ("resolve", "resolved", "", {"state": "resolved", "resolved_by": "person", "resolved_ms": 62_000}),
        ("reopen", "reopened", "", {"state": "firing", "resolved_by": "", "resolved_ms": None, "times_reopened": 1}),
    )
    events = boils_over(call_id)
    last = events[-1]
    assert isinstance(last, Alert)
    for index, (action, event, detail, fields) in enumerate(acts):
        entry = Acted(action=action, by="Ada", acted_at_ms=1_700_000_060_000 + 1000 * index, detail=detail)
        fields = {**fields, "snoozed_until_ms": None} if event in ("resolved", "reopened") else fields
        last = msgspec.structs.replace(last, seq=last.seq + 1, event=event, acted=(*last.acted, entry), **fields)
        events.append(last)
    return events


def sequences() -> dict[str, list[BoardEvent]]:
    noisy: list[BoardEvent] = [live("noisy", "Calling from a train", "General"), tone("noisy", 2000, 0.0)]
    billing = boils_over()
    return {
        "an alert fires and is confirmed": billing,
        "the same events twice": billing + billing,
        "an alert resolves by recovery": recovers(),
        "an older alert state and an older reason come late": [
            *recovers("late"),
            alert("late", 1, state="confirmed"),
            rationale("late", 54_800, "An older reason."),
        ],
        "an alert is withdrawn": [
            *boils_over("laugh")[:-2],
            rationale("laugh", 54_800, "A laugh: pitch is at this caller's usual.", decision="withdraw"),
            alert("laugh", 1, state="withdrawn", severity="watch", decided_by="model"),
        ],
        "the notice is withdrawn, and what is late comes": [
            *boils_over("revoked"),
            CallState(
                call_id="revoked",
                state="not_analysed",
                duration_ms=60_000,
                call=CallAttributes(queue="Billing"),
                withdrawn=True,
            ),
            tone("revoked", 61_000, -0.5),
            alert("revoked", 2, state="resolved"),
            live("revoked", "A bill"),
        ],
        "an alert on anger becomes one on distress": [
            *boils_over("tears")[:-3],
            alert("tears", 0, alert_id="tears/anger/44000", rule="anger"),
            rationale(
                "tears", 54_800, "Softer and lower.", alert_id="tears/anger/44000", decision="change", label="sad"
            ),
            alert(
                "tears",
                1,
                alert_id="tears/anger/44000",
                rule="distress",
                state="confirmed",
                event="changed",
                severity="watch",
                decided_by="model",
            ),
        ],
        "the monitor abstains for a while": [
            *noisy,
            tone("noisy", 6000, None, "noisy"),
            tone("noisy", 12_000, None, "noisy"),
            tone("noisy", 18_000, 0.05),
        ],
        "a tone out of order is dropped": [*noisy, tone("noisy", 9000, 0.2), tone("noisy", 5000, -0.9)],
        "a pending alert comes to nothing": [
            *boils_over("pending")[:-3],
            alert("pending", 0, state="pending", event="pending"),
            alert("pending", 1, state="withdrawn", event="withdrawn", decided_by="detector"),
        ],
        "users act on an alert": handled(),
        "a call ends": ends(),
        "a call without notice to the caller": [
            live("untold", "Caller without notice", "General", state="not_analysed")
        ],
        "the caller's line is lost under an open alert and comes back": [
            *boils_over("lost"),
            live("lost", "Lost", lines=(line(0, "no_audio", 58_000),), duration_ms=63_000),
            tone("lost", 60_000, -0.5),
            live("lost", "Lost", lines=(line(0, "live", 80_000),), duration_ms=80_000),
            tone("lost", 81_000, -0.1),
        ],
        "a call is on hold, and the agent's audio is refused afterwards": [
            *noisy,
            live("noisy", "", lines=(line(0, "on_hold", 9_000), line(1, "on_hold", 9_000, role="agent"))),
            live("noisy", "", lines=(line(0, "live", 9_000), line(1, "refused", 9_000, "role_changed", role="agent"))),
            tone("noisy", 12_000, 0.1),
        ],
        "a call's media time begins again": [*noisy, live("noisy", "", run=1), tone("noisy", 1_000, None, "too_short")],
        "a tone before the call is announced": [tone("early", 2000, 0.1), live("early", "Announced late")],
    }


def build() -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for name, events in sequences().items():
        view = CallView(call_id=events[0].call_id)
        for event in events:
            apply(view, event)
        made.append({"name": name, "events": events, "view": view})
    return made


if __name__ == "__main__":
    GOLDEN.write_bytes(b"[\n" + b",\n".join(msgspec.json.encode(item) for item in build()) + b"\n]\n")
