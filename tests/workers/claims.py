"""The facts tables and labelled sentences that tests of reasons share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from tonewatch.stream.messages import FactsTable

_FOLDER = Path(__file__).parent

TABLES = msgspec.json.decode((_FOLDER / "claims_tables.json").read_bytes(), type=dict[str, FactsTable])
"""By name: boiling, sinking, delighted, flat, noisy, cold."""


@dataclass(frozen=True)
class Labelled:
    """A sentence about a table; `holds`: every claim in it is true, by a human's reading."""

    table: str
    holds: bool
    text: str


def labelled(name: str) -> list[Labelled]:
    """The sentences of `claims`, `claims_later` or `claims_held_out`."""
    lines = (_FOLDER / f"{name}.jsonl").read_text().splitlines()
    return [msgspec.json.decode(line, type=Labelled) for line in lines]
