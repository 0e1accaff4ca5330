"""What a soak measures, and whether it stays flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import msgspec

WARM_UP_SHARE = 1 / 3
"""Of the run, at its beginning: pools fill, models are loaded, pages are touched for the first time."""


class Sample(msgspec.Struct, frozen=True):
    """One look: by process its resident memory and open files; of all together the lag and the delay.

    `lag_records` that the groups have not committed; `delay_s` from a caller's words to their tone in Kafka, the median
    since the look before, null where nobody spoke.
    """

    at_s: float
    memory_mb: dict[str, float]
    files: dict[str, int]
    lag_records: int
    delay_s: float | None


class Series(msgspec.Struct, frozen=True):
    """One quantity over the run. `per_hour`: its trend after the warm-up, by least squares; `is_flat` within `bound`.

    A trend counts only as far as it was seen: `grown` is what it adds up to over the time after the warm-up.
    """

    name: str
    unit: str
    mean: float
    most: float
    per_hour: float
    grown: float
    bound: float

    @property
    def is_flat(self) -> bool:
        return self.grown <= self.bound


@dataclass(frozen=True)
class Bound:
    """What a quantity may grow by after the warm-up: so much, or a share of its mean, whichever is more."""

    at_least: float
    share: float

    def of(self, mean: float) -> float:
        return max(self.at_least, self.share * mean)


MEMORY = Bound(8.0, 0.05)
FILES = Bound(3.0, 0.1)
LAG = Bound(200.0, 0.5)
DELAY = Bound(0.25, 0.25)


def read_process(pid: int) -> tuple[float, int]:
    """Resident memory in MB and open files of a process of this machine (Linux).

    Raises:
        OSError: it is no more.
    """
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kb = next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
    return kb / 1024, sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def trend(times_s: Sequence[float], values: Sequence[float]) -> float:
    """Slope in units a second, by least squares; 0 with fewer than two times."""
    if len(times_s) < 2:
        return 0.0
    middle_s, mean = sum(times_s) / len(times_s), sum(values) / len(values)
    # Least squares: slope = sum((t - mean t)(v - mean v)) / sum((t - mean t)^2).
    spread = sum((t - middle_s) ** 2 for t in times_s)
    return sum((t - middle_s) * (v - mean) for t, v in zip(times_s, values, strict=True)) / spread if spread else 0.0


def series(name: str, unit: str, points: Sequence[tuple[float, float]], whole_s: float, bound: Bound) -> Series:
    """`points` are (at_s, value); judged after the warm-up of a run of `whole_s`."""
    # A quantity that was seen only in the warm-up is judged by that.
    late = [(at_s, value) for at_s, value in points if at_s >= WARM_UP_SHARE * whole_s] or list(points)
    slope = trend([at_s for at_s, _ in late], [value for _, value in late])
    values = [value for _, value in late] or [0.0]
    mean = sum(values) / len(values)
    seen_s = late[-1][0] - late[0][0] if late else 0.0
    return Series(
        name=name,
        unit=unit,
        mean=round(mean, 3),
        most=round(max(values), 3),
        per_hour=round(3600 * slope, 3),
        grown=round(slope * seen_s, 3),
        bound=round(bound.of(mean), 3),
    )


def judge(samples: Sequence[Sample]) -> list[Series]:
    """Every quantity of a run."""
    whole_s = samples[-1].at_s if samples else 0.0
    names = sorted({name for sample in samples for name in sample.memory_mb})
    quantities = [
        *((f"memory {name}", "MB", MEMORY) for name in names),
        *((f"open files {name}", "", FILES) for name in names),
        ("lag", "records", LAG),
        ("delay", "s", DELAY),
    ]
    return [series(name, unit, _points(samples, name), whole_s, bound) for name, unit, bound in quantities]


def plots(samples: Sequence[Sample], found: Sequence[Series]) -> str:
    """One SVG: memory and files of each process, lag, delay; each on an axis of its own that begins at zero."""
    width, height = 420, 110
    drawings = []
    for place, one in enumerate(found):
        x, y = (place % 2) * (width + 40) + 20, (place // 2) * (height + 50) + 30
        drawings.append(_plot(one, _points(samples, one.name), x, y, width, height))
    rows = (len(found) + 1) // 2
    size = f'width="{2 * width + 100}" height="{rows * (height + 50) + 40}"'
    style = "font: 12px system-ui, sans-serif; background: white"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{style}">{"".join(drawings)}</svg>\n'


def _points(samples: Sequence[Sample], name: str) -> list[tuple[float, float]]:
    if name == "lag":
        return [(s.at_s, float(s.lag_records)) for s in samples]
    if name == "delay":
        return [(s.at_s, s.delay_s) for s in samples if s.delay_s is not None]
    what, _, process = name.rpartition(" ")
    if what == "memory":
        return [(s.at_s, s.memory_mb[process]) for s in samples if process in s.memory_mb]
    return [(s.at_s, float(s.files[process])) for s in samples if process in s.files]


def _plot(one: Series, points: Sequence[tuple[float, float]], x: int, y: int, width: int, height: int) -> str:
    last_s = max((at_s for at_s, _ in points), default=1.0) or 1.0
    top = max((value for _, value in points), default=1.0) or 1.0
    line = " ".join(f"{x + width * a / last_s:.1f},{y + height - height * v / top:.1f}" for a, v in points)
    verdict = "flat" if one.is_flat else f"grew by {one.grown:g} {one.unit}"
    title = escape(f"{one.name}: mean {one.mean:g} {one.unit}, at most {one.most:g}; {verdict}")
    colour = "#2a6fb0" if one.is_flat else "#b03a2a"
    axes = f"0 to {last_s / 60:.0f} min; 0 to {top:g} {escape(one.unit)}"
    return (
        f'<text x="{x}" y="{y - 8}">{title}</text>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" stroke="#ccc"/>'
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        f'<text x="{x}" y="{y + height + 14}" fill="#666">{axes}</text>'
    )
