"""METRICS.md and the code tell of the same metrics."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from tonewatch.stream.service.health_metrics import HealthMetrics
from tonewatch.stream.service.metrics import Metrics

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "stream" / "service" / "METRICS.md"

Described = tuple[str, str, tuple[str, ...]]


def in_code() -> set[Described]:
    metrics, found = Metrics(), set()
    for collector in metrics.registry._collector_to_names:
        if isinstance(collector, HealthMetrics):
            found |= {(one.name, one.type, tuple(one._labelnames)) for one in collector.describe()}
        else:
            assert isinstance(collector, MetricWrapperBase)
            (family,) = collector.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found.add((name, family.type, collector._labelnames))
    return found


def on_the_page() -> list[Described]:
    rows = [line.split("|")[1:-1] for line in PAGE.read_text().splitlines() if line.startswith("| `tonewatch_")]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [(name.strip("`"), kind, tuple(re.findall(r"\w+", labels))) for name, kind, labels, *_ in cells]


def test_every_metric_stands_in_the_table_with_its_type_and_labels_and_the_reverse() -> None:
    listed = on_the_page()
    assert set(listed) == in_code()
    assert len(listed) == len(set(listed))


def test_every_row_says_who_has_the_metric_what_it_means_and_in_what_unit() -> None:
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `tonewatch_"):
            cells = [cell.strip() for cell in line.split("|")[1:-1]]
            assert len(cells) == 7 and all(cells[index] for index in (0, 1, 3, 4, 5)), line


def test_names_follow_the_conventions_of_prometheus() -> None:
    for name, kind, _labels in in_code():
        assert re.fullmatch(r"tonewatch_[a-z_]+", name)
        assert name.endswith("_total") == (kind == "counter"), name
        assert not re.search(r"(_ms|_milliseconds|_kb|_mb|_percent)$", name), "base units"


def test_every_metric_is_moved_somewhere_in_the_code() -> None:
    """One that nobody sets would look as if all were well."""
    code = "\n".join(
        file.read_text()
        for room in ("stream", "workers", "dashboard")
        for file in (ROOT / room).rglob("*.py")
        if "node_modules" not in file.parts and file.name != "metrics.py"
    )
    fields = {name for name in Metrics.__dataclass_fields__ if name not in ("registry", "health", "traces", "build")}
    assert {name for name in fields if not re.search(rf"metrics\.{name}\b", code)} == set()
