"""`tonewatch compare`: does a shadow say the same as the live model?"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.settings import KafkaSettings, MonitorSettings, load
from tonewatch.stream.shadow.comparison import ONSET_TOLERANCE_MS, Comparison, Distribution, Raised, compare
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.shadow.topic_reader import read_sides

HOUR_MS = 3_600_000
SHOWN = 20
"""Alerts of one side that are listed; the JSON has all."""

_out = Console(highlight=False)


def compare_command(
    name: Annotated[str, typer.Argument(help="The shadow, as TONEWATCH_SHADOW names it.")],
    kafka: KafkaOption = None,
    hours: Annotated[float, typer.Option(help="How far back; 0: all that Kafka keeps.", min=0)] = 24.0,
    tolerance_ms: Annotated[
        int, typer.Option(help="Alerts with onsets no further apart are the same one.", min=0)
    ] = ONSET_TOLERANCE_MS,
    least_agreement: Annotated[
        float, typer.Option(help="End with status 1 below this share of alerts in both.", min=0, max=1)
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Compare the alerts and tones of a shadow with the live ones, on the calls that both heard."""
    settings = load(KafkaSettings, kafka=kafka)
    shadow = Shadow(load(MonitorSettings, shadow=name).shadow)
    since_ms = time.time_ns() // 1_000_000 - round(hours * HOUR_MS) if hours else 0
    found = compare(*asyncio.run(read_sides(settings, shadow, since_ms)), name, tolerance_ms=tolerance_ms)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _out.print(summary(found))
        for side, alerts in (("live", found.alerts_only_live), ("shadow", found.alerts_only_shadow)):
            if alerts:
                _out.print(listing(side, alerts))
    if found.agreement < least_agreement:
        raise typer.Exit(1)


def summary(found: Comparison) -> Table:
    """All figures; differences are shadow minus live."""
    shift = found.posterior_shift
    table = Table("shadow " + found.shadow, "")
    table.add_row("calls compared", str(found.calls_compared))
    table.add_row("calls only live, only shadow", f"{found.calls_only_live}, {found.calls_only_shadow}")
    table.add_row("calls that one side joined late", str(found.calls_joined_late))
    table.add_row("alerts in both", str(len(found.alerts_in_both)))
    table.add_row("alerts only live", str(len(found.alerts_only_live)))
    table.add_row("alerts only shadow", str(len(found.alerts_only_shadow)))
    table.add_row("agreement", f"{found.agreement:.3f}")
    table.add_row("onset difference, ms", _told(found.onset_difference_ms, 0))
    table.add_row("segments in both", str(found.segments_in_both))
    table.add_row("segments only live, only shadow", f"{found.segments_only_live}, {found.segments_only_shadow}")
    table.add_row("judged only live, only shadow", f"{found.judged_only_live}, {found.judged_only_shadow}")
    table.add_row("tone difference", _told(found.tone_difference, 3))
    means = ", ".join(f"{emotion} {mean:+.3f}" for emotion, mean in shift.mean_by_emotion.items())
    table.add_row("posterior, mean shift", means or "-")
    table.add_row("posterior, total variation", _figure(shift.total_variation, 3))
    table.add_row("another emotion is first in", _figure(shift.other_emotion, 3))
    table.add_row("delay live, ms", _told(found.delay_ms_live, 0))
    table.add_row("delay shadow, ms", _told(found.delay_ms_shadow, 0))
    return table


def listing(side: str, alerts: list[Raised]) -> Table:
    """The first alerts that only one side raised."""
    table = Table("call", "cause", "rule", "onset", "fired", "peak", title=f"only {side}")
    for alert in alerts[:SHOWN]:
        row = (f"{alert.onset_ms / 1000:.1f} s", f"{alert.fired_ms / 1000:.1f} s", f"{alert.peak_tone:.2f}")
        table.add_row(alert.call_id, alert.cause, alert.rule, *row)
    if len(alerts) > SHOWN:
        table.caption = f"and {len(alerts) - SHOWN} more: --json has all"
    return table


def _told(values: Distribution, digits: int) -> str:
    if not values.count:
        return "-"
    spread = ", ".join(f"p{share} {value:.{digits}f}" for share, value in values.quantiles.items())
    return f"mean {_figure(values.mean, digits)}, |mean| {_figure(values.mean_absolute, digits)}, {spread}"


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
