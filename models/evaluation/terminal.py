"""The figures in a terminal."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tonewatch.models.evaluation.record import Evaluation, Standing
from tonewatch.models.evaluation.results import Result

SHOWN_UNREADABLE = 20


def show(found: Evaluation, out: Console) -> None:
    out.print(_manifests(found))
    if found.beside or found.peers:
        out.print(_rows(found))
    _left_out(found, out)


def _manifests(found: Evaluation) -> Table:
    subject = found.subject
    table = Table(
        "manifest", "clips", "recall", "95 %", "angry AUC", "ECE", "abstained", "ms a clip",
        title=f"{subject.name} {subject.version}, {subject.band} band, each clip alone",
    )  # fmt: skip
    for name, one in found.main.manifests.items():
        table.add_row(escape(name), *_cells(one))
    if found.main.overall is not None and len(found.sets) > 1:
        table.add_section()
        table.add_row("all clips", *_cells(found.main.overall))
    return table


def _cells(one: Result) -> tuple[str, ...]:
    interval = one.unweighted_recall_interval
    return (
        str(one.clips),
        share(one.unweighted_recall),
        f"{share(interval[0])}-{share(interval[1])}" if interval else "-",
        share(one.angry_auc),
        share(one.ece),
        share(one.abstained),
        "-" if one.seconds_per_clip is None else f"{1000 * one.seconds_per_clip:.0f}",
    )


def _rows(found: Evaluation) -> Table:
    table = Table("unweighted recall", *map(escape, found.sets), "all clips", "angry AUC", "ms a clip")
    for one in found.rows:
        name = f"{one.row.name} *" if one.row.knows_speaker else one.row.name
        table.add_row(name, *(_recalls(one, found) or (one.row.missing,)))
    table.caption = "* knows the speaker's other clips"
    return table


def _recalls(one: Standing, found: Evaluation) -> tuple[str, ...]:
    if one.overall is None:
        return ()
    recalls = [share(one.manifests[name].unweighted_recall) for name in found.sets]
    return (*recalls, share(one.overall.unweighted_recall), share(one.overall.angry_auc), _cells(one.overall)[-1])


def _left_out(found: Evaluation, out: Console) -> None:
    for name, count in found.unlabelled.items():
        if count:
            out.print(f"{name}: {count} clips without a label among these classes were left out", markup=False)
    if found.unreadable:
        reasons = Counter(one.reason for one in found.unreadable)
        told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        out.print(f"{len(found.unreadable)} clips could not be read: {told}")
    for one in found.unreadable[:SHOWN_UNREADABLE]:
        out.print(f"  {one.manifest}: {one.path}: {one.reason}", soft_wrap=True, markup=False)
    if len(found.unreadable) > SHOWN_UNREADABLE:
        out.print(f"  and {len(found.unreadable) - SHOWN_UNREADABLE} more, in the JSON and the report")


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
