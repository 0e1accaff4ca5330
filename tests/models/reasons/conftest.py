from __future__ import annotations

import pytest

from tonewatch.stream.messages import FactsTable

from ...workers.claims import TABLES


@pytest.fixture(scope="session")
def tables() -> dict[str, FactsTable]:
    """Facts tables by name: boiling, sinking, delighted, flat, noisy, cold."""
    return TABLES
