"""What the scores say: means with intervals by source and dimension, agreement of the raters, faults by source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.estimates import Interval, draw_counts, percentile_interval
from tonewatch.models.reasons.rating.agreement import ordinal_alpha
from tonewatch.models.reasons.rating.faults import FAULTS
from tonewatch.models.reasons.rating.scores import DIMENSIONS, Dimension, Score, ScoreFile
from tonewatch.models.reasons.rating.sheet import Key, Origin

DRAWS = 2_000


@dataclass(frozen=True)
class Mean:
    """Of the points given; `interval` is null with fewer than two moments. `ratings`: how many points were given."""

    mean: float
    interval: Interval | None
    ratings: int


@dataclass(frozen=True)
class SourceRating:
    """One source. `faults` are counts of texts, `silent` the moments for which it had none."""

    writer: str
    texts: int
    silent: int
    means: dict[str, Mean] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class JoinedScore:
    """One rater's score of one text, with what wrote it and what rated it."""

    id: str
    moment: int
    source: str
    written_by: str
    rater: str
    rated_by: str
    points: dict[str, int]
    note: str


@dataclass(frozen=True)
class Summary:
    """`alpha`: Krippendorff's, ordinal, by dimension; null where nothing can be said of agreement."""

    sheet: str
    sources: dict[str, SourceRating]
    alpha: dict[str, float | None]
    scores: list[JoinedScore]


def summarise(key: Key, files: Sequence[ScoreFile], seed: int = 0) -> Summary:
    """Moments are drawn again for the intervals, not texts: texts about one moment are not independent."""
    joined = list(_joined(key, files))
    names = sorted({author.source for origin in key.origins for author in origin.authors} | set(key.silent))
    sources = {name: _source(key, name, [one for one in joined if one.source == name], seed) for name in names}
    return Summary(key.sheet, sources, {name: _alpha(files, name) for name in DIMENSIONS}, joined)


def _joined(key: Key, files: Sequence[ScoreFile]) -> Iterator[JoinedScore]:
    origins = {origin.id: origin for origin in key.origins}
    for file in files:
        for score in file.scores:
            yield from _of_each_author(origins[score.id], file, score)


def _of_each_author(origin: Origin, file: ScoreFile, score: Score) -> Iterator[JoinedScore]:
    """A text that several sources gave counts for each of them."""
    points = {str(name): given for name in DIMENSIONS if (given := score.of(name)) is not None}
    for author in origin.authors:
        yield JoinedScore(
            id=origin.id,
            moment=origin.moment,
            source=author.source,
            written_by=author.writer,
            rater=file.rater,
            rated_by=file.rated_by,
            points=points,
            note=score.note,
        )


def _source(key: Key, name: str, scores: Sequence[JoinedScore], seed: int) -> SourceRating:
    own = [origin for origin in key.origins if any(author.source == name for author in origin.authors)]
    writers = dict.fromkeys(a.writer for origin in own for a in origin.authors if a.source == name)
    means = {str(dimension): found for dimension in DIMENSIONS if (found := _mean(scores, dimension, seed)) is not None}
    counts = {str(fault): sum(fault in origin.faults for origin in own) for fault in FAULTS}
    return SourceRating(", ".join(writers), len(own), key.silent.get(name, 0), means, counts)


def _mean(scores: Sequence[JoinedScore], dimension: Dimension, seed: int) -> Mean | None:
    by_moment: dict[int, list[int]] = defaultdict(list)
    for one in scores:
        if dimension in one.points:
            by_moment[one.moment].append(one.points[dimension])
    if not by_moment:
        return None
    sums = np.array([sum(points) for points in by_moment.values()], dtype=np.float64)
    sizes = np.array([len(points) for points in by_moment.values()], dtype=np.float64)
    interval = _interval(sums, sizes, seed) if len(sums) > 1 else None
    return Mean(round(float(sums.sum() / sizes.sum()), 3), interval, int(sizes.sum()))


def _interval(sums: NDArray[np.float64], sizes: NDArray[np.float64], seed: int) -> Interval:
    counts = draw_counts([""] * len(sums), DRAWS, seed)
    low, high = percentile_interval((counts @ sums) / (counts @ sizes))
    return round(low, 3), round(high, 3)


def _alpha(files: Sequence[ScoreFile], dimension: Dimension) -> float | None:
    given: dict[str, list[int]] = defaultdict(list)
    for file in files:
        for score in file.scores:
            points = score.of(dimension)
            if points is not None:
                given[score.id].append(points)
    found = ordinal_alpha(list(given.values()))
    return None if found is None else round(found, 3)
