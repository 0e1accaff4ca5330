"""The metrics of one set of clips as they stand in the JSON, and the answers that they are computed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.estimates import Interval
from tonewatch.models.evaluation.intervals import recall_interval
from tonewatch.models.evaluation.metrics import Labels, Posteriors, classifier_metrics


@dataclass(frozen=True)
class Answers:
    """One row's answers, clip by clip. `abstained` holds why the clip would not be judged, '' where it would.

    `speakers` are '' where they are unknown; `sets` holds the manifest's name of each clip.
    """

    classes: tuple[str, ...]
    posteriors: Posteriors
    labels: Labels
    speakers: NDArray[np.str_]
    corpora: NDArray[np.str_]
    sets: NDArray[np.str_]
    abstained: NDArray[np.str_]
    seconds: NDArray[np.float64]

    def of(self, chosen: NDArray[np.bool_]) -> Answers:
        return Answers(
            self.classes,
            self.posteriors[chosen],
            self.labels[chosen],
            self.speakers[chosen],
            self.corpora[chosen],
            self.sets[chosen],
            self.abstained[chosen],
            self.seconds[chosen],
        )

    def of_set(self, name: str) -> Answers:
        return self.of(self.sets == name)


@dataclass(frozen=True)
class Row:
    """One line of a comparison; one without `answers` says in `missing` why there are none."""

    name: str
    about: str
    knows_speaker: bool
    answers: Answers | None = None
    missing: str = ""


@dataclass(frozen=True)
class Answered:
    """Metrics over the clips that would be judged; those of `Result` count every clip by its best answer."""

    clips: int
    unweighted_recall: float | None
    recall: dict[str, float | None]
    precision: dict[str, float | None]
    angry_auc: float | None
    ece: float | None


@dataclass(frozen=True)
class Result:
    """Shares in 0..1, None where there is nothing to divide by. `confusion`: a row a true class, a column an answer, in
    the order of `classes`. `unweighted_recall_interval`: 95 %, other speakers drawn; None with fewer than two."""

    clips: int
    unweighted_recall: float | None
    unweighted_recall_interval: Interval | None
    recall: dict[str, float | None]
    precision: dict[str, float | None]
    confusion: list[list[int]]
    angry_auc: float | None
    ece: float | None
    abstained: float
    seconds_per_clip: float | None
    classes: tuple[str, ...]
    speakers: int
    accuracy: float | None
    angry_happy_auc: float | None
    log_loss: float | None
    abstained_because: dict[str, int]
    answered: Answered


def result(answers: Answers) -> Result:
    """Of every clip by its best answer, the abstained ones too."""
    if not answers.labels.size:
        return _nothing(answers.classes)
    judged = answers.of(answers.abstained == "")
    found = classifier_metrics(answers.posteriors, answers.labels, answers.classes)
    return Result(
        clips=found.clips,
        unweighted_recall=found.unweighted_recall,
        unweighted_recall_interval=recall_interval(
            answers.posteriors, answers.labels, answers.speakers.tolist(), answers.corpora.tolist()
        ),
        recall=found.recall,
        precision=found.precision,
        confusion=found.confusion,
        angry_auc=found.angry_auc,
        ece=found.calibration_error,
        abstained=1.0 - judged.labels.size / found.clips,
        seconds_per_clip=float(answers.seconds.mean()),
        classes=answers.classes,
        speakers=len(set(zip(answers.corpora.tolist(), answers.speakers.tolist(), strict=True))),
        accuracy=found.accuracy,
        angry_happy_auc=found.angry_happy_auc,
        log_loss=found.negative_log_likelihood,
        abstained_because=dict(Counter(answers.abstained[answers.abstained != ""].tolist()).most_common()),
        answered=_answered(judged),
    )


def mean_recall(results: Sequence[Result]) -> float | None:
    """The mean of the sets' unweighted recalls, each set alike; None without any."""
    known = [one.unweighted_recall for one in results if one.unweighted_recall is not None]
    return sum(known) / len(known) if known else None


def _answered(judged: Answers) -> Answered:
    if not judged.labels.size:
        nothing = _null(judged.classes)
        return Answered(0, None, nothing, nothing, None, None)
    found = classifier_metrics(judged.posteriors, judged.labels, judged.classes)
    return Answered(
        found.clips,
        found.unweighted_recall,
        found.recall,
        found.precision,
        found.angry_auc,
        found.calibration_error,
    )


def _nothing(classes: tuple[str, ...]) -> Result:
    """A manifest of which no clip could be read still has its place in the report."""
    null = _null(classes)
    return Result(
        clips=0,
        unweighted_recall=None,
        unweighted_recall_interval=None,
        recall=null,
        precision=null,
        confusion=[[0] * len(classes) for _ in classes],
        angry_auc=None,
        ece=None,
        abstained=0.0,
        seconds_per_clip=None,
        classes=classes,
        speakers=0,
        accuracy=None,
        angry_happy_auc=None,
        log_loss=None,
        abstained_because={},
        answered=Answered(0, None, null, null, None, None),
    )


def _null(classes: tuple[str, ...]) -> dict[str, float | None]:
    return dict.fromkeys(classes)
