"""`tonewatch rules`: check a file of rules, print its schema, and try it on recorded calls before it goes live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, listen_all, open_listening
from tonewatch.models.degradation.options import LISTENED, EncoderFile, Jobs, ListenedFolder, MixedReason, Weights
from tonewatch.models.degradation.raised_alerts import raised_on
from tonewatch.models.degradation.tune_command import tune
from tonewatch.stream.messages import Alert
from tonewatch.stream.rules.file import read_rules, schema
from tonewatch.stream.rules.model import Rule
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.workers.encoder import WeightsSet

rules = typer.Typer(
    help="Alert rules: check a file, try it on recorded calls, tune it by verdicts, print its schema.",
    no_args_is_help=True,
)
rules.command("tune")(tune)

_out = Console()


@dataclass(frozen=True)
class Tried:
    """One alert that the rules raised on a recorded call, as it stood at the end."""

    call: str
    alert: Alert
    events: tuple[str, ...]


@rules.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The YAML file of rules.")],
    queue: Annotated[str, typer.Option(help="Show what holds for this queue.")] = "",
) -> None:
    """Name the errors in a file of rules, by line, or list the rules that result from it."""
    found = read_rules(file)
    _out.print(f"{file} is sound.")
    _out.print(_rules_table(found.for_queue(queue)))


@rules.command("schema")
def print_schema() -> None:
    """Print the file's JSON Schema, for editors that check while one types."""
    typer.echo(schema())


@rules.command("try")
def try_rules(
    file: Annotated[Path, typer.Argument(help="The YAML file of rules.")],
    calls: Annotated[Path, typer.Option(help="Folder of recorded calls.")],
    queue: Annotated[str, typer.Option(help="Take the calls for calls of this queue.")] = "",
    encoder: EncoderFile = None,
    weights: Weights = WeightsSet.FULL,
    cache: ListenedFolder = LISTENED,
    jobs: Jobs = 1,
    mixed_reason: MixedReason = "",
) -> None:
    """Run recorded calls through the code that runs live, with these rules, and list what they raise."""
    wanted = read_rules(file)
    listening = open_listening(encoder, None, cache, weights=weights, analyse_mixed=bool(mixed_reason), jobs=jobs)
    listened = listen_all(find_calls(calls), listening)
    configs, default_configs = (listening.configs(config) for config in (ToneConfig(rules=wanted), ToneConfig()))
    tried = [one for call in listened for one in raised(call, configs(call), queue)]
    before = [one for call in listened for one in raised(call, default_configs(call), queue)]
    _out.print(_tried_table(tried))
    hours = sum(call.duration_s for call in listened) / 3600
    _out.print(f"{len(listened)} calls, {hours:.2f} h, by {listening.encoder.name}. {_counted(tried, hours)}")
    _out.print(f"With the built-in rules: {_counted(before, hours)}")


def raised(call: ListenedCall, config: ToneConfig, queue: str) -> Iterator[Tried]:
    """The alerts of one call, each as it stood at the end; pending ones that came to nothing are left out."""
    for one in raised_on(call.messages, config, queue):
        yield Tried(call.name, one.alert, one.events)


def _counted(tried: Sequence[Tried], hours: float) -> str:
    counts = Counter(one.alert.rule for one in tried)
    named = ", ".join(f"{n} {rule}" for rule, n in counts.most_common()) or "none"
    return f"{len(tried)} alerts, {len(tried) / hours:.1f} an hour: {named}." if hours else f"{len(tried)} alerts."


def _tried_table(tried: Sequence[Tried]) -> Table:
    table = Table("call", "rule", "severity", "onset s", "fired s", "over s", "why", box=None, header_style="dim")
    for one in tried:
        alert = one.alert
        over = f"{alert.resolved_ms / 1000:.1f}" if alert.resolved_ms is not None else ""
        names = "+".join((alert.rule, *alert.also))
        table.add_row(
            one.call,
            names,
            alert.severity,
            f"{alert.onset_ms / 1000:.1f}",
            f"{alert.fired_ms / 1000:.1f}",
            f"{over} {alert.resolved_by}".strip(),
            alert.sentence,
        )
    return table


def _rules_table(those: Sequence[Rule]) -> Table:
    table = Table("rule", "severity", "fires", "over", box=None, header_style="dim")
    for rule in those:
        table.add_row(rule.name, rule.severity, rule.fires_when(), rule.clears_when())
    return table
