"""The tone and the alerts of a call, and which of the alerts were right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from tonewatch.models.degradation.listened_calls import ListenedCall
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.messages import Alert, Segment, SegmentMessage, Tone
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.judged_segment import JudgedSegment
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step

NEAR_S = 6.0
"""An alert has found the onset when its dated onset is at most this far from the true one."""

Verdict = Literal["hit", "false", ""]


class Point(msgspec.Struct, frozen=True):
    """The tone line after one segment; `tone` is null while the monitor abstains, and `abstained` says why.

    `counts`: the segment was judged, whether its tone is shown or not yet: an alert may rest on it.
    """

    start_s: float
    end_s: float
    tone: float | None
    spread: float
    abstained: str | None
    counts: bool = True


class Said(msgspec.Struct, frozen=True):
    """The caller's words in one segment, by speech-to-text."""

    start_s: float
    text: str


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One alert's life. `fired_s` is when a supervisor could have seen it: the pause that ended the segment is over.

    `verdict` is empty where there is no truth; `why` is the reason of a false one. `reopened_s`: when it was reopened
    after its end.
    """

    rule: str = ""
    reopened_s: tuple[float, ...] = ()
    onset_s: float
    fired_s: float
    resolved_s: float | None = None
    resolved_by: str = ""
    severity: str = ""
    peak_tone: float = 0.0
    sentence: str = ""
    verdict: Verdict = ""
    why: str = ""
    words: tuple[Said, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `ready_s`: from when on the caller's baseline was known."""

    file: str
    kind: str
    speaker: str
    corpus: str
    duration_s: float
    truth: Truth | None
    alerts: tuple[Raised, ...]
    tone: tuple[Point, ...]
    ready_s: float | None

    @property
    def stretch(self) -> tuple[float, float] | None:
        """The degraded stretch; null where nothing degrades or nothing is known."""
        return self.truth.degraded(self.duration_s) if self.truth else None

    @property
    def recovers(self) -> bool:
        return self.truth is not None and self.truth.recovers

    @property
    def degraded_s(self) -> tuple[float, float]:
        """Seconds of the caller's segments inside the degraded stretch: those that count for nothing, and all."""
        if (stretch := self.stretch) is None:
            return 0.0, 0.0
        inside = [(max(0.0, min(p.end_s, stretch[1]) - max(p.start_s, stretch[0])), p.counts) for p in self.tone]
        lost_s = sum(length_s for length_s, counts in inside if not counts)
        return lost_s, sum(length_s for length_s, _ in inside)

    @property
    def hit(self) -> Raised | None:
        """The alert that found the onset."""
        return next((alert for alert in self.alerts if alert.verdict == "hit"), None)

    @property
    def recovered(self) -> bool:
        """Did the alert that found the onset resolve itself once the caller was calm again, and not before?

        It may resolve up to NEAR_S before the true end: the last degraded segment need not sound degraded.
        """
        found, stretch = self.hit, self.stretch
        if found is None or stretch is None or found.resolved_s is None or found.resolved_by != "recovery":
            return False
        return found.resolved_s >= stretch[1] - NEAR_S


@dataclass(frozen=True)
class Result:
    """Every call of a run."""

    outcomes: tuple[Outcome, ...]

    @property
    def scored(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.truth is not None)


def run(calls: Sequence[ListenedCall], config: ToneConfig | Callable[[ListenedCall], ToneConfig]) -> Result:
    """The tone core over listened calls: milliseconds a call, so that settings can be compared.

    `config` is one for all, or a function of the call where each voice has the head of its own fold.
    """
    return Result(tuple(follow(call, config(call) if callable(config) else config) for call in calls))


def follow(call: ListenedCall, config: ToneConfig) -> Outcome:
    """One call through `step`, as the monitor runs it; the explainer is not asked, so no alert is withdrawn."""
    memory = CallMemory()
    raised: dict[str, Raised] = {}
    points: list[Point] = []
    ready_s: float | None = None
    for message in call.messages:
        for output in step(memory, message, config):
            if isinstance(output, Tone):
                points.append(_point(output))
                ready_s = output.end_ms / 1000 if ready_s is None and output.baseline_ready else ready_s
            elif isinstance(output, Alert) and output.cause == "tone":
                _note(raised, output, _known_s(message))
    alerts = judged(tuple(raised.values()), call.truth, call.duration_s)
    return Outcome(
        file=call.name,
        kind=call.truth.kind if call.truth else "",
        speaker=call.truth.speaker if call.truth else "",
        corpus=call.truth.corpus if call.truth else "",
        duration_s=call.duration_s,
        truth=call.truth,
        alerts=(*alerts, *came_back(alerts, call.truth, call.duration_s)),
        tone=tuple(points),
        ready_s=ready_s,
    )


