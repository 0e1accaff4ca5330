"""The facts table on the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from tonewatch.stream.messages import FactsTable

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "moment.json").read_text())["facts"]


def test_a_table_of_the_first_moment_says_nothing_of_one_before() -> None:
    later = ("since_ms", "tone_since", "changed")
    found = msgspec.convert({k: v for k, v in GOLDEN.items() if k not in later}, FactsTable)
    assert (found.since_ms, found.tone_since, found.changed) == (None, None, ())


def test_a_fact_is_fully_confident_where_it_does_not_say() -> None:
    bare = [{k: v for k, v in fact.items() if k != "confidence"} for fact in GOLDEN["facts"]]
    found = msgspec.convert({**GOLDEN, "facts": bare}, FactsTable)
    assert {fact.confidence for fact in found.facts} == {1.0}


def test_a_silence_of_less_than_none_that_release_0_1_wrote_is_read() -> None:
    assert msgspec.convert({**GOLDEN, "longest_silence_ms": -1_020}, FactsTable).longest_silence_ms == -1_020
