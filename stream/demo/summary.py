"""What came, beside what was expected; the exit status of the demo is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tonewatch.stream.demo.screen import delay_words, plural, tenths
from tonewatch.stream.demo.state import AlertLine, Status
from tonewatch.stream.demo.truth import REACH_S, Truth

EARLY_S = 6.0
LATE_S = REACH_S
"""An alert on the tone has found the true onset when it dates it at most so long before or after."""

Outcome = Literal["as expected", "missing", "early", "late", "unexpected", "not reached", "no truth"]

_STYLES: dict[Outcome, str] = {
    "missing": "bold red",
    "early": "bold red",
    "late": "bold red",
    "unexpected": "bold red",
    "not reached": "yellow",
    "no truth": "dim",
}


@dataclass(frozen=True)
class Verdict:
    """One call: what was expected of it and what came."""

    title: str
    expected: bool | None
    truth_onset_s: float | None
    alerts: tuple[AlertLine, ...]
    outcome: Outcome

    @property
    def came(self) -> str:
        """The alerts in words: their states in order, the onset beside the true one, who gave the reason."""
        return "; ".join(map(self._alert_words, self.alerts)) or "none"

    def _alert_words(self, alert: AlertLine) -> str:
        onset_s = tenths(alert.onset_s)
        words = f"{' > '.join(alert.states)} at {onset_s:.1f} s"
        if self.truth_onset_s is not None:
            off = _off(alert, self.truth_onset_s)
            words += f" ({onset_s - tenths(self.truth_onset_s):+.1f} s{f', {off}' if off else ''})"
        return f"{words}, reason by {alert.source}" if alert.source else words


@dataclass(frozen=True)
class Timings:
    """Seconds from the start of the command, and of the replay."""

    ready_s: float | None = None
    first_tone_s: float | None = None
    first_alert_s: float | None = None


@dataclass(frozen=True)
class Summary:
    """The end of a run. `problems` is empty when all is as it should be."""

    verdicts: tuple[Verdict, ...]
    problems: tuple[str, ...]
    status: Status
    timings: Timings

    @property
    def exit_status(self) -> int:
        return 1 if self.problems else 0


def judge(truth: Truth, alerts: Sequence[AlertLine], *, watched_s: float, speed: float) -> Verdict:
    """One call; an alert that ended as withdrawn, or never came to fire, counts as not raised."""
    raised = [alert for alert in alerts if alert.state not in ("pending", "withdrawn")]
    return Verdict(
        truth.title or truth.stem,
        truth.expected_alert,
        truth.onset_s,
        tuple(alerts),
        _outcome(truth, raised, is_reached=truth.reached(watched_s, speed)),
    )


def _outcome(truth: Truth, raised: Sequence[AlertLine], *, is_reached: bool) -> Outcome:
    """An early alert is false, whatever comes later; a late one is, where no other found the onset."""
    if not truth.expected_alert:
        return "unexpected" if raised else "as expected"
    off = [_off(alert, truth.onset_s) for alert in raised]
    if "early" in off:
        return "early"
    if "" in off:
        return "as expected"
    if off:
        return "late"
    return "missing" if is_reached else "not reached"


def _off(alert: AlertLine, truth_onset_s: float | None) -> Literal["early", "late", ""]:
    """Turn-taking has times of its own: the truth dates the tone."""
    if truth_onset_s is None or alert.cause != "tone":
        return ""
    late_s = alert.onset_s - truth_onset_s
    return "early" if late_s < -EARLY_S else "late" if late_s > LATE_S else ""


def summarise(
    truths: Sequence[Truth],
    call_id: dict[str, str],
    status: Status,
    *,
    watched_s: float,
    speed: float,
    timings: Timings,
    failures: Sequence[str] = (),
) -> Summary:
    """`call_id` names the call of each file (none was started yet: not there); `failures` are processes that did not
    do their work. Alerts of calls that are not in `call_id` are shown, not judged.
    """
    by_call: dict[str, list[AlertLine]] = {}
    for alert in status.alerts:
        by_call.setdefault(alert.call_id, []).append(alert)
    verdicts = [
        judge(truth, by_call.pop(call_id.get(truth.file, ""), ()), watched_s=watched_s, speed=speed) for truth in truths
    ]
    if status.is_own:
        verdicts = [
            Verdict(Path(file).stem, None, None, tuple(by_call.pop(call, ())), "no truth")
            for file, call in call_id.items()
        ]
    verdicts += [Verdict(alerts[0].title, None, None, tuple(alerts), "no truth") for alerts in by_call.values()]
    problems = [*failures, *_problems(verdicts)]
    if status.segments == 0:
        problems.append("No segment reached the board.")
    return Summary(tuple(verdicts), tuple(problems), status, timings)


def _problems(verdicts: Sequence[Verdict]) -> list[str]:
    problems = [f"{v.title}: an alert was expected and none came." for v in verdicts if v.outcome == "missing"]
    problems += [f"{v.title}: no alert was expected, but one came." for v in verdicts if v.outcome == "unexpected"]
    problems += [
        f"{v.title}: an alert came more than {EARLY_S:g} s before anything changes."
        for v in verdicts
        if v.outcome == "early"
    ]
    problems += [f"{v.title}: the alert came more than {LATE_S:g} s late." for v in verdicts if v.outcome == "late"]
    expected = [v for v in verdicts if v.expected]
    if expected and all(v.outcome == "not reached" for v in expected):
        problems.append("No expected alert was reached: give the demo more --seconds.")
    return problems


def render_summary(summary: Summary, *, judged: bool = True) -> RenderableType:
    """One screen; `judged` False leaves out whether all is as expected, for a run that was ended by hand."""
    status = summary.status
    numbers = (
        f"End of speech to board {delay_words(status.delays)}; {status.calls.at_once} calls at once; "
        f"{status.segments} segments; {plural(status.dead_letters, 'dead letter', 'dead letters')}; {status.shed} shed."
    )
    parts: list[RenderableType] = [
        Text(),
        _verdict_table(summary),
        Text(),
        Text(numbers),
        Text(_timing_words(summary.timings)),
    ]
    if judged and summary.problems:
        head = "Not as it should be:" if status.is_own else "Not as expected:"
        parts.append(Text("\n".join((head, *summary.problems)), style="bold red"))
    elif judged and not status.is_own:
        parts.append(Text("As expected.", style="bold green"))
    return Group(*parts)


def _verdict_table(summary: Summary) -> Table:
    if summary.status.is_own:
        return _own_table(summary)
    table = Table("call", "expected", "came", "", box=None, header_style="dim")
    for verdict in summary.verdicts:
        outcome = Text(verdict.outcome, style=_STYLES.get(verdict.outcome, "green"))
        table.add_row(Text(verdict.title), _expected_words(verdict), Text(verdict.came), outcome)
    return table


def _own_table(summary: Summary) -> Table:
    """Nothing is expected of recordings of which nobody said what they hold."""
    table = Table("call", "alerts", box=None, header_style="dim")
    for verdict in summary.verdicts:
        table.add_row(Text(verdict.title), Text(verdict.came))
    return table


def _expected_words(verdict: Verdict) -> str:
    if verdict.expected is None:
        return "?"
    if not verdict.expected:
        return "none"
    return f"alert at {tenths(verdict.truth_onset_s):.1f} s" if verdict.truth_onset_s is not None else "alert"


def _timing_words(timings: Timings) -> str:
    named = (
        ("all processes ready", timings.ready_s),
        ("first tone on the board", timings.first_tone_s),
        ("first alert", timings.first_alert_s),
    )
    known = [f"{name} after {tenths(seconds):.1f} s" for name, seconds in named if seconds is not None]
    return ("Since the command was given: " + ", ".join(known) + ".") if known else ""
