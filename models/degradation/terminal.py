"""A run's metrics and alerts in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from tonewatch.models.degradation.degradation_metrics import RATES, TITLES, DegradationMetrics, Summary
from tonewatch.models.degradation.outcome import Outcome, Result
from tonewatch.models.estimates import Interval

_CALM = ("calm_alerts_per_hour", "calm_act_per_hour", "abstained_in_degraded")
"""In a table of their own: one of all would not fit a terminal."""


def show(console: Console, metrics: Summary, spread: Mapping[str, Interval | None], result: Result) -> None:
    """The metrics where there is a truth, and each alert of the calls without one."""
    if result.scored:
        console.print(_overall(metrics.overall, spread))
        console.print(_groups(metrics, [name for name in RATES if name not in _CALM]))
        console.print(_groups(metrics, _CALM))
        console.print(_rules(metrics))
    for one in result.outcomes:
        if one.truth is None:
            _unscored(console, one)


def _overall(one: DegradationMetrics, spread: Mapping[str, Interval | None]) -> Table:
    table = Table("overall", "", "95 % over voices", box=None)
    for name in RATES:
        interval = spread.get(name)
        table.add_row(name, _shown(getattr(one, name)), f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "-")
    return table


def _groups(metrics: Summary, rates: Sequence[str]) -> Table:
    table = Table("", "calls", *(TITLES[rate] for rate in rates), box=None, padding=(0, 1, 0, 0))
    for name, one in {**metrics.per_kind, **metrics.per_corpus}.items():
        table.add_row(name, str(one.calls), *(_shown(getattr(one, rate)) for rate in rates))
    return table


def _rules(metrics: Summary) -> Table:
    table = Table("rule", "alerts", "hits", "on calm calls", "of these to act", box=None, padding=(0, 1, 0, 0))
    for name, one in metrics.per_rule.items():
        table.add_row(name, str(one.alerts), str(one.hits), str(one.calm), str(one.calm_act))
    return table


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _unscored(console: Console, one: Outcome) -> None:
    judged = sum(point.tone is not None for point in one.tone)
    reasons = Counter(point.abstained for point in one.tone if point.abstained)
    silent = f" ({', '.join(f'{n} {reason}' for reason, n in reasons.items())})" if reasons else ""
    console.print(
        f"{one.file}: {len(one.alerts)} alerts, {judged} of {len(one.tone)} segments judged{silent}", soft_wrap=True
    )
    for alert in one.alerts:
        end = f"{alert.resolved_by} {alert.resolved_s:.1f} s" if alert.resolved_s is not None else "open"
        console.print(
            f"  onset {alert.onset_s:.1f} s, fired {alert.fired_s:.1f} s, {end}: {alert.sentence}", markup=False
        )
        for said in alert.words:
            console.print(f"    {said.start_s:6.1f} s  {said.text}", markup=False, soft_wrap=True)
