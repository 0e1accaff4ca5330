"""What another threshold would have done to calls that people judged: counted, with intervals.

Pure: calls come with what was measured and what people said; a rule's candidate settings are replayed over them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tonewatch.models.degradation.raised_alerts import raised_on
from tonewatch.stream.archive.review.precision import Z_95, wilson
from tonewatch.stream.messages import Alert, SegmentMessage
from tonewatch.stream.tone.config import ToneConfig

NEAR_MS = 15_000
"""An alert whose onset lies so near to a judged one's, or that lies so near to a mark, is of the same moment."""

Said = Literal["right", "wrong"]
"""`not_actionable` counts as wrong: it asked for somebody for nothing. What is disputed is left out before."""

Outcome = Literal["right", "wrong", "unknown"]


@dataclass(frozen=True)
class JudgedMoment:
    """Where an alert began and ended, and what people say of it together."""

    onset_ms: int
    end_ms: int
    said: Said


@dataclass(frozen=True)
class JudgedCall:
    """A call of the archive.

    `missed_ms`: where people marked something as missed. `is_whole`: somebody heard all of it, so that nothing is due
    but what they said. `sampled`: drawn before anything was known of it.
    """

    call_id: str
    messages: tuple[SegmentMessage, ...]
    moments: tuple[JudgedMoment, ...]
    missed_ms: tuple[int, ...]
    is_whole: bool
    sampled: bool
    duration_s: float


@dataclass(frozen=True)
class Share:
    """Of `count` so many; the interval is of 95 % (Wilson)."""

    hits: int
    count: int

    @property
    def value(self) -> float | None:
        return self.hits / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.count)


@dataclass(frozen=True)
class Tried:
    """One candidate. `unknown`: alerts that nobody judged, in calls that nobody heard whole; they count nowhere.

    `precision` is of the rule's own alerts, `found` of the due moments that any rule's alert covers. `sampled_alerts`
    are the rule's in sampled calls, of `sampled_h` hours.
    """

    value: float
    precision: Share
    found: Share
    alerts: int
    unknown: int
    sampled_alerts: int
    sampled_h: float


def tried(
    value: float, rule: str, calls: Sequence[JudgedCall], config: Callable[[JudgedCall], ToneConfig], queue: str = ""
) -> Tried:
    """Replay every call with one candidate's settings."""
    counts = {"right": 0, "wrong": 0, "unknown": 0}
    due = found = sampled = 0
    for call in calls:
        alerts = [one.alert for one in raised_on(call.messages, config(call), queue)]
        own = [alert for alert in alerts if rule in (alert.rule, *alert.also)]
        for alert in own:
            counts[outcome(alert, call)] += 1
        wanted = due_ms(call)
        due, found = due + len(wanted), found + sum(any(covers(one, at_ms) for one in alerts) for at_ms in wanted)
        sampled += len(own) if call.sampled else 0
    hours = sum(call.duration_s for call in calls if call.sampled) / 3600
    precision = Share(counts["right"], counts["right"] + counts["wrong"])
    return Tried(value, precision, Share(found, due), sum(counts.values()), counts["unknown"], sampled, hours)


def outcome(alert: Alert, call: JudgedCall) -> Outcome:
    """What people say of an alert that this is, or would have been."""
    near = [one for one in call.moments if _is_near(alert, one)]
    if near:
        return min(near, key=lambda one: abs(one.onset_ms - alert.onset_ms)).said
    if any(covers(alert, at_ms) for at_ms in call.missed_ms):
        return "right"
    return "wrong" if call.is_whole else "unknown"


def due_ms(call: JudgedCall) -> list[int]:
    """Where an alert was due: right ones, and what was missed; marks close together are of one moment."""
    found: list[int] = []
    for at_ms in sorted([*(one.onset_ms for one in call.moments if one.said == "right"), *call.missed_ms]):
        if not found or at_ms - found[-1] > NEAR_MS:
            found.append(at_ms)
    return found


def covers(alert: Alert, at_ms: int) -> bool:
    return alert.onset_ms - NEAR_MS <= at_ms <= _end_ms(alert) + NEAR_MS


def rate_interval(count: int, hours: float) -> tuple[float, float]:
    """Of a Poisson rate an hour, 95 %: Byar's approximation (K. J. Rothman, J. D. Boice, "Epidemiologic Analysis with a
    Programmable Calculator", 1979)."""
    low = count * (1 - 1 / (9 * count) - Z_95 / (3 * math.sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    high = more * (1 - 1 / (9 * more) + Z_95 / (3 * math.sqrt(more))) ** 3
    return max(0.0, low) / hours, high / hours


def proposed(now: Tried, candidates: Iterable[Tried], most_loss: float) -> Tried | None:
    """The candidate whose precision is highest at the interval's lower end, that finds no share of the due moments less
    than now by more than `most_loss`; None where that is not above what holds now."""
    least = (now.found.value or 0.0) - most_loss
    fit = [one for one in candidates if (one.found.value or 0.0) >= least and one.precision.count]
    best = max(fit, key=lambda one: (one.precision.interval[0], one.found.hits), default=None)
    before = now.precision.interval[0] if now.precision.count else 0.0
    return best if best is not None and best.precision.interval[0] > before else None


def _is_near(alert: Alert, moment: JudgedMoment) -> bool:
    return abs(alert.onset_ms - moment.onset_ms) <= NEAR_MS or moment.onset_ms <= alert.onset_ms <= moment.end_ms


def _end_ms(alert: Alert) -> int:
    return alert.resolved_ms if alert.resolved_ms is not None else max(alert.fired_ms, alert.peak_ms)
