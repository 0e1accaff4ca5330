"""The outcome of one evaluation, and its JSON: `{"overall": R, "manifests": {NAME: R}}` and further keys.

`overall` is made of all clips together, so a large manifest counts for more; `mean_over_manifests` gives each one the
same weight. R is `results.Result`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tonewatch.models.evaluation.emotion import Unread
from tonewatch.models.evaluation.results import Result, Row, mean_recall, result
from tonewatch.models.output import write_file


@dataclass(frozen=True)
class Standing:
    """A row with its metrics: over all clips together and for each manifest; neither where the row is missing."""

    row: Row
    overall: Result | None
    manifests: dict[str, Result]


@dataclass(frozen=True)
class Subject:
    """The model that was evaluated. `trained_on` names the corpora of its training, where its file says.

    `folded`: voices were judged by encoders of their own, which were trained without them.
    """

    name: str
    version: str
    file: str
    band: str
    trained_on: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Evaluation:
    """`main` is the subject's own reading, `beside` its other ones, `references` the reference systems.

    `sets` holds the manifests' names in order; `unlabelled` how many clips of each have no label.
    """

    subject: Subject
    sets: tuple[str, ...]
    main: Standing
    beside: tuple[Standing, ...]
    references: tuple[Standing, ...]
    unreadable: tuple[Unread, ...]
    unlabelled: dict[str, int]

    @property
    def rows(self) -> tuple[Standing, ...]:
        return (self.main, *self.beside, *self.references)


def standing(row: Row, sets: Sequence[str]) -> Standing:
    if row.answers is None:
        return Standing(row, None, {})
    return Standing(row, result(row.answers), {name: result(row.answers.of_set(name)) for name in sets})


def as_json(found: Evaluation) -> dict[str, object]:
    return {
        "overall": asdict(found.main.overall) if found.main.overall else None,
        "manifests": {name: asdict(one) for name, one in found.main.manifests.items()},
        "mean_over_manifests": {"unweighted_recall": mean_recall(list(found.main.manifests.values()))},
        "reading": {"name": found.main.row.name, "about": found.main.row.about},
        "model": {
            "name": found.subject.name,
            "version": found.subject.version,
            "file": found.subject.file,
            "folded": found.subject.folded,
        },
        "band": found.subject.band,
        "views": {one.row.name: _beside(one) for one in found.beside},
        "references": {one.row.name: _beside(one) for one in found.references},
        "unreadable": [asdict(one) for one in found.unreadable],
        "unlabelled": found.unlabelled,
    }


def write_json(found: Evaluation, file: Path) -> None:
    text = json.dumps(as_json(found), indent=2, ensure_ascii=False, allow_nan=False)
    write_file(file, f"{text}\n".encode(), "the metrics", "file by --json")


def _beside(one: Standing) -> dict[str, object]:
    about: dict[str, object] = {"about": one.row.about, "knows_speaker": one.row.knows_speaker}
    if one.overall is None:
        return {**about, "missing": one.row.missing}
    return {
        **about,
        "overall": asdict(one.overall),
        "manifests": {name: asdict(result) for name, result in one.manifests.items()},
    }
