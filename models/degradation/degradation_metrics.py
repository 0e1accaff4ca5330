"""Metrics over calls: how many onsets were found, how soon, at the price of how many false alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from tonewatch.models.degradation.outcome import Outcome, Raised, Result
from tonewatch.models.estimates import Interval, draw_counts, percentile, percentile_interval, ratio

HAPPY = "happy"
ACT = "act"

DRAWS = 1000
FEWEST_VOICES = 3
"""With fewer voices there is nothing to draw from, and no interval is given."""


class DegradationMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Null where there is nothing to divide by.

    onset_precision         hits among all alerts of every call
    onset_recall            calls whose onset was found among those that degrade
    delay_s_p50, _p90       from the true onset to the firing, over the hits
    onset_error_s_p50       median distance of the dated onset from the true one, over the hits
    false_alerts_per_hour   of call
    happy_alert_share       calls of the kind `happy` with an alert
    recovery_recall         recoveries found, among all there are (an onset that was missed cannot recover)
    calm_alerts_per_hour    alerts on the tone in calls where nothing degrades, per hour of those calls
    calm_act, calm_act_per_hour  how many of them asked to act, and per hour of those calls
    abstained_in_degraded   share of the caller's segments inside degraded stretches, by their length, that count for
                            nothing; what is heard before the baseline is known counts
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
    calm_alerts_per_hour: float | None = None
    calm_act: int = 0
    calm_act_per_hour: float | None = None
    abstained_in_degraded: float | None = None


TITLES = {
    "onset_precision": "precision",
    "onset_recall": "recall",
    "onset_f1": "F1",
    "delay_s_p50": "delay p50, s",
    "delay_s_p90": "delay p90, s",
    "onset_error_s_p50": "onset off by, s",
    "false_alerts_per_hour": "false an hour",
    "happy_alert_share": "happy alerted",
    "recovery_recall": "recovery found",
    "calm_alerts_per_hour": "calm alerts an hour",
    "calm_act_per_hour": "calm acts an hour",
    "abstained_in_degraded": "degraded, not judged",
}
"""Column titles of every metric that has an interval, in the terminal and on the page."""

RATES = tuple(TITLES)


class RuleCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one rule; `calm`: in calls where nothing degrades, `calm_act` those of them that ask to act."""

    alerts: int = 0
    hits: int = 0
    calm: int = 0
    calm_act: int = 0


class Summary(msgspec.Struct, frozen=True):
    """Metrics of all calls, of each kind and of each corpus, and the alerts of each rule."""

    overall: DegradationMetrics
    per_kind: dict[str, DegradationMetrics]
    per_corpus: dict[str, DegradationMetrics]
    per_rule: dict[str, RuleCounts] = {}


def degradation_metrics(outcomes: Sequence[Outcome]) -> DegradationMetrics:
    """Over calls with a truth."""
    hits = [(one, one.hit, one.stretch) for one in outcomes]
    found = [(hit, stretch) for _, hit, stretch in hits if hit is not None and stretch is not None]
    alerts = sum(len(one.alerts) for one in outcomes)
    onsets = sum(one.stretch is not None for one in outcomes)
    happy = [bool(one.alerts) for one in outcomes if one.kind == HAPPY]
    recoveries = [one.recovered for one in outcomes if one.recovers]
    hours = sum(one.duration_s for one in outcomes) / 3600
    steady = [one for one in outcomes if one.stretch is None]
    steady_hours = sum(one.duration_s for one in steady) / 3600
    on_calm = [alert for one in steady for alert in one.alerts]
    calm_act = sum(alert.severity == ACT for alert in on_calm)
    abstained_s, degraded_s = map(sum, zip((0.0, 0.0), *(one.degraded_s for one in outcomes), strict=True))
    delays_s = [hit.fired_s - stretch[0] for hit, stretch in found]
    return DegradationMetrics(
        calls=len(outcomes),
        hours=round(hours, 4),
        onset_precision=ratio(len(found), alerts),
        onset_recall=ratio(len(found), onsets),
        # 2 TP / (2 TP + FP + FN), where alerts = TP + FP and onsets = TP + FN.
        onset_f1=ratio(2 * len(found), alerts + onsets),
        delay_s_p50=percentile(delays_s, 50),
        delay_s_p90=percentile(delays_s, 90),
        onset_error_s_p50=percentile([abs(hit.onset_s - stretch[0]) for hit, stretch in found], 50),
        false_alerts_per_hour=round((alerts - len(found)) / hours, 4) if hours else None,
        happy_alert_share=ratio(sum(happy), len(happy)),
        recovery_recall=ratio(sum(recoveries), len(recoveries)),
        calm_alerts_per_hour=round(len(on_calm) / steady_hours, 4) if steady_hours else None,
        calm_act=calm_act,
        calm_act_per_hour=round(calm_act / steady_hours, 4) if steady_hours else None,
        abstained_in_degraded=round(abstained_s / degraded_s, 4) if degraded_s else None,
    )


def rule_counts(outcomes: Sequence[Outcome]) -> dict[str, RuleCounts]:
    """By the name of the rule, the most alerts first."""
    raised: dict[str, list[tuple[Raised, bool]]] = {}
    for one in outcomes:
        for alert in one.alerts:
            raised.setdefault(alert.rule, []).append((alert, one.stretch is None))
    ordered = sorted(raised.items(), key=lambda item: (-len(item[1]), item[0]))
    return {
        rule: RuleCounts(
            alerts=len(those),
            hits=sum(alert.verdict == "hit" for alert, _ in those),
            calm=sum(is_steady for _, is_steady in those),
            calm_act=sum(is_steady and alert.severity == ACT for alert, is_steady in those),
        )
        for rule, those in ordered
    }


def summary(result: Result) -> Summary:
    """Of the calls with a truth; where there is none, only the number and length of the calls."""
    scored = result.scored
    if not scored:
        hours = sum(one.duration_s for one in result.outcomes) / 3600
        return Summary(DegradationMetrics(calls=len(result.outcomes), hours=round(hours, 4)), {}, {})
    kinds, corpora = grouped(scored, lambda one: one.kind), grouped(scored, lambda one: one.corpus)
    return Summary(degradation_metrics(scored), kinds, corpora, rule_counts(scored))


def grouped(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, DegradationMetrics]:
    return {name: degradation_metrics(those) for name, those in group(outcomes, key).items()}


def group(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """In the order of first appearance; calls with an empty key are in no group."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if name := key(one):
            groups.setdefault(name, []).append(one)
    return groups


def intervals(outcomes: Sequence[Outcome], draws: int = DRAWS, seed: int = 0) -> dict[str, Interval | None]:
    """Bootstrap intervals over voices (`estimates.py`): each metric with other callers of the same sort.

    All calls of a voice are drawn together. None with fewer than FEWEST_VOICES, and where a metric is null in most
    draws.
    """
    voices = list(group(outcomes, lambda one: one.truth.voice if one.truth else one.file).values())
    if len(voices) < FEWEST_VOICES:
        return dict.fromkeys(RATES)
    replicates = [
        degradation_metrics([one for calls, count in zip(voices, counts, strict=True) for one in calls * int(count)])
        for counts in draw_counts([""] * len(voices), draws, seed)
    ]
    return {name: _interval([getattr(one, name) for one in replicates]) for name in RATES}


def _interval(values: Sequence[float | None]) -> Interval | None:
    known = np.array([value for value in values if value is not None])
    if 2 * known.size < len(values) or not known.size:
        return None
    low, high = percentile_interval(known)
    return round(low, 3), round(high, 3)
