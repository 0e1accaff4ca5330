"""A confusion matrix as a grid: a row per true class, a column per answer."""

from __future__ import annotations

from collections.abc import Sequence

from tonewatch.models.pages.svg import WIDTH, plot, tag, text, words

LEFT = 66
RIGHT = 26
"""Beside the last column, for its slanted name; where names are not slanted nothing is needed."""

FEW = 5
"""Classes up to which names fit over the columns and counts into the cells."""


def confusion(matrix: Sequence[Sequence[int]], classes: Sequence[str], label: str) -> str:
    few = len(classes) <= FEW
    top = 24.0 if few else 58.0
    cell = (WIDTH - LEFT - (0 if few else RIGHT)) / len(classes)
    height = min(cell, 52.0)
    parts = [_column_name(name, LEFT + (at + 0.5) * cell, top - 8, few) for at, name in enumerate(classes)]
    for row, (name, counts) in enumerate(zip(classes, matrix, strict=True)):
        y = top + row * height
        parts.append(text(LEFT - 8, y + height / 2 + 4, name, class_="name", text_anchor="end"))
        for column, count in enumerate(counts):
            title = f"{name} taken for {classes[column]}: {count} of {sum(counts)}"
            share = count / sum(counts) if sum(counts) else None
            box = (LEFT + column * cell + 1, y + 1, cell - 2, height - 2)
            parts.append(_cell(box, share, count if few else None, title))
    return plot(top + height * len(classes) + 2, label, *parts)


def _column_name(name: str, x: float, y: float, few: bool) -> str:
    if few:
        return text(x, y, name, class_="name", text_anchor="middle")
    return text(x, y, name, class_="name", transform=f"rotate(-50 {x:.1f} {y:.1f})")


def _cell(box: tuple[float, float, float, float], share: float | None, count: int | None, title: str) -> str:
    x, y, width, height = box
    middle, ink = x + width / 2, "on" if share is not None and share > 0.5 else "off"
    parts = [
        tag("rect", x=x, y=y, width=width, height=height, rx=3, class_="track"),
        tag("rect", x=x, y=y, width=width, height=height, rx=3, class_="heat", fill_opacity=f"{share or 0.0:.3f}"),
    ]
    if share is not None:
        percent = f"{100 * share:.0f}"
        parts.append(
            text(
                middle,
                y + height / 2 + (0 if count is not None else 4),
                percent,
                class_=f"{'cell' if count is not None else 'cell small'} {ink}",
            )
        )
    if share is not None and count is not None:
        parts.append(text(middle, y + height / 2 + 14, count, class_=f"count {ink}"))
    return tag("g", tag("title", words(title)), *parts)
