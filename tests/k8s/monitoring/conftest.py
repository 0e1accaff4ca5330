"""A Prometheus for the rules: real registries are scraped on a virtual clock, and the rules evaluated on what came.

Twice where it can be: by the small evaluator below, which knows the part of PromQL that the rules use, and by promtool,
the real one (`make promtool`), on the same series; their answers must be the same. Without promtool the first is alone.
"""

from __future__ import annotations

import itertools
import math
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

ROOT = Path(__file__).resolve().parents[3]
MONITORING = ROOT / "k8s" / "monitoring"
STEP_S = 15
LOOKBACK_S = 300
TARGET = {"job": "tonewatch/tonewatch", "instance": "10.0.0.1:9108"}

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Value = Vector | float

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?![\w:]))|(?P<range>\[\w+\])|(?P<name>[a-zA-Z_:][\w:]*)|(?P<string>"[^"]*")"""
    r"""|(?P<op>==|!=|>=|<=|=~|!~|[-+*/<>=(){},]))"""
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LEVELS = (("or",), ("and", "unless"), ("==", "!=", ">", "<", ">=", "<="), ("+", "-"), ("*", "/"))
_COMPARES: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def seconds(text: str) -> int:
    """Of a duration: 90s, 5m, 1h30m."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


@dataclass
class Series:
    """Samples by the time of their scrape in seconds; null where the series was gone."""

    samples: dict[int, float | None] = field(default_factory=dict)

    def at(self, now_s: int) -> float | None:
        past = [at for at in self.samples if now_s - LOOKBACK_S < at <= now_s]
        return self.samples[max(past)] if past else None

    def within(self, now_s: int, range_s: int) -> list[tuple[int, float]]:
        found = [(at, value) for at, value in self.samples.items() if now_s - range_s < at <= now_s]
        return sorted((at, value) for at, value in found if value is not None)


def increase(points: list[tuple[int, float]], now_s: int, range_s: int) -> float | None:
    """As Prometheus extrapolates it (promql/functions.go, extrapolatedRate), of a counter."""
    if len(points) < 2:
        return None
    grown, before = points[-1][1] - points[0][1], points[0][1]
    for _, value in points:
        grown += before if value < before else 0.0
        before = value
    sampled_s = points[-1][0] - points[0][0]
    average_s = sampled_s / (len(points) - 1)
    start_s, end_s = float(points[0][0] - (now_s - range_s)), float(now_s - points[-1][0])
    start_s = average_s / 2 if start_s >= 1.1 * average_s else start_s
    if grown > 0 and points[0][1] >= 0:
        start_s = min(start_s, sampled_s * points[0][1] / grown)
    end_s = average_s / 2 if end_s >= 1.1 * average_s else end_s
    return grown * (sampled_s + start_s + end_s) / sampled_s


class Evaluator:
    """One expression at one time. Vector matching is on all labels, or by `on (...)`."""

    def __init__(self, series: dict[Labels, Series], text: str, now_s: int) -> None:
        self._series, self._now_s = series, now_s
        self._tokens = [match.group().strip() for match in _TOKEN.finditer(text)]
        assert "".join(self._tokens) == re.sub(r"\s", "", text) or '"' in text, f"not all of it was read: {text}"
        self._at = 0

    def value(self) -> Value:
        found = self._binary(0)
        assert self._at == len(self._tokens), f"not understood from {self._tokens[self._at :]}"
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self, *expected: str) -> str:
        token = self._peek()
        assert not expected or token in expected, f"{token!r} where {expected} should stand"
        self._at += 1
        return token

    def _binary(self, level: int) -> Value:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while self._peek() in _LEVELS[level]:
            op, on = self._next(), None
            if self._peek() == "on":
                self._next()
                on = self._names()
            left = _combined(op, left, self._binary(level + 1), on)
        return left

    def _unary(self) -> Value:
        if self._peek() == "(":
            self._next()
            found = self._binary(0)
            self._next(")")
            return found
        token = self._next()
        if re.fullmatch(r"\d+(\.\d+)?", token):
            return float(token)
        if token in ("sum", "max", "min"):
            return self._aggregated(token)
        if self._peek() == "(":
            return self._called(token)
        return {
            labels - _name(labels): v for labels, s in self._selected(token) if (v := s.at(self._now_s)) is not None
        }

    def _names(self) -> list[str]:
        self._next("(")
        names = []
        while self._peek() != ")":
            names.append(self._next())
            if self._peek() == ",":
                self._next()
        self._next(")")
        return names

    def _aggregated(self, how: str) -> Vector:
        by = []
        if self._peek() == "by":
            self._next()
            by = self._names()
        self._next("(")
        inner = self._binary(0)
        self._next(")")
        assert isinstance(inner, dict)
        groups: dict[Labels, list[float]] = defaultdict(list)
        for labels, value in inner.items():
            groups[frozenset(pair for pair in labels if pair[0] in by)].append(value)
        ways: dict[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}
        reduce = ways[how]
        return {labels: reduce(values) for labels, values in groups.items()}

    def _called(self, name: str) -> Value:
        self._next("(")
        found = self._function(name)
        self._next(")")
        return found

    def _function(self, name: str) -> Value:
        if name == "time":
            return float(self._now_s)
        if name in ("rate", "increase", "changes"):
            return self._over_time(name)
        if name == "absent":
            return self._absent()
        assert name == "histogram_quantile", name
        quantile = float(self._next())
        self._next(",")
        buckets = self._binary(0)
        assert isinstance(buckets, dict)
        return _quantiles(quantile, buckets)

    def _over_time(self, name: str) -> Vector:
        selected = list(self._selected(self._next()))
        range_s = seconds(self._next())
        found: Vector = {}
        for labels, series in selected:
            points = series.within(self._now_s, range_s)
            if name == "changes":
                value = float(sum(a[1] != b[1] for a, b in itertools.pairwise(points))) if points else None
            else:
                value = increase(points, self._now_s, range_s)
            if value is not None:
                found[labels - _name(labels)] = value / range_s if name == "rate" else value
        return found

    def _absent(self) -> Vector:
        begin = self._at
        inner = self._binary(0)
        wanted = re.findall(r'(\w+)="([^"]*)"', " ".join(self._tokens[begin : self._at]).replace(" = ", "="))
        return {} if inner else {frozenset(wanted): 1.0}

    def _selected(self, metric: str) -> Iterator[tuple[Labels, Series]]:
        matchers = []
        if self._peek() == "{":
            self._next()
            while self._peek() != "}":
                matchers.append((self._next(), self._next(), self._next().strip('"')))
                if self._peek() == ",":
                    self._next()
            self._next("}")
        for labels, series in self._series.items():
            has = dict(labels)
            if has["__name__"] == metric and all(_matches(has.get(name, ""), op, to) for name, op, to in matchers):
                yield labels, series


def _matches(value: str, op: str, to: str) -> bool:
    same = re.fullmatch(to, value) is not None if "~" in op else value == to
    return same is not op.startswith("!")


def _name(labels: Labels) -> Labels:
    return frozenset(pair for pair in labels if pair[0] == "__name__")


def _combined(op: str, left: Value, right: Value, on: list[str] | None) -> Value:
    if op in ("and", "unless", "or"):
        assert isinstance(left, dict) and isinstance(right, dict)
        keys = {_key(labels, on) for labels in right}
        if op == "or":
            mine = {_key(labels, on) for labels in left}
            return left | {labels: value for labels, value in right.items() if _key(labels, on) not in mine}
        return {labels: value for labels, value in left.items() if (_key(labels, on) in keys) is (op == "and")}
    if isinstance(left, dict) and isinstance(right, dict):
        others = {_key(labels, on): value for labels, value in right.items()}
        pairs = [(labels, value, others.get(_key(labels, on))) for labels, value in left.items()]
    elif isinstance(left, dict):
        assert isinstance(right, float)
        pairs = [(labels, value, right) for labels, value in left.items()]
    elif isinstance(right, dict):
        pairs = [(labels, left, value) for labels, value in right.items()]
        assert op not in _COMPARES, "a number is compared with a vector only on the right"
    else:
        return _arithmetic(op, left, right)
    if op in _COMPARES:
        return {labels: a for labels, a, b in pairs if b is not None and _COMPARES[op](a, b)}
    return {labels: _arithmetic(op, a, b) for labels, a, b in pairs if b is not None}


def _key(labels: Labels, on: list[str] | None) -> Labels:
    return labels if on is None else frozenset(pair for pair in labels if pair[0] in on)


def _arithmetic(op: str, a: float, b: float) -> float:
    if op == "/":
        return a / b if b else math.nan if not a else math.copysign(math.inf, a)
    return {"+": a + b, "-": a - b, "*": a * b}[op]


def _quantiles(quantile: float, buckets: Vector) -> Vector:
    """Linear within the bucket that the rank falls into, as histogram_quantile does."""
    groups: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for labels, value in buckets.items():
        group = frozenset(pair for pair in labels if pair[0] != "le")
        groups[group].append((float(dict(labels)["le"].replace("+Inf", "inf")), value))
    found: Vector = {}
    for group, unsorted in groups.items():
        bounds = sorted(unsorted)
        rank = quantile * bounds[-1][1]
        below, low = 0.0, 0.0
        if not bounds[-1][1]:
            continue  # NaN, which no comparison lets through.
        for bound, value in bounds:
            if value >= rank:
                found[group] = low if math.isinf(bound) else low + (bound - low) * (rank - below) / (value - below)
                break
            below, low = value, bound
    return found


class Prometheus:
    """Scrapes registries every STEP_S of virtual time, and says which alerts of a rule fire now."""

    def __init__(self, rules: Path, folder: Path) -> None:
        self.now_s = 0
        self.targets: list[tuple[CollectorRegistry | None, dict[str, str]]] = []
        self._rules_file, self._folder = rules, folder
        groups = yaml.safe_load(rules.read_text())["groups"]
        self.rules: dict[str, dict[str, Any]] = {rule["alert"]: rule for g in groups for rule in g["rules"]}
        self.series: dict[Labels, Series] = {}

    def watch(self, registry: CollectorRegistry | None, **labels: str) -> None:
        """A target; null for one that does not answer."""
        self.targets.append((registry, {**TARGET, **labels}))

    def scrape(self) -> None:
        """One scrape of all targets, and STEP_S pass."""
        seen: dict[Labels, float] = {}
        for registry, target in self.targets:
            seen[frozenset({"__name__": "up", **target}.items())] = 0.0 if registry is None else 1.0
            for metric in registry.collect() if registry is not None else ():
                for sample in metric.samples:
                    if not sample.name.endswith("_created"):
                        has = {"__name__": sample.name, **sample.labels, **target}
                        seen[frozenset((k, v) for k, v in has.items() if v)] = float(sample.value)
        for labels in seen.keys() | self.series.keys():
            known = self.series.setdefault(labels, Series())
            if labels in seen or known.at(self.now_s) is not None:
                known.samples[self.now_s] = seen.get(labels)
        self.now_s += STEP_S

    def run(self, duration: str, each: Callable[[], object] = lambda: None) -> None:
        """Scrapes for so long; `each` is called before each one."""
        for _ in range(seconds(duration) // STEP_S):
            each()
            self.scrape()

    def firing(self, alert: str) -> list[dict[str, str]]:
        """The labels of the alerts of one rule that fire at the last scrape."""
        rule = self.rules[alert]
        last_s, held_s = self.now_s - STEP_S, seconds(rule.get("for", "0s"))
        since: dict[Labels, int] = {}
        fired: dict[Labels, int] = {}
        keep_s = seconds(rule.get("keep_firing_for", "0s"))
        for at_s in range(0, last_s + 1, STEP_S):
            found = Evaluator(self.series, rule["expr"], at_s).value()
            assert isinstance(found, dict), f"{alert} is a number, not a vector"
            since = {labels: since.get(labels, at_s) for labels in found}
            fired = {labels: was_s for labels, was_s in fired.items() if at_s - was_s < keep_s or labels in found}
            fired |= {labels: at_s for labels, began_s in since.items() if at_s - began_s >= held_s}
            fired = {labels: at for labels, at in fired.items() if keep_s or labels in since}
        alerts = [dict(labels) for labels in sorted(fired, key=sorted)]
        self._same_by_promtool(alert, alerts, last_s)
        return alerts

    def _same_by_promtool(self, alert: str, alerts: list[dict[str, str]], at_s: int) -> None:
        """The real one, where it is there."""
        program = promtool_path()
        if program is None:
            return
        expected = [
            {
                "exp_labels": {**labels, **self.rules[alert]["labels"]},
                "exp_annotations": {
                    name: _filled(text, labels) for name, text in self.rules[alert]["annotations"].items()
                },
            }
            for labels in alerts
        ]
        test = {
            "interval": f"{STEP_S}s",
            "input_series": [_written(labels, series, at_s) for labels, series in self.series.items()],
            "alert_rule_test": [{"eval_time": f"{at_s}s", "alertname": alert, "exp_alerts": expected}],
        }
        file = self._folder / "test.yaml"
        wanted = {"rule_files": [str(self._rules_file)], "evaluation_interval": f"{STEP_S}s", "tests": [test]}
        file.write_text(yaml.safe_dump(wanted))
        done = subprocess.run([program, "test", "rules", str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _filled(template: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels.get(found[1], ""), template)


def _written(labels: Labels, series: Series, until_s: int) -> dict[str, str]:
    """In promtool's notation."""
    has = dict(labels)
    name = has.pop("__name__")
    values, is_there = [], False
    for at_s in range(0, until_s + 1, STEP_S):
        value = series.samples.get(at_s, math.inf if at_s not in series.samples else None)
        if at_s not in series.samples:
            values.append("_")
        elif value is None:
            values.append("stale" if is_there else "_")
        else:
            values.append(repr(value))
        is_there = at_s in series.samples and value is not None
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(has.items()))
    return {"series": f"{name}{{{inside}}}", "values": " ".join(values)}


def promtool_path() -> str | None:
    """TONEWATCH_TEST_PROMTOOL, or the one on PATH or beside this Python."""
    named = os.environ.get("TONEWATCH_TEST_PROMTOOL")
    if named:
        return shutil.which(named)
    return shutil.which("promtool") or shutil.which("promtool", path=Path(sys.executable).parent)


@pytest.fixture
def promtool() -> str:
    """Path of promtool; skips where there is none."""
    found = promtool_path()
    if found is None:
        pytest.skip("no promtool: `make promtool` builds it with Go, or set TONEWATCH_TEST_PROMTOOL to its path")
    return found


@pytest.fixture
def monitoring() -> Path:
    """The folder of the manifests."""
    return MONITORING


@pytest.fixture
def prometheus(tmp_path: Path) -> Prometheus:
    """With the rules of the repository and nothing to scrape yet."""
    return Prometheus(MONITORING / "rules.yaml", tmp_path)
