"""What the live model and a shadow said of the same calls, side by side. No Kafka here: messages in, figures out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from tonewatch.stream.messages import EMOTIONS, Alert, Tone, ToneMessage

ONSET_TOLERANCE_MS = 10_000
"""Alerts of one call and one cause are the same alert when their onsets lie no further apart."""

SAME_BEGINNING_MS = 2_000
"""A call is compared when both heard it from its beginning, or at least from the same segment on."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Raised(msgspec.Struct, frozen=True):
    """An alert that fired. Times are media time."""

    call_id: str
    alert_id: str
    cause: str
    rule: str
    onset_ms: int
    fired_ms: int
    peak_tone: float


class Pair(msgspec.Struct, frozen=True):
    """One alert in both."""

    live: Raised
    shadow: Raised

    @property
    def onset_difference_ms(self) -> int:
        """Positive where the shadow dates the change later."""
        return self.shadow.onset_ms - self.live.onset_ms


class Distribution(msgspec.Struct, frozen=True):
    """Of differences, shadow minus live; null where there is none. `quantiles` are those of `QUANTILES`, by percent."""

    count: int
    mean: float | None
    mean_absolute: float | None
    quantiles: dict[str, float]


class PosteriorShift(msgspec.Struct, frozen=True):
    """How far the probabilities of the emotions moved, over segments that have them in both.

    mean_by_emotion  mean of shadow minus live
    total_variation  mean of half the sum of absolute differences: 0 the same, 1 nothing in common
    other_emotion    share of segments whose most probable emotion is another one
    """

    count: int
    mean_by_emotion: dict[str, float]
    total_variation: float | None
    other_emotion: float | None


class Comparison(msgspec.Struct, frozen=True):
    """The answer of `tonewatch compare`. `agreement`: alerts in both of all alerts, 1 where there is none."""

    shadow: str
    calls_compared: int
    calls_only_live: int
    calls_only_shadow: int
    calls_joined_late: int
    alerts_in_both: list[Pair]
    alerts_only_live: list[Raised]
    alerts_only_shadow: list[Raised]
    agreement: float
    onset_difference_ms: Distribution
    segments_in_both: int
    segments_only_live: int
    segments_only_shadow: int
    judged_only_live: int
    judged_only_shadow: int
    tone_difference: Distribution
    posterior_shift: PosteriorShift
    delay_ms_live: Distribution
    delay_ms_shadow: Distribution


@dataclass
class Said:
    """What one side wrote. Copies of a record change nothing."""

    tones: dict[str, dict[str, Tone]] = field(default_factory=dict)
    alerts: dict[str, Raised] = field(default_factory=dict)
    _seq: dict[str, int] = field(default_factory=dict)

    def take(self, message: ToneMessage | Alert) -> None:
        """One record of the tone or of the alerts topic."""
        if isinstance(message, Tone):
            self.tones.setdefault(message.call_id, {})[message.segment_id] = message
        elif isinstance(message, Alert):
            self._take_alert(message)

    def _take_alert(self, alert: Alert) -> None:
        # An alert that never got beyond `pending` was shown to nobody; what came of one later does not unmake it.
        if alert.state not in ("firing", "confirmed") or alert.event == "suppressed":
            return
        if alert.seq < self._seq.get(alert.alert_id, -1):
            return
        self._seq[alert.alert_id] = alert.seq
        self.alerts[alert.alert_id] = Raised(
            alert.call_id, alert.alert_id, alert.cause, alert.rule, alert.onset_ms, alert.fired_ms, alert.peak_tone
        )

    def begins_ms(self, call_id: str) -> int:
        return min(tone.start_ms for tone in self.tones[call_id].values())

    def ends_ms(self, call_id: str) -> int:
        return max(tone.end_ms for tone in self.tones[call_id].values())


