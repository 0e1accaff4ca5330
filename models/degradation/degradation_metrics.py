"""Figures over calls: how many onsets were found, how soon, at the price of how many false alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from tonewatch.models.degradation.outcome import Outcome, Result

HAPPY = "happy"

Interval = tuple[float, float] | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Null where there is nothing to divide by.

    onset_precision         hits among all alerts of every call
    onset_recall            calls whose onset was found among those that degrade
    delay_s_p50, _p90       from the true onset to the firing, over the hits
    onset_error_s_p50       median distance of the dated onset from the true one, over the hits
    false_alerts_per_hour   of call
    happy_alert_share       calls of the kind `happy` with an alert
    recovery_recall         recoveries found, among all there are (an onset that was missed cannot recover)
    """

    calls: int
    hours: float
    onset_precision: float | None = None
    onset_recall: float | None = None
    onset_f1: float | None = None
    delay_s_p50: float | None = None
    delay_s_p90: float | None = None
    onset_error_s_p50: float | None = None
    false_alerts_per_hour: float | None = None
    happy_alert_share: float | None = None
    recovery_recall: float | None = None


RATES = tuple(name for name in Figures.__struct_fields__ if name not in {"calls", "hours"})


class Summary(msgspec.Struct, frozen=True):
    """Figures of all calls, of each kind and of each corpus."""

    overall: Figures
    per_kind: dict[str, Figures]
    per_corpus: dict[str, Figures]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Of calls with a truth."""
    hits = [(one, one.hit, one.stretch) for one in outcomes]
    found = [(hit, stretch) for _, hit, stretch in hits if hit is not None and stretch is not None]
    alerts = sum(len(one.alerts) for one in outcomes)
    onsets = sum(one.stretch is not None for one in outcomes)
    happy = [bool(one.alerts) for one in outcomes if one.kind == HAPPY]
    recoveries = [one.recovered for one in outcomes if one.recovers]
    hours = sum(one.duration_s for one in outcomes) / 3600
    delays_s = [hit.fired_s - stretch[0] for hit, stretch in found]
    return Figures(
        calls=len(outcomes),
        hours=round(hours, 4),
        onset_precision=_share(len(found), alerts),
        onset_recall=_share(len(found), onsets),
        onset_f1=_share(2 * len(found), alerts + onsets),
        delay_s_p50=_percentile(delays_s, 50),
        delay_s_p90=_percentile(delays_s, 90),
        onset_error_s_p50=_percentile([abs(hit.onset_s - stretch[0]) for hit, stretch in found], 50),
        false_alerts_per_hour=round((alerts - len(found)) / hours, 4) if hours else None,
        happy_alert_share=_share(sum(happy), len(happy)),
        recovery_recall=_share(sum(recoveries), len(recoveries)),
    )


def summary(result: Result) -> Summary:
    """Calls without a truth are counted where there is no other; there is nothing to score in them."""
    scored = result.scored
    if not scored:
        hours = sum(one.duration_s for one in result.outcomes) / 3600
        return Summary(Figures(calls=len(result.outcomes), hours=round(hours, 4)), {}, {})
    return Summary(figures(scored), grouped(scored, lambda one: one.kind), grouped(scored, lambda one: one.corpus))


def grouped(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, Figures]:
    return {name: figures(those) for name, those in group(outcomes, key).items()}


def group(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """In the order of first appearance; calls without a name for it are in none."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if name := key(one):
            groups.setdefault(name, []).append(one)
    return groups


def intervals(
    outcomes: Sequence[Outcome], draws: int = 1000, seed: int = 0, percent: float = 95.0
) -> dict[str, Interval]:
    """Bootstrap over voices: what each figure would be with other callers of the same sort, in `percent` of draws.

    All calls of a voice are drawn together, because they err together (B. Efron, R. J. Tibshirani, "An Introduction
    to the Bootstrap", 1993, section 8.3). Null with fewer than three voices, and where a figure is null in most draws.
    """
    voices = group(outcomes, lambda one: one.truth.voice if one.truth else one.file)
    if len(voices) < 3:
        return dict.fromkeys(RATES)
    rng = np.random.default_rng(seed)
    calls = list(voices.values())
    drawn = [
        figures([one for i in rng.integers(len(calls), size=len(calls)) for one in calls[i]]) for _ in range(draws)
    ]
    return {name: _interval([getattr(one, name) for one in drawn], percent) for name in RATES}


def _interval(values: Sequence[float | None], percent: float) -> Interval:
    known = [value for value in values if value is not None]
    if 2 * len(known) < len(values) or not known:
        return None
    low, high = np.percentile(known, [50 - percent / 2, 50 + percent / 2])
    return round(float(low), 3), round(float(high), 3)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 3) if values else None
