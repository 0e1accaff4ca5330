"""Tables of the page: metrics by manifest, the rows side by side, the clips that were left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tonewatch.models.evaluation.record import Evaluation, Standing
from tonewatch.models.evaluation.results import Result
from tonewatch.models.pages.svg import tag, words
from tonewatch.models.pages.wording import interval, milliseconds, short

LISTED = 200
"""Unreadable clips that the page names; the JSON names all."""


def manifests(found: Evaluation) -> str:
    head = (
        "manifest",
        "clips",
        "voices",
        "recall",
        "95 %",
        "angry AUC",
        "against happy",
        "ECE",
        "abstained",
        "ms a clip",
    )
    rows = [_row(name, _metrics(one)) for name, one in found.main.manifests.items()]
    if found.main.overall is not None and len(rows) > 1:
        rows.append(_row("all clips", _metrics(found.main.overall), class_="all"))
    return _table(head, rows)


def standings(found: Evaluation) -> str:
    """Unweighted recall of every row on every set, and further metrics over all clips."""
    head = ("recall", *found.sets, "all clips", "angry AUC", "ECE", "ms a clip")
    return _table(head, [_standing(one, found.sets) for one in found.rows])


def left_out(found: Evaluation) -> str:
    """'' where no clip was left out."""
    rows = [
        _row(name, (f"{count} clips", "no label among these classes"))
        for name, count in found.unlabelled.items()
        if count
    ]
    reasons = Counter((one.manifest, one.reason) for one in found.unreadable)
    rows += [_row(manifest, (f"{count} clips", reason)) for (manifest, reason), count in reasons.most_common()]
    listed = [_row(one.manifest, (one.path, one.reason)) for one in found.unreadable[:LISTED]]
    tables = _table(("manifest", "left out", "because"), rows, class_="listing") if rows else ""
    if listed:
        summary = tag("summary", words(f"the {len(listed)} clips that could not be read"))
        tables += tag("details", summary, _table(("manifest", "clip", "because"), listed, class_="listing"))
    return tables


def _metrics(one: Result) -> tuple[str, ...]:
    return (
        f"{one.clips}",
        f"{one.speakers}",
        short(one.unweighted_recall, 3),
        interval(one.unweighted_recall_interval),
        short(one.angry_auc, 3),
        short(one.angry_happy_auc, 3),
        short(one.ece, 3),
        short(one.abstained, 3),
        milliseconds(one.seconds_per_clip),
    )


def _standing(one: Standing, sets: Sequence[str]) -> str:
    knowing = " (knows the speaker’s other clips)" if one.row.knows_speaker else ""
    name = tag("th", words(one.row.name), tag("small", words(one.row.about + knowing)), scope="row")
    if one.overall is None:
        return tag("tr", name, tag("td", words(f"not there: {one.row.missing}"), class_="text", colspan=len(sets) + 4))
    recalls = [short(one.manifests[set_].unweighted_recall, 3) for set_ in sets]
    whole = one.overall
    cells = (*recalls, short(whole.unweighted_recall, 3), short(whole.angry_auc, 3), short(whole.ece, 3))
    return tag("tr", name, *(tag("td", words(cell)) for cell in (*cells, milliseconds(whole.seconds_per_clip))))


def _row(name: str, cells: Sequence[str], class_: str | None = None) -> str:
    head = tag("th", words(name), scope="row")
    return tag("tr", head, *(tag("td", words(cell)) for cell in cells), class_=class_)


def _table(head: Sequence[str], rows: Sequence[str], class_: str | None = None) -> str:
    names = tag("thead", tag("tr", *(tag("th", words(one), scope="col") for one in head)))
    return tag("div", tag("table", names, tag("tbody", *rows), class_=class_), class_="card wide", tabindex="0")
