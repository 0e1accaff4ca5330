"""Curves of several sets in one plot, with a legend that carries one number of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tonewatch.models.evaluation.metrics import area_under_curve, recall_by_coverage, roc_curve
from tonewatch.models.evaluation.results import Answers
from tonewatch.models.pages.svg import WIDTH, Axes, line, plot, tag, words
from tonewatch.models.pages.wording import short

COLOURS = 8
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
COVERAGES = tuple(round(share, 2) for share in np.arange(1.0, 0.19, -0.05).tolist())


@dataclass(frozen=True)
class Curve:
    """`number` stands beside the name in the legend; `colour` counts the sets, so that a set has one colour."""

    name: str
    colour: int
    points: tuple[tuple[float, float], ...]
    number: float | None


def roc(sets: Sequence[tuple[str, Answers]], class_: str) -> str:
    """One class against the rest, for the sets in which both occur; markup with its legend, '' where there is none."""
    curves = []
    for colour, (name, answers) in enumerate(sets):
        index = answers.classes.index(class_)
        scores, positive = answers.posteriors[:, index], answers.labels == index
        points = roc_curve(scores, positive)
        if points is not None:
            area = area_under_curve(scores, positive)
            curves.append(Curve(name, colour, tuple(map(tuple, points.tolist())), area))
    axes = Axes(34, 22, WIDTH - 8, 290)
    frame = axes.frame("false alarms, share", f"{class_} found, share", TICKS, TICKS)
    diagonal = line(*axes.at(0.0, 0.0), *axes.at(1.0, 1.0), class_="chance-level")
    numbers = ", ".join(f"{curve.name} {short(curve.number, 3)}" for curve in curves)
    return _drawn(axes, frame + diagonal, curves, 325, f"ROC of {class_}; area under the curve: {numbers}")


def coverage(sets: Sequence[tuple[str, Answers]]) -> str:
    """Unweighted recall of the surest answers against the share of clips that they are."""
    curves = []
    for colour, (name, answers) in enumerate(sets):
        recalls = recall_by_coverage(answers.posteriors, answers.labels, COVERAGES)
        half = recalls[COVERAGES.index(0.5)]
        curves.append(Curve(name, colour, tuple(zip(COVERAGES, recalls, strict=True)), half))
    least = min(recall for curve in curves for _, recall in curve.points)
    # The axis begins at .5 or, where a curve goes lower, at the tenth below it.
    low = min(0.5, np.floor(10.0 * least) / 10.0)
    axes = Axes(34, 22, WIDTH - 8, 290, x=(0.2, 1.0), y=(float(low), 1.0))
    ticks = [round(tick, 1) for tick in np.arange(low, 1.01, 0.1).tolist()]
    frame = axes.frame("answered, the surest first, share of clips", "recall", (0.2, 0.4, 0.6, 0.8, 1.0), ticks)
    numbers = ", ".join(f"{curve.name} {short(curve.number, 3)}" for curve in curves)
    return _drawn(axes, frame, curves, 325, f"Recall by share answered; with half of the clips: {numbers}")


def _drawn(axes: Axes, frame: str, curves: Sequence[Curve], height: float, label: str) -> str:
    if not curves:
        return ""
    lines = [
        axes.path(curve.points, class_=f"curve s{curve.colour % COLOURS}{' again' if curve.colour >= COLOURS else ''}")
        for curve in curves
    ]
    entries = [
        tag("li", tag("i", class_=f"s{curve.colour % COLOURS}"), words(curve.name), tag("b", short(curve.number, 3)))
        for curve in curves
    ]
    legend = tag("ul", *entries, class_="legend")
    return plot(height, label, frame, *lines) + legend
