"""What became of sealed records in this process. Clients know no role's metrics: each registry takes these in."""

from __future__ import annotations

from typing import Final, Literal

from prometheus_client import Counter

Outcome = Literal["shredded", "no_key", "no_master", "broken", "left_empty"]
"""Of a record that was read: its call was shredded, nobody has its key, its key is under a master key that is not held,
it was changed or moved. Of one that was written: empty, for its call was shredded."""

SEALED_RECORDS: Final = Counter(
    "tonewatch_sealed_records_total",
    "Sealed records that could not be opened, or were written empty",
    ["topic", "outcome"],
    registry=None,
)
CALL_KEYS_MADE: Final = Counter("tonewatch_call_keys_made_total", "Keys made for calls", registry=None)


def count(topic: str, outcome: Outcome) -> None:
    SEALED_RECORDS.labels(topic=topic, outcome=outcome).inc()
