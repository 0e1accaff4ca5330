"""One page that holds everything: the figures with their intervals, and each call's tone with truth and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path

from tonewatch.models.degradation.chart import chart, legend
from tonewatch.models.degradation.degradation_metrics import RATES, Figures, Interval, Summary
from tonewatch.models.degradation.outcome import Outcome, Raised, Result
from tonewatch.models.output import write_file
from tonewatch.stream.tone.alerts.tone_rules import about_tone
from tonewatch.stream.tone.config import ToneConfig

PAGE = "index.html"
STYLE = "report.css"

Intervals = Mapping[str, Mapping[str, Interval]]
"""By group ("overall", "kind happy", "corpus emodb"), then by figure."""

_TITLES = {
    "onset_precision": "precision",
    "onset_recall": "recall",
    "onset_f1": "F1",
    "delay_s_p50": "delay p50, s",
    "delay_s_p90": "delay p90, s",
    "onset_error_s_p50": "onset off by, s",
    "false_alerts_per_hour": "false an hour",
    "happy_alert_share": "happy alerted",
    "recovery_recall": "recovery found",
}


@dataclass(frozen=True)
class About:
    """What was run: names and versions of the weights that listened, and what the core was set to."""

    encoders: Sequence[str]
    config: ToneConfig


def write_report(folder: Path, figures: Summary, spread: Intervals, result: Result, about: About) -> Path:
    """Writes `index.html`; nothing else is needed to read it.

    Raises:
        StoreError: the folder cannot be written.
    """
    write_file(folder / PAGE, page(figures, spread, result, about).encode(), "the report", "--report")
    return folder / PAGE


def page(figures: Summary, spread: Intervals, result: Result, about: About) -> str:
    act_below = _act_below(about.config)
    style = (resources.files("tonewatch.models.degradation") / STYLE).read_text(encoding="utf-8")
    body = [
        "<h1>Where calls degrade, and what was alerted</h1>",
        f"<p class=about>{escape(_about(result, about))}</p>",
        *(_table(figures, spread) if result.scored else ()),
        legend(),
        *(part for name, calls in _sections(result).items() for part in _section(name, calls, act_below)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Degradation report</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{style}</style></head><body><main>'
        + "\n".join(body)
        + "</main></body></html>\n"
    )


def _about(result: Result, about: About) -> str:
    hours = sum(one.duration_s for one in result.outcomes) / 3600
    voices = {one.truth.voice for one in result.scored if one.truth}
    config = about.config
    return (
        f"{len(result.outcomes)} calls, {hours:.2f} hours, {len(voices)} voices; heard by {', '.join(about.encoders)}; "
        f"{_rules(config)}. "
        "A hit dates the onset within 6 s and fires before the degraded stretch ends; every other alert is false. "
        "Delay counts up to the end of the pause that closed the segment. Ranges: 95 % over voices drawn again."
    )


def _act_below(config: ToneConfig) -> float:
    """The tone under which an alert asks to act, where the rules say."""
    limits = [rule.act_below for rule in about_tone(config.rules.for_queue("")) if rule.act_below is not None]
    return max(limits, default=-1.0)


def _rules(config: ToneConfig) -> str:
    """What raises an alert on the tone."""
    return "; ".join(
        f"{rule.name} fires at a probability of {rule.fire:g}, clears below {rule.clear:g}"
        for rule in about_tone(config.rules.for_queue(""))
    )


def _table(figures: Summary, spread: Intervals) -> Iterator[str]:
    heads = "".join(f"<th scope=col>{title}" for title in ("", "calls", *(_TITLES[name] for name in RATES)))
    yield f"<div class=wide><table><thead><tr>{heads}</thead>"
    groups = (
        [("overall", "overall", figures.overall)],
        [(kind, f"kind {kind}", one) for kind, one in figures.per_kind.items()],
        [(corpus, f"corpus {corpus}", one) for corpus, one in figures.per_corpus.items()],
    )
    for group in groups:
        yield "<tbody>" + "".join(_row(title, one, spread.get(key, {})) for title, key, one in group) + "</tbody>"
    yield "</table></div>"


def _row(title: str, one: Figures, spread: Mapping[str, Interval]) -> str:
    cells = "".join(_cell(getattr(one, name), spread.get(name)) for name in RATES)
    return f"<tr><th scope=row>{escape(title)}<td>{one.calls}{cells}</tr>"


def _cell(value: float | None, interval: Interval) -> str:
    if value is None:
        return "<td class=none>\u2013"
    shown = "" if interval is None else f"<small>{interval[0]:.2f} \u2013 {interval[1]:.2f}</small>"
    return f"<td>{value:.2f}{shown}"


def _sections(result: Result) -> dict[str, list[Outcome]]:
    """Calls by kind; those that went wrong first, because they are what the page is opened for."""
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
    told = "" if one.truth else "".join(_told(alert) for alert in one.alerts)
    return (
        f'<figure class="{mark if one.truth else "plain"}"><figcaption><b>{escape(one.file)}</b> '
        f"{escape(verdict(one))}</figcaption>{chart(one, fire)}{told}</figure>"
    )


def _told(alert: Raised) -> str:
    """An alert without a verdict, with its sentence and what the caller said around it."""
    words = "".join(f"<li>{said.start_s:.1f} s: {escape(said.text)}" for said in alert.words)
    return (
        f"<p class=told>Dated {alert.onset_s:.1f} s, fired {alert.fired_s:.1f} s: {escape(alert.sentence)}</p>"
        f"<ul class=words>{words}</ul>"
    )


def verdict(one: Outcome) -> str:
    """What became of a call, in a few words."""
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
