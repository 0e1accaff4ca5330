"""Status -> what the terminal shows. Nothing here reads a clock, a socket or a file."""

from __future__ import annotations

import math

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tonewatch.stream.demo.state import AlertLine, Delays, Status

_STATE_STYLES = {
    "running": "green",
    "done": "dim",
    "stopped": "dim",
    "waiting": "dim",
    "starting": "yellow",
    "restarting": "yellow",
    "failed": "bold red",
    "firing": "bold red",
    "confirmed": "bold red",
    "withdrawn": "dim",
    "resolved": "green",
}
NOTES_SHOWN = 6


def render(status: Status) -> RenderableType:
    """The whole live view."""
    side_by_side = Table.grid(padding=(0, 3))
    side_by_side.add_row(_processes(status), _flows(status))
    parts: list[RenderableType] = [_head(status), side_by_side, _numbers(status)]
    if status.alerts:
        parts.append(_alerts(status))
    parts.extend(Text(note, style="yellow") for note in status.notes[-NOTES_SHOWN:])
    return Panel(Group(*parts), title="Tonewatch demo", subtitle="Ctrl-C stops all of it", border_style="dim")


def line(status: Status) -> str:
    """The status in one plain line, for a log."""
    down = [p.name for p in status.processes if p.state in ("restarting", "failed")]
    lags = " ".join(f"{group.name.removeprefix('tonewatch-')}={_lag(group.lag)}" for group in status.groups)
    rate = sum(flow.per_s for flow in status.topics)
    calls = status.calls
    parts = [
        f"{math.floor(status.elapsed_s):5d} s {status.phase}",
        f"calls {calls.live} live, {calls.not_analysed} not analysed, {calls.ended} ended",
        f"segments {status.segments}",
        f"alerts {len(status.alerts)}",
        f"{rate:.0f} records/s",
        f"lag {lags}" if lags else "",
        f"to the board {delay_words(status.delays)}",
        f"down: {', '.join(down)}" if down else "",
    ]
    return " | ".join(part for part in parts if part)


def delay_words(delays: Delays) -> str:
    """`p50 0.61 s, p95 1.10 s (57)`, or that nothing was measured."""
    if delays.p50_ms is None or delays.p95_ms is None:
        return "not measured"
    return f"p50 {delays.p50_ms / 1000:.2f} s, p95 {delays.p95_ms / 1000:.2f} s ({delays.count})"


def tenths(seconds: float) -> float:
    """Cut off, not rounded, as the board's clocks are: 47.96 s are 0:47 there, and 47.9 s here."""
    return math.floor(10 * seconds + 1e-9) / 10


def plural(count: int, single: str, several: str) -> str:
    return f"{count} {single if count == 1 else several}"


def _head(status: Status) -> Text:
    limit = f" of {status.limit_s:.0f}" if status.limit_s is not None else ""
    text = Text.assemble("Board ", (status.address, "bold underline"), f"   {status.phase}, ")
    whose = "The calls are yours." if status.is_own else "The calls are synthetic."
    return text.append(f"{math.floor(status.elapsed_s)}{limit} s. {whose}", style="dim")


def _processes(status: Status) -> Table:
    table = Table("process", "state", "pid", "up", "restarts", box=None, header_style="dim")
    for process in status.processes:
        table.add_row(
            process.name,
            Text(process.state, style=_STATE_STYLES.get(process.state, "")),
            str(process.pid or ""),
            f"{math.floor(process.uptime_s)} s" if process.pid else "",
            str(process.restarts or ""),
        )
    return table


def _flows(status: Status) -> Table:
    table = Table("topic", "records/s", "records", box=None, header_style="dim")
    for flow in status.topics:
        table.add_row(flow.name, f"{flow.per_s:.1f}", str(flow.records))
    table.add_section()
    table.add_row(Text("consumer group", style="dim"), Text("lag", style="dim"), "")
    for group in status.groups:
        table.add_row(group.name, _lag(group.lag), "" if group.members == "Stable" else group.members.lower())
    return table


def _lag(lag: int | None) -> str:
    return "?" if lag is None else str(lag)


def _numbers(status: Status) -> Text:
    calls = status.calls
    return Text(
        f"\nCalls: {calls.live} live, {calls.not_analysed} not analysed, {calls.ended} ended. "
        f"End of speech to board: {delay_words(status.delays)}. "
        f"Dead letters {status.dead_letters}, shed {status.shed}."
    )


def _alerts(status: Status) -> Table:
    table = Table("alert", "state", "onset", "why", box=None, header_style="dim", title_justify="left")
    for alert in status.alerts:
        state = Text(alert.state, style=_STATE_STYLES.get(alert.state, ""))
        table.add_row(Text(alert.title), state, f"{tenths(alert.onset_s):.1f} s", Text(why(alert)))
    return table


def why(alert: AlertLine) -> str:
    """The reason with who wrote it."""
    return f"{alert.text} [{alert.source}]" if alert.source else alert.text
