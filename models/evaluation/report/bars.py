"""Shares as bars, one under another, each with its name above it so that long names fit a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tonewatch.models.estimates import Interval
from tonewatch.models.pages.svg import WIDTH, line, plot, tag, text
from tonewatch.models.pages.wording import short

ROW = 37
BAR_TOP, BAR = 17, 9


@dataclass(frozen=True)
class Bar:
    """`kind`: a class of the style sheet. `tick`: a second share, drawn as a mark. `missing`: why there is no bar."""

    name: str
    value: float | None
    kind: str = "main"
    interval: Interval | None = None
    tick: float | None = None
    missing: str = ""


def bars(rows: Sequence[Bar], label: str, chance_level: float | None = None) -> str:
    """`chance_level`: the recall of random guessing, drawn as a dashed line through all bars."""
    height = ROW * len(rows) + (14 if chance_level is not None else 0)
    drawn = [_bar(row, index * ROW) for index, row in enumerate(rows)]
    if chance_level is not None:
        bottom = ROW * len(rows) - 8
        x = chance_level * WIDTH
        drawn.append(line(x, 12, x, bottom, class_="chance-level"))
        drawn.append(text(x, bottom + 13, f"chance {short(chance_level)}", class_="tick", text_anchor="middle"))
    return plot(height, label, *drawn)


def _bar(row: Bar, top: float) -> str:
    middle = top + BAR_TOP + BAR / 2
    parts = [text(0, top + 11, row.name, class_="name")]
    if row.value is None:
        why = row.missing or "does not occur"
        return "".join([*parts, text(WIDTH, top + 11, _cut(why, 30), class_="tick", text_anchor="end")])
    parts.append(text(WIDTH, top + 11, short(row.value, 3), class_="value", text_anchor="end"))
    parts.append(tag("rect", x=0, y=top + BAR_TOP, width=WIDTH, height=BAR, rx=2, class_="track"))
    parts.append(tag("rect", x=0, y=top + BAR_TOP, width=row.value * WIDTH, height=BAR, rx=2, class_=f"bar {row.kind}"))
    if row.interval is not None:
        low, high = (one * WIDTH for one in row.interval)
        parts.append(line(low, middle, high, middle, class_="whisker"))
        parts += [line(x, middle - 3.5, x, middle + 3.5, class_="whisker") for x in (low, high)]
    if row.tick is not None:
        x = row.tick * WIDTH
        parts.append(line(x, top + BAR_TOP - 3, x, top + BAR_TOP + BAR + 3, class_="tickmark"))
    return "".join(parts)


def _cut(sentence: str, longest: int) -> str:
    return sentence if len(sentence) <= longest else sentence[: longest - 1] + "…"
