"""The report of a run: the metrics with their intervals, and each call's tone with truth and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tonewatch.models.degradation.chart import chart, legend
from tonewatch.models.degradation.degradation_metrics import RATES, TITLES, DegradationMetrics, Summary
from tonewatch.models.degradation.outcome import Outcome, Raised, Result
from tonewatch.models.estimates import Interval
from tonewatch.models.output import write_file
from tonewatch.models.pages.document import html_page, style_sheet
from tonewatch.stream.tone.alerts.tone_rules import about_tone
from tonewatch.stream.tone.config import ToneConfig

PAGE = "index.html"
STYLE = "report.css"

Intervals = Mapping[str, Mapping[str, Interval | None]]
"""By group ("overall", "kind happy", "corpus emodb"), then by metric."""


@dataclass(frozen=True)
class About:
    """The settings of the run: names and versions of the encoders, and the configuration of the tone."""

    encoders: Sequence[str]
    config: ToneConfig


def write_report(folder: Path, metrics: Summary, spread: Intervals, result: Result, about: About) -> Path:
    """Writes `index.html`; nothing else is needed to read it.

    Raises:
        StoreError: the folder cannot be written.
    """
    write_file(folder / PAGE, page(metrics, spread, result, about).encode(), "the report", "--report")
    return folder / PAGE


def page(metrics: Summary, spread: Intervals, result: Result, about: About) -> str:
    act_below = _act_below(about.config)
    body = [
        "<h1>Where calls degrade, and what was alerted</h1>",
        f"<p class=about>{escape(_about(result, about))}</p>",
        *(_table(metrics, spread) if result.scored else ()),
        legend(),
        *(part for name, calls in _sections(result).items() for part in _section(name, calls, act_below)),
    ]
    style = style_sheet("tonewatch.models.degradation", STYLE)
    return html_page("Degradation report", style, "<main>", "\n".join(body), "</main>")


def _about(result: Result, about: About) -> str:
    hours = sum(one.duration_s for one in result.outcomes) / 3600
    voices = {one.truth.voice for one in result.scored if one.truth}
    config = about.config
    return (
        f"{len(result.outcomes)} calls, {hours:.2f} hours, {len(voices)} voices; "
        f"encoders: {', '.join(about.encoders)}; "
        f"{_rules(config)}. "
        "A hit dates the onset within 6 s and fires within the degraded stretch; every other alert is false. "
        "Delay counts up to the end of the pause that closed the segment. Ranges: 95 % over voices drawn again."
    )


def _act_below(config: ToneConfig) -> float:
    """The tone under which an alert asks to act; -1 where no rule has such a limit."""
    limits = [rule.act_below for rule in about_tone(config.rules.for_queue("")) if rule.act_below is not None]
    return max(limits, default=-1.0)


def _rules(config: ToneConfig) -> str:
    """The rules on the tone, in words."""
    return "; ".join(
        f"{rule.name} fires at a probability of {rule.fire:g}, clears below {rule.clear:g}"
        for rule in about_tone(config.rules.for_queue(""))
    )


def _table(metrics: Summary, spread: Intervals) -> Iterator[str]:
    heads = "".join(f"<th scope=col>{title}" for title in ("", "calls", *TITLES.values()))
    yield f"<div class=wide><table><thead><tr>{heads}</thead>"
    groups = (
        [("overall", "overall", metrics.overall)],
        [(kind, f"kind {kind}", one) for kind, one in metrics.per_kind.items()],
        [(corpus, f"corpus {corpus}", one) for corpus, one in metrics.per_corpus.items()],
    )
    for group in groups:
        yield "<tbody>" + "".join(_row(title, one, spread.get(key, {})) for title, key, one in group) + "</tbody>"
    yield "</table></div>"


def _row(title: str, one: DegradationMetrics, spread: Mapping[str, Interval | None]) -> str:
    cells = "".join(_cell(getattr(one, name), spread.get(name)) for name in RATES)
    return f"<tr><th scope=row>{escape(title)}<td>{one.calls}{cells}</tr>"


def _cell(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "<td class=none>\u2013"
    shown = "" if interval is None else f"<small>{interval[0]:.2f} \u2013 {interval[1]:.2f}</small>"
    return f"<td>{value:.2f}{shown}"


def _sections(result: Result) -> dict[str, list[Outcome]]:
    """Calls by kind; those with a wrong outcome first, because the page is opened for them."""
    sections: dict[str, list[Outcome]] = {}
    for one in result.outcomes:
        sections.setdefault(one.kind or "no truth known", []).append(one)
    return {name: sorted(calls, key=lambda one: (not _wrong(one), one.file)) for name, calls in sections.items()}


def _wrong(one: Outcome) -> bool:
    missed = one.stretch is not None and one.hit is None
    return missed or any(alert.verdict == "false" for alert in one.alerts) or (one.recovers and not one.recovered)


def _section(name: str, calls: Sequence[Outcome], fire: float) -> Iterator[str]:
    wrong = sum(_wrong(one) for one in calls)
    scored = any(one.truth for one in calls)
    counted = f"{len(calls)} calls, {wrong} not as they should be" if scored else f"{len(calls)} calls"
    yield f"<details open><summary><h2>{escape(name)}</h2> <span>{counted}</span></summary><div class=calls>"
    yield from (_card(one, fire) for one in calls)
    yield "</div></details>"


def _card(one: Outcome, fire: float) -> str:
    mark = "wrong" if _wrong(one) else "right"
    alerts = "" if one.truth else "".join(_alert_text(alert) for alert in one.alerts)
    return (
        f'<figure class="{mark if one.truth else "plain"}"><figcaption><b>{escape(one.file)}</b> '
        f"{escape(verdict(one))}</figcaption>{chart(one, fire)}{alerts}</figure>"
    )


def _alert_text(alert: Raised) -> str:
    """An alert without a verdict, with its sentence and what the caller said around it."""
    words = "".join(f"<li>{said.start_s:.1f} s: {escape(said.text)}" for said in alert.words)
    return (
        f"<p class=alert-text>Dated {alert.onset_s:.1f} s, fired {alert.fired_s:.1f} s: {escape(alert.sentence)}</p>"
        f"<ul class=words>{words}</ul>"
    )


def verdict(one: Outcome) -> str:
    """The outcome of a call in a few words."""
    if one.truth is None:
        return f"{len(one.alerts)} alerts"
    parts = []
    if one.stretch is not None and one.hit is None:
        parts.append("missed")
    elif one.stretch is not None and one.hit is not None:
        off_s = one.hit.onset_s - one.stretch[0]
        dated = "to the second" if abs(off_s) < 0.5 else f"{abs(off_s):.1f} s {'early' if off_s < 0 else 'late'}"
        parts.append(f"found after {one.hit.fired_s - one.stretch[0]:.1f} s, dated {dated}")
    parts += [f"false: {alert.why}" for alert in one.alerts if alert.verdict == "false"]
    if one.recovers:
        parts.append("recovery found" if one.recovered else "recovery not found")
    return "; ".join(parts) or "no alert, as it should be"
