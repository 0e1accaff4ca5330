"""The independent checker: what the topics hold of each call beside what they hold of the same call without faults.

It knows the messages and nothing else. A call that was sent to its end must have left the same segments, the same tones
and the same alerts as its recording did in the run without faults; written twice is allowed, counted twice is not.
"""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from tonewatch.stream.bench.evidence import CallEvidence, Counted, Evidence
from tonewatch.stream.bench.faults import Fault
from tonewatch.stream.bench.load import SentCall
from tonewatch.stream.messages import Alert

LIVE_S = 3.0
"""A tone that is written this long after its speech is live; the pause that ends a segment is in it."""

APART_S = 12.0
"""Between the beginnings of two faults, for the recovery from the first to be nobody else's."""

TERMINAL = ("resolved", "withdrawn")
ROUNDING = 0.002


@dataclass
class Tally:
    """What is wrong, as counts; `notes` name the first cases."""

    segments_expected: int = 0
    segments_missing: int = 0
    segments_doubled: int = 0
    alerts_expected: int = 0
    alerts_missing: int = 0
    alerts_doubled: int = 0
    alerts_differing: int = 0
    notes: list[str] = field(default_factory=list)

    def clean(self) -> bool:
        wrong = (self.segments_missing, self.segments_doubled)
        return not any((*wrong, self.alerts_missing, self.alerts_doubled, self.alerts_differing))


@dataclass(frozen=True)
class Wrong:
    """One finding and, in wall clock, when it came about; `what` is a field of `Tally`."""

    what: str
    at_s: float
    note: str


def compare(call_id: str, started_s: float, found: CallEvidence, reference: CallEvidence) -> list[Wrong]:
    """All that differs between a call and its reference."""
    wrong = [
        *_segments(found, reference),
        *_alerts(found.alerts, reference.alerts),
    ]
    return [Wrong(what, started_s + at_ms / 1000, f"{call_id}: {note}") for what, at_ms, note in wrong]


def _segments(found: CallEvidence, reference: CallEvidence) -> Iterable[tuple[str, int, str]]:
    for name, (start_ms, end_ms) in reference.segments.items():
        if name not in found.segments:
            yield "segments_missing", start_ms, f"segment {name} was not heard"
        elif found.segments[name] != (start_ms, end_ms):
            yield "segments_missing", start_ms, f"segment {name} ends elsewhere"
        elif name in reference.counted and name not in found.counted:
            yield "segments_missing", start_ms, f"segment {name} was not counted"
    for name, (start_ms, _) in found.segments.items():
        if name not in reference.segments and name in found.counted:
            yield "segments_doubled", start_ms, f"segment {name} is one too many"
    for name in found.twice_in_state:
        yield "segments_doubled", int(name.split("/")[1]), f"segment {name} stands twice in the state"
    for name, records in found.counted.items():
        expected = reference.counted.get(name)
        if expected and not all(_same(record, expected[0]) for record in records):
            got = sorted({(record.tone, record.spread) for record in records}, key=str)
            note = f"segment {name} was counted as {got} instead of {(expected[0].tone, expected[0].spread)}"
            yield "segments_doubled", records[0].start_ms, note


def _same(left: Counted, right: Counted) -> bool:
    if left.tone is None or right.tone is None:
        return left.tone is right.tone
    # Messages carry rounded numbers, and a restart may add up the same ones in another order.
    return abs(left.tone - right.tone) < ROUNDING and abs(left.spread - right.spread) < ROUNDING


def _alerts(found: dict[str, list[Alert]], reference: dict[str, list[Alert]]) -> Iterable[tuple[str, int, str]]:
    for name, expected in reference.items():
        at_ms = expected[0].fired_ms
        if name not in found:
            yield "alerts_missing", at_ms, f"alert {name} did not come"
            continue
        # Only the first state: the later ones depend on when the explainer answered.
        if any(_said(alert) != _said(expected[0]) for alert in found[name] if alert.seq == 0):
            yield "alerts_differing", at_ms, f"alert {name} says something else"
        if expected[-1].state in TERMINAL and max(found[name], key=lambda a: a.seq).state not in TERMINAL:
            yield "alerts_differing", at_ms, f"alert {name} did not come to its end"
    for name, alerts in found.items():
        if name not in reference:
            yield "alerts_doubled", alerts[0].fired_ms, f"alert {name} is one too many"


def _said(alert: Alert) -> tuple[object, ...]:
    evidence = tuple((e.start_ms, e.end_ms) for e in alert.evidence)
    return alert.onset_ms, alert.fired_ms, alert.severity, alert.sentence, evidence


def check(
    sent: Sequence[SentCall], evidence: Evidence, references: dict[str, CallEvidence], faults: Sequence[Fault]
) -> tuple[Tally, dict[str, Tally]]:
    """All calls together, and what came about after each kind of fault."""
    total = Tally()
    per_kind: dict[str, Tally] = {kind: Tally() for kind in sorted({fault.kind for fault in faults})}
    starts = [fault.at_s for fault in faults]
    for call in sent:
        reference, found = references[call.stem], evidence.of(call.call_id)
        total.segments_expected += len(reference.segments)
        total.alerts_expected += len(reference.alerts)
        for wrong in compare(call.call_id, call.started_s, found, reference):
            # A segment is due LIVE_S after its words: a fault in between may be what made it go missing.
            number = bisect.bisect_right(starts, wrong.at_s + LIVE_S) - 1
            for tally in [total, *([per_kind[faults[number].kind]] if number >= 0 else [])]:
                setattr(tally, wrong.what, getattr(tally, wrong.what) + 1)
                tally.notes.append(wrong.note)
    return total, per_kind


