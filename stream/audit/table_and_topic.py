"""The archive's table held against the topic, record by record: whoever can write to the one cannot write the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from tonewatch.stream.audit.record import Fault, Record, fault_at
from tonewatch.stream.codec import decode_access
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import Access

ARCHIVED_WITHIN_MS: Final = 3_600_000
"""A record that the topic has for so long, and the table not, is missed; a younger one the archive may still write."""


def held_against(
    table: Sequence[Record], topic: Sequence[Record], spans: Mapping[int, range], now_ms: int
) -> tuple[list[Fault], list[str]]:
    """Faults and remarks. `spans`: the offsets that each partition of the topic has now; `now_ms`: UTC."""
    lies = defaultdict[tuple[int, int], set[bytes]](set)
    for row in table:
        lies[row.partition, row.offset].add(row.value)
    waiting, (faults, remarks) = 0, _of_table(table, topic, spans)
    last = {row.partition: row.offset for row in table}
    for record in topic:
        if record.value in lies[record.partition, record.offset]:
            continue
        is_young = record.at_ms > now_ms - ARCHIVED_WITHIN_MS and record.offset > last.get(record.partition, -1)
        waiting += is_young
        if not is_young:
            faults.append(fault_at("missing", record, _access(record), "the topic has it, the table has not"))
    if waiting:
        remarks.append(f"{waiting} records of the last hour are not in the table yet")
    return faults, remarks


def _of_table(
    table: Sequence[Record], topic: Sequence[Record], spans: Mapping[int, range]
) -> tuple[list[Fault], list[str]]:
    has = {(record.partition, record.offset): record.value for record in topic}
    faults: list[Fault] = []
    older: Counter[int] = Counter()
    for row in table:
        span = spans.get(row.partition)
        if span is None:
            faults.append(fault_at("inserted", row, _access(row), "the topic has no such partition"))
        elif row.offset >= span.stop:
            faults.append(fault_at("inserted", row, _access(row), f"the topic ends at {span.stop}"))
        elif row.offset < span.start:
            older[row.partition] += 1
        elif has.get((row.partition, row.offset)) != row.value:
            faults.append(fault_at("inserted", row, _access(row), "the topic has other bytes there"))
    remarks = [f"partition {number}: {count} rows are older than the topic" for number, count in sorted(older.items())]
    return faults, remarks


def _access(record: Record) -> Access | None:
    try:
        return decode_access(record.value)
    except BadRecord:
        return None
