"""Elements of HTML and SVG as text, escaped, and the scales that plots are drawn to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tonewatch.models.pages.wording import short

WIDTH = 340
"""Of a plot in its own units, which are pixels on a small telephone."""


def tag(name: str, *children: str, **attributes: object) -> str:
    """`children` are markup already; text goes through `text` or `words`. Names lose their underscores."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def words(content: object) -> str:
    return escape(str(content), quote=False)


def text(x: float, y: float, content: object, **attributes: object) -> str:
    return tag("text", words(content), x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> str:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def plot(height: float, label: str, *children: str, width: float = WIDTH) -> str:
    """A drawing; `label` is its text for readers who cannot see it."""
    return tag(
        "svg",
        tag("title", words(label)),
        *children,
        viewBox=f"0 0 {_shown(width)} {_shown(height)}",
        role="img",
        aria_label=label,
    )


def figure(title: str, drawing: str, note: str = "") -> str:
    """`note` is markup."""
    caption = tag("figcaption", tag("strong", words(title)), tag("span", note) if note else "")
    return tag("figure", caption, drawing)


@dataclass(frozen=True)
class Axes:
    """A plot's box: `x` and `y` are the ranges of the data, the other four the box's edges in plot units."""

    left: float
    top: float
    right: float
    bottom: float
    x: tuple[float, float] = (0.0, 1.0)
    y: tuple[float, float] = (0.0, 1.0)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Data to plot units; SVG's y grows downwards, the data's upwards."""
        along = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + along * (self.right - self.left), self.bottom - up * (self.bottom - self.top)

    def path(self, points: Sequence[tuple[float, float]], **attributes: object) -> str:
        """A line through the points; points that coincide at a tenth of a unit are drawn once."""
        placed = dict.fromkeys((round(a, 1), round(b, 1)) for a, b in (self.at(*point) for point in points))
        return tag("polyline", points=" ".join(f"{a:g},{b:g}" for a, b in placed), fill="none", **attributes)

    def frame(self, x_name: str, y_name: str, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> str:
        """Grid lines with their numbers, and the names of both axes."""
        parts = []
        for tick in y_ticks:
            _, y = self.at(self.x[0], tick)
            parts += [line(self.left, y, self.right, y, class_="gridline")]
            parts += [text(self.left - 6, y + 4, short(tick), class_="tick", text_anchor="end")]
        for tick in x_ticks:
            x, _ = self.at(tick, self.y[0])
            parts += [line(x, self.top, x, self.bottom, class_="gridline")]
            parts += [text(x, self.bottom + 14, short(tick), class_="tick", text_anchor="middle")]
        parts += [text(self.right, self.bottom + 29, x_name, class_="axis", text_anchor="end")]
        return "".join([*parts, text(self.left, self.top - 8, y_name, class_="axis")])


def _shown(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
