"""`tonewatch rules tune`: what other thresholds would have done, by what people said of alerts. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tonewatch.models.degradation.archived_calls import cause_of, judged_calls, read_verdicts
from tonewatch.models.degradation.tuning import JudgedCall, Share, Tried, proposed, rate_interval, tried
from tonewatch.stream.archive.store import connect
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Segment
from tonewatch.stream.rules.file import read_rules
from tonewatch.stream.rules.model import Patch, Rule, RuleSet
from tonewatch.stream.settings import ArchiveSettings, load
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import weights_folder

GRIDS: Final[dict[str, tuple[float, ...]]] = {
    "fire": (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    "count": (2, 3, 4, 5, 6, 8),
    "silence_s": (10, 15, 20, 30, 40),
    "evidence_s": (0.4, 0.8, 1.6, 3.2),
    "drop": (0.4, 0.6, 0.8, 1.0, 1.2),
}

NOT_REPLAYED: Final = (
    "Cannot be replayed, and is in none of these figures: calls without alert and verdict that were not of the random "
    "sample (their measurements are forgotten an hour after their end); what is not measured (another encoder, other "
    "segments, words that were not transcribed); earlier calls of known callers; and what people did with an alert. "
    "Precision and recall are of the calls that were kept, not of all: alerts chose them. The rate an hour is of the "
    "sample alone."
)

_SQLITE: Final = b"SQLite format 3\x00"

_out = Console()


def tune(
    rule: Annotated[str, typer.Argument(help="Name of the rule.")],
    verdicts: Annotated[
        str,
        typer.Option(
            help="An archive (a database's URL, or an SQLite file), or a file of verdict records, one a line, on the "
            "calls of TONEWATCH_DATABASE. Without it: the archive of TONEWATCH_DATABASE."
        ),
    ] = "",
    rules: Annotated[Path | None, typer.Option(help="The YAML file of rules that hold now.")] = None,
    setting: Annotated[str, typer.Option(help="Which of its settings: fire, count, silence_s, evidence_s, drop.")] = "",
    values: Annotated[str, typer.Option(help="Values to try, by commas.")] = "",
    queue: Annotated[str, typer.Option(help="Calls of this queue, and its rules.")] = "",
    most_loss: Annotated[float, typer.Option(min=0, max=1, help="Share of due moments that may be lost.")] = 0.05,
) -> None:
    """Replay kept calls with other thresholds, count what people said of the alerts, and propose one."""
    now = RuleSet() if rules is None else read_rules(rules)
    held = _rule(now, rule, queue)
    named = setting or next((name for name in GRIDS if hasattr(held, name)), "")
    if named not in GRIDS or not hasattr(held, named):
        raise SettingsError(f"--setting {named}: a rule of kind {held.kind} has {', '.join(_settings(held))}.")
    calls = _calls(verdicts, held, queue)
    weights = _Weights.shipped()
    at = float(getattr(held, named))
    wanted = sorted({at, *(_numbers(values) if values else GRIDS[named])})
    found = {value: _try(value, rule, named, now, queue, calls, weights) for value in wanted}
    _out.print(_table(found.values(), at, named))
    _tell(calls, weights)
    best = proposed(found[at], [one for one in found.values() if one.value != at], most_loss)
    _out.print(_proposal(best, found[at], rule, named, queue), soft_wrap=True)


@dataclass(frozen=True)
class _Weights:
    """What judges segments against the caller's baseline, by the encoder that heard them."""

    heads: dict[str, ToneConfig]
    bare: ToneConfig

    @classmethod
    def shipped(cls) -> _Weights:
        folder = weights_folder()
        bare = ToneConfig(manners=manners_in(folder))
        loaded = [load_head(file) for file in sorted(folder.glob("*-relative.npz"))]
        return cls({head.space: replace(bare, relative=head) for head in loaded}, bare)

    def config(self, call: JudgedCall) -> ToneConfig:
        return self.heads.get(space_of(call), self.bare)


def space_of(call: JudgedCall) -> str:
    """Of the embeddings of its segments; '' where none has one."""
    return next((one.space for one in call.messages if isinstance(one, Segment) and one.space), "")


def _try(
    value: float, rule: str, setting: str, now: RuleSet, queue: str, calls: Sequence[JudgedCall], weights: _Weights
) -> Tried:
    changed = with_value(now, rule, setting, value, queue)
    config: Callable[[JudgedCall], ToneConfig] = lambda call: replace(weights.config(call), rules=changed)  # noqa: E731
    return tried(value, rule, calls, config, queue)


