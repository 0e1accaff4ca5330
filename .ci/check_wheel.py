"""Is the installed wheel whole? Imports every module that the source has, loads every command, looks for the data.

Usage: check_wheel.py SOURCE, with the interpreter of an environment that holds the wheel and, on PYTHONPATH, what
it depends on. Modules that need the packages of training are skipped by name where those are not installed.
"""

from __future__ import annotations

import importlib
import sys
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path

ROOMS = ("stream", "workers", "models", "dashboard")
OPTIONAL = {"torch", "transformers", "sklearn", "onnx", "onnxscript", "opentelemetry"}
DATA = {
    "tonewatch.dashboard": ("dashboard", ("static/index.html", "static/assets/*.js")),
    "tonewatch.models": ("models", ("weights/*.onnx", "weights/*.bin", "weights/*.npz")),
    "tonewatch.models.degradation": ("models/degradation", ("report.css",)),
    "tonewatch.models.evaluation.report": ("models/evaluation/report", ("style.css",)),
    "tonewatch.models.reasons": ("models/reasons", ("report.css", "utterances.txt")),
    "tonewatch.models.synthesis": ("models/synthesis", ("calls/*.toml",)),
    "tonewatch.models.words": ("models/words", ("training.txt", "calls.txt")),
    "tonewatch.stream.archive": ("stream/archive", ("migrations/*.py", "migrations/versions/*.py")),
    "tonewatch.stream.demo": ("stream/demo", ("calls/*.flac", "calls/truth.json")),
}


def modules(source: Path) -> list[str]:
    """Names of all modules in the source's rooms."""
    found = []
    for room in ROOMS:
        for path in sorted((source / room).rglob("*.py")):
            parts = ("tonewatch", *path.relative_to(source).with_suffix("").parts)
            # A folder without an __init__.py holds scripts, which are not installed.
            if "node_modules" not in parts and (path.parent / "__init__.py").is_file():
                found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def import_problem(name: str) -> tuple[str, bool]:
    """Why a module cannot be imported from the wheel ('' when it can), and whether that may be."""
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        return f"{name}: {error}", missing in OPTIONAL
    inside = Path(module.__file__ or "").is_relative_to(sys.prefix)
    return ("" if inside else f"{name}: imported from {module.__file__}, not from the wheel"), False


def data_problems(source: Path) -> list[str]:
    """Data files of the source that the wheel lacks, and patterns that match nothing at all."""
    problems = []
    for package, (folder, patterns) in DATA.items():
        shipped = Path(str(resources.files(package)))
        for pattern in patterns:
            wanted = [path.relative_to(source / folder) for path in (source / folder).glob(pattern)]
            problems += [f"{package}: {path} is not in the wheel" for path in wanted if not (shipped / path).is_file()]
            problems += [] if wanted else [f"{package}: the source has no {pattern}"]
    return problems


def command_problems() -> list[str]:
    """Commands that do not load."""
    problems = []
    for point in entry_points(group="tonewatch.commands"):
        try:
            point.load()
        except (ImportError, AttributeError) as error:
            if getattr(error, "name", "") not in OPTIONAL:
                problems.append(f"command {point.name}: {error}")
    return problems


def main(source: Path) -> int:
    outcomes = [import_problem(name) for name in modules(source)]
    skipped = [text for text, may_be in outcomes if may_be]
    problems = [text for text, may_be in outcomes if text and not may_be]
    problems += data_problems(source) + command_problems()
    for text in skipped:
        sys.stdout.write(f"skipped {text}\n")
    for text in problems:
        sys.stdout.write(f"wrong   {text}\n")
    sys.stdout.write(f"{len(outcomes)} modules, {len(skipped)} skipped, {len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