def judged_segments(
    call: ListenedCall, config: ToneConfig
) -> Iterator[tuple[Segment, JudgedSegment, Sequence[JudgedSegment]]]:
    """One call through the core: each judged segment, its judgement, and the baseline before it."""
    memory = CallMemory()
    for message in call.messages:
        before = list(memory.baseline.own)
        step(memory, message, config)
        # A segment that was not judged leaves the window as it was.
        last = memory.detector.window[-1] if memory.detector.window else None
        if isinstance(message, Segment) and last is not None and last.segment_id == message.segment_id:
            yield message, last, before


def judged(alerts: Sequence[Raised], truth: Truth | None, duration_s: float) -> tuple[Raised, ...]:
    """The alerts with their verdicts; one onset is found once."""
    if truth is None:
        return tuple(alerts)
    stretch = truth.degraded(duration_s)
    found = False
    verdicts = []
    for alert in alerts:
        # A second alert on the same onset is false, however well it dates it.
        why = "found already" if found and not wrong(alert, stretch) else wrong(alert, stretch)
        found = found or not why
        verdicts.append(msgspec.structs.replace(alert, verdict="false" if why else "hit", why=why))
    return tuple(verdicts)


def came_back(alerts: Sequence[Raised], truth: Truth | None, duration_s: float) -> tuple[Raised, ...]:
    """A false alert for each reopening outside the degraded stretch: it demands attention as a new alert does."""
    stretch = truth.degraded(duration_s) if truth else None
    if truth is None:
        return ()
    return tuple(
        msgspec.structs.replace(alert, onset_s=at_s, fired_s=at_s, reopened_s=(), verdict="false", why="came back")
        for alert in alerts
        for at_s in alert.reopened_s
        if stretch is None or not stretch[0] <= at_s <= stretch[1]
    )


def wrong(alert: Raised, stretch: tuple[float, float] | None) -> str:
    """Why an alert is false; empty where it found the onset."""
    if stretch is None:
        return "nothing degrades"
    onset_s, end_s = stretch
    if alert.onset_s < onset_s - NEAR_S:
        return "dated too early"
    if alert.onset_s > onset_s + NEAR_S:
        return "dated too late"
    if alert.fired_s < onset_s:
        return "fired before the onset"
    return "fired after the end" if alert.fired_s > end_s else ""


def _note(raised: dict[str, Raised], alert: Alert, known_s: float) -> None:
    known = raised.get(alert.alert_id)
    if known is None and alert.state == "firing":
        raised[alert.alert_id] = Raised(
            rule=alert.rule,
            onset_s=alert.onset_ms / 1000,
            fired_s=known_s,
            severity=alert.severity,
            peak_tone=alert.peak_tone,
            sentence=alert.sentence,
        )
    elif known is not None:
        is_back = alert.event == "reopened"
        resolved_s = known_s if alert.event == "resolved" else None if is_back else known.resolved_s
        raised[alert.alert_id] = msgspec.structs.replace(
            known,
            resolved_s=resolved_s,
            reopened_s=(*known.reopened_s, known_s) if is_back else known.reopened_s,
            resolved_by=alert.resolved_by,
            severity=alert.severity,
            peak_tone=alert.peak_tone,
        )


def _known_s(message: SegmentMessage) -> float:
    """The media time at which the monitor can have had a message."""
    if isinstance(message, Segment):
        return max(message.emitted_at_ms, message.end_ms) / 1000
    return getattr(message, "duration_ms", 0) / 1000


def _point(tone: Tone) -> Point:
    return Point(
        tone.start_ms / 1000, tone.end_ms / 1000, tone.tone, tone.spread, tone.abstained, tone.posterior is not None
    )