def with_value(rules: RuleSet, rule: str, setting: str, value: float, queue: str = "") -> RuleSet:
    """The rules with one setting changed: for all calls but where a team or queue says otherwise, or for one queue."""
    number = int(value) if setting == "count" else value
    layer = rules.file.queues.get(queue, {}) if queue else rules.file.rules
    patch = msgspec.structs.replace(layer.get(rule, Patch()), **{setting: number})
    changed = {**layer, rule: patch}
    if not queue:
        return RuleSet(msgspec.structs.replace(rules.file, rules=changed))
    # Of several names that fit a queue the last one wins.
    others = {name: patches for name, patches in rules.file.queues.items() if name != queue}
    return RuleSet(msgspec.structs.replace(rules.file, queues={**others, queue: changed}))


def _rule(rules: RuleSet, name: str, queue: str) -> Rule:
    found = {rule.name: rule for rule in rules.for_queue(queue)}
    if name not in found:
        raise SettingsError(f"There is no rule {name} that is enabled: {', '.join(found)}.")
    return found[name]


def _settings(rule: Rule) -> list[str]:
    return [name for name in GRIDS if hasattr(rule, name)]


def _numbers(values: str) -> list[float]:
    try:
        return [float(value) for value in values.split(",")]
    except ValueError as error:
        raise SettingsError(f"--values {values}: not numbers parted by commas.") from error


def _calls(verdicts: str, rule: Rule, queue: str) -> list[JudgedCall]:
    settings = load(ArchiveSettings)
    address, given = settings.database, None
    if "://" in verdicts:
        address = verdicts
    elif verdicts and _is_sqlite(Path(verdicts)):
        address = f"sqlite:///{verdicts}"
    elif verdicts:
        given = read_verdicts(Path(verdicts))
    password = settings.database_password_file if address == settings.database else ""
    engine = connect(address, password)
    try:
        calls = judged_calls(engine, cause_of(rule.kind), given)
    finally:
        engine.dispose()
    wanted = [call for call in calls if not queue or queue_of(call) == queue]
    if not wanted:
        raise SettingsError("The archive has measurements of no such call: see TONEWATCH_ARCHIVE_MEASURED.")
    return wanted


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise SettingsError(f"--verdicts {path}: cannot be read ({error.strerror}).") from error


def queue_of(call: JudgedCall) -> str:
    """As its own records say."""
    told = [getattr(message, "call", None) for message in call.messages]
    return next((one.queue for one in told if one is not None and one.queue), "")


def _table(found: Iterable[Tried], at: float, setting: str) -> Table:
    table = Table(setting, "alerts", "right", "precision", "found", "nobody judged", "an hour", box=None)
    for one in found:
        mark = f"{one.value:g}{' now' if one.value == at else ''}"
        right = f"{one.precision.hits} of {one.precision.count}"
        shares = (_share(one.precision), _share(one.found))
        table.add_row(mark, str(one.alerts), right, *shares, str(one.unknown), _rate(one))
    return table


def _share(share: Share) -> str:
    if share.value is None:
        return "-"
    low, high = share.interval
    return f"{share.value:.2f} ({low:.2f} to {high:.2f})"


def _rate(one: Tried) -> str:
    if not one.sampled_h:
        return "-"
    low, high = rate_interval(one.sampled_alerts, one.sampled_h)
    return f"{one.sampled_alerts / one.sampled_h:.1f} ({low:.1f} to {high:.1f})"


def _tell(calls: Sequence[JudgedCall], weights: _Weights) -> None:
    sampled = [call for call in calls if call.sampled]
    hours = sum(call.duration_s for call in sampled) / 3600
    strange = sum(space_of(call) not in weights.heads for call in calls)
    alerts, marks = sum(len(call.moments) for call in calls), sum(len(call.missed_ms) for call in calls)
    _out.print(
        f"{len(calls)} calls, {len(sampled)} of them of the random sample ({hours:.2f} h); {alerts} judged alerts, "
        f"{marks} marks of what was missed, {sum(call.is_whole for call in calls)} calls judged whole.",
        soft_wrap=True,
    )
    if strange:
        _out.print(f"{strange} calls were heard by weights that are not here: they are judged by the encoder alone.")
    _out.print(NOT_REPLAYED, soft_wrap=True, style="dim")


def _proposal(best: Tried | None, now: Tried, rule: str, setting: str, queue: str) -> str:
    if not now.precision.count:
        return "Nobody judged an alert of this rule that would fire now: nothing is proposed."
    if best is None:
        return "Nothing is proposed: no value is surely more precise without losing more than it may."
    patch = f"{rule}: {{{setting}: {best.value:g}}}"
    where = f"queues:\n  {queue}:\n    {patch}" if queue else f"rules:\n  {patch}"
    overlap = best.precision.interval[0] <= now.precision.interval[1]
    chance = " The intervals overlap: it may be chance." if overlap else ""
    return f"Proposed, for a person to decide:{chance}\n\nversion: 1\n{where}"
