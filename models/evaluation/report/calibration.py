"""Calibration: accuracy against confidence, and how often each confidence occurs."""

from __future__ import annotations

from math import sqrt

import numpy as np

from tonewatch.models.evaluation.metrics import BINS, Bin, reliability
from tonewatch.models.evaluation.results import Answers
from tonewatch.models.pages.svg import WIDTH, Axes, line, plot, tag, text, words
from tonewatch.models.pages.wording import short

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LARGEST, _SMALLEST = 9.0, 2.5


def calibration(answers: Answers, label: str) -> str:
    """The reliability diagram above the histogram of confidence, on one axis."""
    above = Axes(34, 22, WIDTH - 8, 210)
    below = Axes(34, 246, WIDTH - 8, 306)
    parts = [above.frame("", "right, share", (), TICKS), _diagonal(above), *_points(above, answers)]
    parts += [*_histogram(below, answers), text(34, 238, "clips", class_="axis")]
    parts += [line(34, 306, WIDTH - 8, 306, class_="rule")]
    for tick in TICKS:
        x, _ = below.at(tick, 0.0)
        parts.append(text(x, 320, short(tick), class_="tick", text_anchor="middle"))
    parts.append(text(WIDTH - 8, 335, "sureness of the best answer", class_="axis", text_anchor="end"))
    return plot(340, label, *parts)


def _diagonal(axes: Axes) -> str:
    return line(*axes.at(0.0, 0.0), *axes.at(1.0, 1.0), class_="chance-level")


def _points(axes: Axes, answers: Answers) -> list[str]:
    found = [one for one in reliability(answers.posteriors, answers.labels) if one is not None]
    most = max(one.clips for one in found)
    parts = [line(*axes.at(one.confidence, one.confidence), *_point(axes, one), class_="gap") for one in found]
    parts.append(axes.path([(one.confidence, one.accuracy) for one in found], class_="curve main"))
    for one in found:
        x, y = _point(axes, one)
        title = f"{one.clips} clips, sure {one.confidence:.2f}, right {one.accuracy:.2f}"
        # Area, not radius, is proportional to the number of clips.
        radius = max(_SMALLEST, _LARGEST * sqrt(one.clips / most))
        parts.append(tag("circle", tag("title", words(title)), cx=x, cy=y, r=radius, class_="point"))
    return parts


def _point(axes: Axes, one: Bin) -> tuple[float, float]:
    return axes.at(one.confidence, one.accuracy)


def _histogram(axes: Axes, answers: Answers) -> list[str]:
    """Right answers below, wrong ones on top of them."""
    confidence = answers.posteriors.max(1)
    right = answers.posteriors.argmax(1) == answers.labels
    edges = np.linspace(0.0, 1.0, 2 * BINS + 1)
    good, bad = (np.histogram(confidence[kind], edges)[0] for kind in (right, ~right))
    most = float((good + bad).max())
    parts = []
    for start, end, yes, no in zip(edges[:-1], edges[1:], good.tolist(), bad.tolist(), strict=True):
        title = f"sure {start:.2f} to {end:.2f}: {yes} right, {no} wrong"
        blocks = [_block(axes, (start, end), (0.0, yes / most), "bar main")]
        blocks += [_block(axes, (start, end), (yes / most, (yes + no) / most), "bar wrong")]
        parts.append(tag("g", tag("title", words(title)), *blocks))
    return parts


def _block(axes: Axes, across: tuple[float, float], up: tuple[float, float], kind: str) -> str:
    left, bottom = axes.at(across[0], up[0])
    right, top = axes.at(across[1], up[1])
    return tag("rect", x=left + 0.5, y=top, width=right - left - 1.0, height=bottom - top, class_=kind)