def recoveries(evidence: Evidence, sent: Sequence[SentCall], faults: Sequence[Fault]) -> list[float]:
    """Seconds from the beginning of each fault until the last tone that it made late was written; 0 when none was.

    A tone belongs to the last fault before it was due. One that the next fault held up once more counts for the first.
    """
    starts = [fault.at_s for fault in faults]
    took_s = [0.0] * len(faults)
    for call in sent:
        for records in evidence.of(call.call_id).counted.values():
            written_s = min(record.written_at_s for record in records)
            due_s = records[0].spoken_at_s + LIVE_S
            number = bisect.bisect_right(starts, due_s) - 1
            if written_s > due_s and number >= 0:
                took_s[number] = max(took_s[number], written_s - starts[number])
    return took_s


class FaultRow(msgspec.Struct, kw_only=True):
    """One fault: seconds since the first, what it hit, and until the last tone that it made late."""

    at_s: float
    kind: str
    what: str
    recovery_s: float


class KillReport(msgspec.Struct, kw_only=True):
    """`tonewatch bench kill --json`. `per_kind` holds the same counts for each kind of fault.

    `per_role`: of the workers that were killed, how many, and how soon their calls were judged live again. `apart`: the
    same of killed workers and of every kind, where no other fault lay within `APART_S` on either side. `faults`: each.
    """

    broker: str
    minutes: float
    kills: int
    per_kind: dict[str, dict[str, float]]
    segments_expected: int
    segments_missing: int
    segments_doubled: int
    alerts_expected: int
    alerts_missing: int
    alerts_doubled: int
    alerts_differing: int
    recovery_s_p50: float
    recovery_s_p99: float
    recovery_s_max: float
    per_role: dict[str, dict[str, float]]
    apart: dict[str, dict[str, float]]
    faults: list[FaultRow]


def report(
    broker: str,
    minutes: float,
    faults: Sequence[Fault],
    tallies: tuple[Tally, dict[str, Tally]],
    took_s: Sequence[float],
) -> KillReport:
    """All of it as one record."""
    total, by_kind = tallies
    per_kind: dict[str, dict[str, float]] = {}
    for kind, tally in by_kind.items():
        of_kind = [took for fault, took in zip(faults, took_s, strict=True) if fault.kind == kind]
        counts = {name: count for name, count in _counts(tally).items() if not name.endswith("_expected")}
        per_kind[kind] = {"kills": len(of_kind), **counts, **_recovery(of_kind)}
    per_role: dict[str, dict[str, float]] = {}
    for role in sorted({fault.role for fault in faults if fault.kind == "sigkill"}):
        of_role = [
            took for fault, took in zip(faults, took_s, strict=True) if (fault.kind, fault.role) == ("sigkill", role)
        ]
        per_role[role] = {"kills": len(of_role), **_recovery(of_role)}
    whole = {"broker": broker, "minutes": minutes, "kills": len(faults), "per_kind": per_kind, "per_role": per_role}
    whole |= {"apart": _apart(faults, took_s), "faults": _rows(faults, took_s)}
    return msgspec.convert({**whole, **_counts(total), **_recovery(took_s)}, KillReport)


def _rows(faults: Sequence[Fault], took_s: Sequence[float]) -> list[dict[str, str | float]]:
    return [
        {
            "at_s": round(fault.at_s - faults[0].at_s, 1),
            "kind": fault.kind,
            "what": fault.what,
            "recovery_s": round(took, 2),
        }
        for fault, took in zip(faults, took_s, strict=True)
    ]


def _apart(faults: Sequence[Fault], took_s: Sequence[float]) -> dict[str, dict[str, float]]:
    """Recoveries that no other fault can have held up: what the next fault delays is counted for the first."""
    found: dict[str, list[float]] = {}
    for number, (fault, took) in enumerate(zip(faults, took_s, strict=True)):
        beside = [*faults[max(0, number - 1) : number], *faults[number + 1 : number + 2]]
        if all(abs(other.at_s - fault.at_s) >= APART_S for other in beside):
            found.setdefault(fault.kind, []).append(took)
            if fault.kind == "sigkill":
                found.setdefault(f"sigkill {fault.role}", []).append(took)
    return {kind: {"kills": len(of_kind), **_recovery(of_kind)} for kind, of_kind in sorted(found.items())}


def _counts(tally: Tally) -> dict[str, int]:
    return {name: value for name, value in vars(tally).items() if isinstance(value, int)}


def _recovery(took_s: Sequence[float]) -> dict[str, float]:
    late = list(took_s) or [0.0]
    p99 = sorted(late)[max(0, math.ceil(0.99 * len(late)) - 1)]  # the nearest rank: never below what was seen
    return {
        "recovery_s_p50": round(statistics.median(late), 2),
        "recovery_s_p99": round(p99, 2),
        "recovery_s_max": round(max(late), 2),
    }
