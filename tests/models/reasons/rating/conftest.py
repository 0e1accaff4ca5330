from __future__ import annotations

import pytest

from tonewatch.models.reasons.rating.texts import Source, WrittenText
from tonewatch.stream.messages import FactsTable

ARGUED = Source("argued", "a person")
LISTED = Source("listed", "model tiny")


@pytest.fixture
def written(tables: dict[str, FactsTable]) -> list[WrittenText]:
    """Two sources about three moments: one text is the same for both, and once one of them says nothing."""
    louder, softer, flat = tables["boiling"], tables["sinking"], tables["flat"]
    return [
        WrittenText(ARGUED, ("a.wav", "onset", 1), louder, "Louder, so this is anger."),
        WrittenText(LISTED, ("a.wav", "onset", 1), louder, "The tone fell to -0.60."),
        WrittenText(ARGUED, ("b.wav", "onset", 2), softer, "Softer."),
        WrittenText(LISTED, ("b.wav", "onset", 2), softer, "Softer."),
        WrittenText(ARGUED, ("c.wav", "update", 3), flat, ""),
        WrittenText(LISTED, ("c.wav", "update", 3), flat, "The words are plain."),
    ]
