"""An evaluation in a terminal."""

from __future__ import annotations

from collections import Counter

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tonewatch.models.evaluation.record import Evaluation
from tonewatch.models.evaluation.results import Result
from tonewatch.models.pages.wording import interval, milliseconds, short

SHOWN_UNREADABLE = 20


def show(found: Evaluation, out: Console) -> None:
    subject = found.subject
    out.print(f"{subject.name} {subject.version}, {subject.band} band", style="bold", markup=False)
    out.print(_manifests(found))
    if found.beside or found.references:
        out.print(_rows(found))
        out.print("* knows the speaker's other clips; every other row judges each clip on its own", style="dim")
    for why in dict.fromkeys(one.row.missing for one in found.references if one.overall is None):
        names = ", ".join(one.row.name for one in found.references if one.row.missing == why)
        out.print(f"not there: {names}: {why}", soft_wrap=True, markup=False)
    _left_out(found, out)


def _manifests(found: Evaluation) -> Table:
    table = _table(found.main.row.name, "clips", "recall", "95 %", "angry AUC", "ECE", "abstained", "ms")
    for name, one in found.main.manifests.items():
        table.add_row(escape(name), *_cells(one))
    if found.main.overall is not None and len(found.sets) > 1:
        table.add_row("all clips", *_cells(found.main.overall), style="bold")
    return table


def _cells(one: Result) -> tuple[str, ...]:
    return (
        str(one.clips),
        short(one.unweighted_recall, 3),
        interval(one.unweighted_recall_interval),
        short(one.angry_auc, 3),
        short(one.ece, 3),
        short(one.abstained, 3),
        milliseconds(one.seconds_per_clip),
    )


def _rows(found: Evaluation) -> Table:
    sets = found.sets if len(found.sets) > 1 else ()
    table = _table("recall", *map(escape, sets), "all clips", "angry AUC", "ms")
    for one in found.rows:
        if one.overall is None:
            continue
        recalls = [one.manifests[name].unweighted_recall for name in sets] + [one.overall.unweighted_recall]
        cells = [short(share, 3) for share in (*recalls, one.overall.angry_auc)]
        name = f"{one.row.name} *" if one.row.knows_speaker else one.row.name
        table.add_row(name, *cells, milliseconds(one.overall.seconds_per_clip))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _left_out(found: Evaluation, out: Console) -> None:
    for name, count in found.unlabelled.items():
        if count:
            out.print(f"{name}: {count} clips without a label among these classes were left out", markup=False)
    if found.unreadable:
        reasons = Counter(one.reason for one in found.unreadable)
        counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        out.print(f"{len(found.unreadable)} clips could not be read: {counts}", soft_wrap=True)
    for one in found.unreadable[:SHOWN_UNREADABLE]:
        out.print(f"  {one.manifest}: {one.path}: {one.reason}", soft_wrap=True, markup=False)
    if len(found.unreadable) > SHOWN_UNREADABLE:
        out.print(f"  and {len(found.unreadable) - SHOWN_UNREADABLE} more, in the JSON and the report")
