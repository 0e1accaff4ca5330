"""What one evaluation found, and its JSON: `{"overall": R, "manifests": {NAME: R}}` with what is beside it.

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
    """A row with its figures: over all clips together and for each manifest; neither where the row is missing."""

    row: Row
    overall: Result | None
    manifests: dict[str, Result]


@dataclass(frozen=True)
class Subject:
    """What was evaluated. `heard` names the corpora that its training saw voices of, where the file tells.

    `folded`: voices were judged by encoders of their own, which were trained without them.
    """

    name: str
    version: str
    file: str
    band: str
    heard: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Evaluation:
    """`main` is the subject's own reading, `beside` its other ones, `peers` what else was trained.

    `sets` holds the manifests' names in order; `unlabelled` how many clips of each have no label.
    """

    subject: Subject
    sets: tuple[str, ...]
    main: Standing
    beside: tuple[Standing, ...]
    peers: tuple[Standing, ...]
    unreadable: tuple[Unread, ...]
    unlabelled: dict[str, int]

    @property
    def rows(self) -> tuple[Standing, ...]:
        return (self.main, *self.beside, *self.peers)


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
        "peers": {one.row.name: _beside(one) for one in found.peers},
        "unreadable": [asdict(one) for one in found.unreadable],
        "unlabelled": found.unlabelled,
    }


def write_json(found: Evaluation, file: Path) -> None:
    text = json.dumps(as_json(found), indent=2, ensure_ascii=False, allow_nan=False)
    write_file(file, f"{text}\n".encode(), "the figures", "file by --json")


def _beside(one: Standing) -> dict[str, object]:
    about: dict[str, object] = {"about": one.row.about, "knows_speaker": one.row.knows_speaker}
    if one.overall is None:
        return {**about, "missing": one.row.missing}
    return {
        **about,
        "overall": asdict(one.overall),
        "manifests": {name: asdict(figures) for name, figures in one.manifests.items()},
    }
