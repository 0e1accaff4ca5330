"""Each row of the page on ASVS names tests that are there, or says that it is open."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [line for line in (ROOT / "dashboard" / "ASVS.md").read_text().splitlines() if line.startswith("| V")]


@pytest.fixture(scope="module")
def functions() -> set[str]:
    """Every test function of ours."""
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        found.update(re.findall(r"^(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_requirement_has_a_test_that_is_there_or_is_open(row: str, functions: set[str]) -> None:
    number, says, by = (cell.strip() for cell in row.strip("|").split("|"))
    named = re.findall(r"`(test_\w+)`", by)
    assert says and set(named) <= functions
    assert named or by.startswith(("open", "the deployment's")), number


def test_the_page_has_all_that_it_had() -> None:
    assert len(ROWS) >= 40
