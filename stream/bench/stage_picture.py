"""A picture of what each stage costs, before and after: an SVG with one bar a stage and run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tonewatch.stream.bench.stages import StageCost

ROW_PX, NAME_PX, BAR_PX, VALUE_PX = 40, 290, 420, 110
LEAST_MS = 0.05
"""Stages that cost less in both are drawn together, as the rest."""

Bar = tuple[str, float, float]


def bars(before: Sequence[StageCost], after: Sequence[StageCost]) -> list[Bar]:
    """Name and milliseconds of a core a second of call, before and after, of stages that are no part of another."""
    was, now = _whole(before), _whole(after)
    names = list(dict.fromkeys([*now, *was]))
    large = [name for name in names if max(was.get(name, 0.0), now.get(name, 0.0)) >= LEAST_MS]
    shown = [(name, was.get(name, 0.0), now.get(name, 0.0)) for name in large]
    small = [name for name in names if name not in large]
    before_ms, after_ms = (sum((found.get(name, 0.0) for name in small), 0.0) for found in (was, now))
    return [*shown, ("the rest", before_ms, after_ms), ("all", sum(was.values()), sum(now.values()))]


def _whole(costs: Sequence[StageCost]) -> dict[str, float]:
    return {one.name: one.ms_per_call_second for one in costs if not one.within and one.ms_per_call_second is not None}


def picture(before: Sequence[StageCost], after: Sequence[StageCost], names: tuple[str, str]) -> str:
    """`names`: what the two runs are called."""
    rows = bars(before, after)
    widest = max(max(was, now) for _, was, now in rows) or 1.0
    height = ROW_PX * len(rows) + 50
    width = NAME_PX + BAR_PX + VALUE_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>Cost of each stage, {escape(names[0])} and {escape(names[1])}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="24" fill="#222">ms of a core a second of two-channel call: '
        f'<tspan fill="#6b7280">{escape(names[0])}</tspan>, <tspan fill="#0f62a8">{escape(names[1])}</tspan></text>',
    ]
    for number, (name, was, now) in enumerate(rows):
        y = 44 + ROW_PX * number
        parts.append(f'<text x="12" y="{y + 20}" fill="#222">{escape(name)}</text>')
        parts += _bar(y, was / widest, was, "#9ca3af") + _bar(y + 16, now / widest, now, "#0f62a8")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(y: int, share: float, value: float, colour: str) -> list[str]:
    width = max(1.0, share * BAR_PX)
    return [
        f'<rect x="{NAME_PX}" y="{y}" width="{width:.1f}" height="13" fill="{colour}"/>',
        f'<text x="{NAME_PX + width + 6:.1f}" y="{y + 11}" fill="#222">{value:.2f}</text>',
    ]