def compare(live: Said, shadow: Said, name: str, *, tolerance_ms: int = ONSET_TOLERANCE_MS) -> Comparison:
    """Only calls that both heard from their beginning count, and only as far as both have judged them."""
    common = live.tones.keys() & shadow.tones.keys()
    compared = {c for c in common if abs(live.begins_ms(c) - shadow.begins_ms(c)) <= SAME_BEGINNING_MS}
    until = {c: min(live.ends_ms(c), shadow.ends_ms(c)) for c in compared}
    pairs, only_live, only_shadow = _match(_within(live, until), _within(shadow, until), tolerance_ms)
    ours, theirs = _segments(live, until), _segments(shadow, until)
    both = [(ours[key], theirs[key]) for key in sorted(ours.keys() & theirs.keys())]
    raised = len(pairs) + len(only_live) + len(only_shadow)
    return Comparison(
        shadow=name,
        calls_compared=len(compared),
        calls_only_live=len(live.tones.keys() - common),
        calls_only_shadow=len(shadow.tones.keys() - common),
        calls_joined_late=len(common) - len(compared),
        alerts_in_both=pairs,
        alerts_only_live=only_live,
        alerts_only_shadow=only_shadow,
        agreement=len(pairs) / raised if raised else 1.0,
        onset_difference_ms=distribution([pair.onset_difference_ms for pair in pairs]),
        segments_in_both=len(both),
        segments_only_live=len(ours) - len(both),
        segments_only_shadow=len(theirs) - len(both),
        judged_only_live=sum(a.tone is not None and b.tone is None for a, b in both),
        judged_only_shadow=sum(a.tone is None and b.tone is not None for a, b in both),
        tone_difference=distribution([b.tone - a.tone for a, b in both if a.tone is not None and b.tone is not None]),
        posterior_shift=_posterior_shift(both),
        delay_ms_live=_delays(ours.values()),
        delay_ms_shadow=_delays(theirs.values()),
    )


def distribution(values: Sequence[float]) -> Distribution:
    """Mean, mean absolute value and quantiles (linear between neighbours) of some values."""
    if not values:
        return Distribution(0, None, None, {})
    ordered = sorted(values)
    return Distribution(
        len(ordered),
        math.fsum(ordered) / len(ordered),
        math.fsum(map(abs, ordered)) / len(ordered),
        {f"{100 * share:.0f}": _quantile(ordered, share) for share in QUANTILES},
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    below, above = math.floor(at), math.ceil(at)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def _within(said: Said, until: dict[str, int]) -> list[Raised]:
    """Alerts of the calls compared, as far as both sides have judged them."""
    return [a for a in said.alerts.values() if a.call_id in until and a.fired_ms <= until[a.call_id]]


def _segments(said: Said, until: dict[str, int]) -> dict[str, Tone]:
    return {
        key: tone
        for call_id, last_ms in until.items()
        for key, tone in said.tones[call_id].items()
        if tone.start_ms <= last_ms
    }


def _match(
    live: Sequence[Raised], shadow: Sequence[Raised], tolerance_ms: int
) -> tuple[list[Pair], list[Raised], list[Raised]]:
    """Pairs of the same call and cause, the nearest onsets first, each alert in one pair at most."""
    candidates = [
        Pair(ours, theirs)
        for ours in live
        for theirs in shadow
        if (ours.call_id, ours.cause) == (theirs.call_id, theirs.cause)
    ]
    pairs: list[Pair] = []
    taken: tuple[set[str], set[str]] = set(), set()
    for pair in sorted(candidates, key=lambda p: (abs(p.onset_difference_ms), p.live.alert_id, p.shadow.alert_id)):
        is_free = pair.live.alert_id not in taken[0] and pair.shadow.alert_id not in taken[1]
        if is_free and abs(pair.onset_difference_ms) <= tolerance_ms:
            pairs.append(pair)
            taken[0].add(pair.live.alert_id)
            taken[1].add(pair.shadow.alert_id)
    left = [a for a in live if a.alert_id not in taken[0]], [a for a in shadow if a.alert_id not in taken[1]]
    return pairs, *left


def _posterior_shift(both: Sequence[tuple[Tone, Tone]]) -> PosteriorShift:
    shares = [(a.posterior.shares(), b.posterior.shares()) for a, b in both if a.posterior and b.posterior]
    if not shares:
        return PosteriorShift(0, {}, None, None)
    count = len(shares)
    means = [math.fsum(b[i] - a[i] for a, b in shares) / count for i in range(len(EMOTIONS))]
    distances = [0.5 * math.fsum(abs(y - x) for x, y in zip(a, b, strict=True)) for a, b in shares]
    moved = sum(a.index(max(a)) != b.index(max(b)) for a, b in shares)
    return PosteriorShift(count, dict(zip(EMOTIONS, means, strict=True)), math.fsum(distances) / count, moved / count)


def _delays(tones: Iterable[Tone]) -> Distribution:
    """From the end of speech to the record, where the call's clock is known."""
    return distribution([t.emitted_at_ms - t.spoken_at_ms for t in tones if t.spoken_at_ms and t.emitted_at_ms])
