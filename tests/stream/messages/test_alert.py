"""The events of an alert on the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tonewatch.stream.codec import decode_alert, encode
from tonewatch.stream.errors import Undecodable

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "alert.json").read_text())


def test_the_former_unit_and_the_former_field_are_read_as_todays() -> None:
    former = {**GOLDEN, "chance": 0.5, "thresholds": {**GOLDEN["thresholds"], "unit": "chance"}}
    del former["probability"]
    found = decode_alert(json.dumps(former).encode())
    assert (found.probability, found.thresholds.unit) == (0.5, "probability")
    assert b'"chance"' not in encode(found)


def test_evidence_of_an_older_release_keeps_its_probability() -> None:
    piece = {key: value for key, value in GOLDEN["evidence"][0].items() if key != "probability"}
    found = decode_alert(json.dumps({**GOLDEN, "evidence": [{**piece, "chance": 0.25}]}).encode())
    assert found.evidence[0].probability == 0.25


@pytest.mark.parametrize("field", ["state", "severity", "event", "resolved_by", "cause"])
def test_a_word_that_is_not_in_the_contract_is_refused(field: str) -> None:
    with pytest.raises(Undecodable, match=field):
        decode_alert(json.dumps({**GOLDEN, field: "shouting"}).encode())
