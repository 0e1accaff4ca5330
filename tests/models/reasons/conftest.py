from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.messages import FactsTable

TABLES = Path(__file__).parents[2] / "workers" / "claims_tables.json"


@pytest.fixture(scope="session")
def tables() -> dict[str, FactsTable]:
    """Facts tables by name: boiling, sinking, delighted, flat, noisy, cold."""
    return msgspec.json.decode(TABLES.read_bytes(), type=dict[str, FactsTable])
