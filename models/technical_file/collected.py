"""What an installation says of itself: everything in the technical file that is not prose comes from here."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec

from tonewatch.stream.audit.role_start import said_of
from tonewatch.stream.errors import DataError
from tonewatch.stream.messages import Provenance
from tonewatch.stream.provenance import provenance_of
from tonewatch.stream.rules.file import read_rules
from tonewatch.stream.rules.model import RuleSet
from tonewatch.stream.service.metrics import release
from tonewatch.stream.settings import ROLES, KafkaSettings, MonitorSettings, load
from tonewatch.stream.supply_chain.licences import licence_of
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.topics import TOPICS
from tonewatch.stream.weights import SUMS, relative_head_file, weights_folder

PACKAGE = Path(__file__).parents[1]
DAY_MS = 24 * 3_600_000
_TEST = re.compile(r"^ *(?:async )?def test_", re.MULTILINE)


@dataclass(frozen=True)
class Collected:
    """`sources`: the folder of the sources, null where only the package is installed."""

    provider: str
    purpose: str
    release: str
    python: str
    machine: str
    made_by: Provenance
    settings: dict[str, dict[str, str]]
    rules: list[dict[str, Any]]
    weights: dict[str, str]
    retention_days: dict[str, float]
    packages: tuple[tuple[str, str, str], ...]
    cards: dict[str, str]
    pages: dict[str, str]
    tests: dict[str, int]
    ran: dict[str, int]
    fairness: dict[str, Any]


def collect(
    provider: str = "", purpose: str = "", *, junit: Path | None = None, fairness: Path | None = None
) -> Collected:
    """From the environment's settings and this installation.

    Raises:
        SettingsError: a setting does not fit.
        DependencyError, ModelError: weights are missing or damaged.
        DataError: `junit` or `fairness` is something else.
    """
    monitor = load(MonitorSettings)
    rules = read_rules(Path(monitor.rules)) if monitor.rules else RuleSet()
    folder = weights_folder(monitor.weights_folder)
    sources = _sources()
    return Collected(
        provider=provider,
        purpose=purpose,
        release=release() or "not installed",
        python=platform.python_version(),
        machine=f"{platform.machine()}, {platform.system()}",
        made_by=provenance_of(_config(monitor, rules, folder)),
        settings={role: said_of(load(kind)) for role, kind in sorted(ROLES.items()) if issubclass(kind, KafkaSettings)},
        rules=[msgspec.to_builtins(rule) for rule in rules.for_queue("")],
        weights={f.name: _sha256(f) for f in sorted(folder.iterdir()) if f.is_file() and f.name != SUMS},
        retention_days={topic.name: topic.retention_ms / DAY_MS for topic in TOPICS},
        packages=_packages(),
        cards={
            name: (PACKAGE / name).read_text()
            for name in ("CARD.md", "CARD-explainer.md")
            if (PACKAGE / name).is_file()
        },
        pages=_pages(sources),
        tests=_tests(sources),
        ran=read_junit(junit) if junit is not None else {},
        fairness=_json(fairness) if fairness is not None else {},
    )


def read_junit(file: Path) -> dict[str, int]:
    """Of a run of the tests (`pytest --junitxml=FILE`): how many there were, failed and were skipped.

    Raises:
        DataError: it is no such file.
    """
    try:
        suites = list(ET.parse(file).getroot().iter("testsuite"))
        found = {
            name: sum(int(one.attrib[name]) for one in suites) for name in ("tests", "failures", "errors", "skipped")
        }
    except (OSError, ET.ParseError, KeyError, ValueError) as error:
        raise DataError(f"--junit {file}: not a result of pytest ({type(error).__name__}).") from error
    if not found["tests"]:
        raise DataError(f"--junit {file}: no test ran.")
    return found


def _config(settings: MonitorSettings, rules: RuleSet, folder: Path) -> ToneConfig:
    head = Path(settings.relative_head) if settings.relative_head else relative_head_file(settings.weights, folder)
    return ToneConfig(
        relative=load_head(head),
        manners=manners_in(folder),
        earlier_kept_ms=settings.callers_kept_days * DAY_MS,
        rolling_ms=round(1000 * settings.rolling_s),
        language=settings.reason_language,
        rules=rules,
    )


@cache
def _packages() -> tuple[tuple[str, str, str], ...]:
    """Name, version and licence of each that is installed; what they bundle is told by `supply-chain licences`."""
    found = {one.metadata["Name"]: (one.metadata["Name"], one.version, licence_of(one)) for one in distributions()}
    return tuple(found[name] for name in sorted(found, key=str.lower))


def _sources() -> Path | None:
    """Where the sources are, if this runs in them."""
    root = PACKAGE.resolve().parent
    return root if (root / "pyproject.toml").is_file() and (root / "tests").is_dir() else None


def _pages(sources: Path | None) -> dict[str, str]:
    names = ("BENCHMARKS.md", "CHANGELOG.md", "stream/GUARANTEES.md", "stream/service/METRICS.md")
    return {name: (sources / name).read_text() for name in names} if sources is not None else {}


def _tests(sources: Path | None) -> dict[str, int]:
    """Test functions by the folder of the room that they test."""
    found: dict[str, int] = {}
    for file in sorted((sources / "tests").rglob("test_*.py")) if sources is not None else ():
        assert sources is not None
        room = file.relative_to(sources / "tests").parts[0]
        found[room] = found.get(room, 0) + len(_TEST.findall(file.read_text(encoding="utf-8")))
    return found


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        assert found["groups"] and found["about"]
    except (OSError, ValueError, KeyError, TypeError, AssertionError) as error:
        raise DataError(f"--fairness {file}: not written by `tonewatch evaluate fairness --json`.") from error
    return dict(found)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
