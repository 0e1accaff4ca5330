"""The board for Grafana, the rules and the runbooks speak of what the code has, and of each other."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from prometheus_client import ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from tonewatch.stream.service.health_metrics import HealthMetrics
from tonewatch.stream.service.metrics import Metrics

TARGET_LABELS = {"job", "instance", "pod", "namespace", "le"}
NO_METRICS = {"by", "on", "and", "or", "unless", "sum", "max", "min", "rate", "increase", "changes", "time", "absent"}
NO_METRICS |= {"histogram_quantile"}


def labels_by_name() -> dict[str, set[str]]:
    """Of every series that a role can serve."""
    metrics, found = Metrics(), {"up": set[str]()}
    ProcessCollector(registry=metrics.registry)
    for collector in metrics.registry._collector_to_names:
        if isinstance(collector, HealthMetrics):
            found |= {family.name: set(family._labelnames) for family in collector.describe()}
        elif isinstance(collector, MetricWrapperBase):
            (family,) = collector.describe()
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
            found |= {family.name + suffix: set(collector._labelnames) for suffix in suffixes}
        else:
            found |= {sample.name: set() for family in collector.collect() for sample in family.samples}
    return found


def problems(expression: str) -> list[str]:
    """Names and labels of a query that no code has."""
    known, wrong = labels_by_name(), []
    text = re.sub(r"\$__rate_interval|\[\w*\]", "", expression)
    used: set[str] = set()
    for name, matchers in re.findall(r"(?<![\w\".])([a-z_]\w*\b)(\{[^}]*\})?(?!\s*\()", _without_lists(text)):
        if name in NO_METRICS:
            continue
        if name not in known:
            wrong.append(name)
            continue
        used |= known[name]
        wrong += [f"{name}{{{label}}}" for label in re.findall(r"(\w+)[=!]", matchers) if label not in _of(known[name])]
    lists = ",".join(re.findall(r"(?:by|on)\s*\(([^)]*)\)", text))
    return wrong + [f"by ({label})" for label in re.findall(r"\w+", lists) if label not in _of(used)]


def _of(labels: set[str]) -> set[str]:
    return labels | TARGET_LABELS


def _without_lists(text: str) -> str:
    return re.sub(r"(?:by|on)\s*\([^)]*\)", " ", text)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).resolve().parents[3] / "k8s" / "monitoring" / "grafana_dashboard.py"
    spec = importlib.util.spec_from_file_location("grafana_dashboard", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up.
    spec.loader.exec_module(module)
    return module


def queries(board: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("sum by (topic) (rate(tonewatch_records_total[5m]))", []),
        ("sum by (colour) (rate(tonewatch_records_total[5m]))", ["by (colour)"]),
        ('tonewatch_records_total{reason="x"}', ["tonewatch_records_total{reason}"]),
        ("rate(tonewatch_nothing_total[5m])", ["tonewatch_nothing_total"]),
        ('time() - max(up{job=~".*tonewatch.*"})', []),
    ],
)
def test_a_query_of_what_nobody_serves_is_found(query: str, wrong: list[str]) -> None:
    assert problems(query) == wrong


def test_every_query_of_the_board_names_metrics_and_labels_of_the_code(script: ModuleType) -> None:
    assert {query: wrong for query in queries(script.dashboard()) if (wrong := problems(query))} == {}


def test_every_metric_of_the_code_is_on_the_board(script: ModuleType) -> None:
    shown = " ".join(queries(script.dashboard()))
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in labels_by_name() if name.startswith("tonewatch_")}
    left_out = {"tonewatch_alert_states_total"}  # The events of alerts, which are shown, say the same and more.
    assert {name for name in ours if name not in shown} == left_out


def test_the_file_is_what_the_script_writes(script: ModuleType, monitoring: Path) -> None:
    assert json.loads((monitoring / "grafana-dashboard.json").read_text()) == script.dashboard()


def test_panels_have_ids_of_their_own_and_lie_beside_each_other(script: ModuleType) -> None:
    board = script.dashboard()
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    assert all(panel["datasource"]["uid"] == "${source}" for panel in panels if panel["type"] != "row")


def test_legends_name_labels_that_the_query_leaves(script: ModuleType) -> None:
    for panel in script.dashboard()["panels"]:
        for target in panel.get("targets", []):
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                grouped = re.findall(r"by \(([^)]*)\)", target["expr"])
                wide = not grouped and label in TARGET_LABELS | set().union(*labels_by_name().values())
                assert wide or any(label in re.findall(r"\w+", names) for names in grouped), target


def rules(monitoring: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load((monitoring / "rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_rule_names_metrics_and_labels_of_the_code(monitoring: Path) -> None:
    assert {rule["alert"]: wrong for rule in rules(monitoring) if (wrong := problems(rule["expr"]))} == {}


def test_every_rule_has_a_short_section_in_the_runbooks_and_no_section_is_left_over(monitoring: Path) -> None:
    sections = re.split(r"^## ", (monitoring / "RUNBOOKS.md").read_text(), flags=re.M)[1:]
    by_name = {section.splitlines()[0]: section.strip().splitlines()[1:] for section in sections}
    assert sorted(by_name) == sorted(rule["alert"] for rule in rules(monitoring))
    for name, lines in by_name.items():
        assert 3 <= len(lines) <= 12, name
        assert any("First look:" in line for line in lines) and any("Mend:" in line for line in lines), name
    for rule in rules(monitoring):
        assert rule["annotations"]["runbook"] == f"k8s/monitoring/RUNBOOKS.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_what_the_component_lists_is_there(monitoring: Path) -> None:
    component = yaml.safe_load((monitoring / "kustomization.yaml").read_text())
    files = [*component["resources"], *component["configMapGenerator"][0]["files"]]
    assert all((monitoring / file).is_file() for file in files)
    monitor = yaml.safe_load((monitoring / "pod-monitor.yaml").read_text())
    assert monitor["kind"] == "PodMonitor" and "tonewatch" in monitor["metadata"]["name"]
