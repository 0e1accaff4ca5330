"""What is missing of a partition as a whole: at its beginning, between its records, and of what was there before.

Kafka numbers the records of a partition from 0 without gaps, and nothing compacts the audit: a whole chain that was
taken away leaves its numbers free, but where it was all that lay at the end, or the numbers were given anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tonewatch.stream.audit.chain import digest
from tonewatch.stream.audit.record import Fault, PartitionEnd, Record, fault_at
from tonewatch.stream.codec import decode_access
from tonewatch.stream.errors import BadRecord


@dataclass
class _Seen:
    """Of one partition. `of_known`: its records within what was there before; `has_end`: the last of those is one."""

    first: Record
    last: Record
    count: int = 0
    of_known: int = 0
    has_end: bool = False


@dataclass
class Partitions:
    """Watches the records go by. `known`: the ends of an earlier look. `kept_ms`: a partition may lack its beginning
    where its first record is of before that, in ms UTC; 0: none may, but where Kafka let it go."""

    known: Mapping[int, PartitionEnd]
    kept_ms: int = 0
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _late: set[int] = field(default_factory=set)

    def watch(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same, in the order of their partitions; those of before `kept_ms` say that something may lie before."""
        for record in records:
            seen = self._seen.get(record.partition)
            if seen is None:
                self._begin(record)
                seen = self._seen[record.partition] = _Seen(record, record)
            elif record.offset > seen.last.offset + 1:
                text = f"what lay at {seen.last.offset + 1} to {record.offset - 1} is gone"
                self.faults.append(fault_at("missing", record, None, text))
            self._count(seen, record)
            if record.partition in self._late and _late_ms(record) < self.kept_ms:
                record = replace(record, is_cut=True)
            yield record

    def _begin(self, first: Record) -> None:
        if first.is_cut or first.offset == 0:
            return
        gone = f"0 to {first.offset - 1}"
        if _late_ms(first) < self.kept_ms:
            self._late.add(first.partition)
            self.remarks.append(f"partition {first.partition}: what lay at {gone} is of before anything was kept")
            return
        text = f"its partition begins here: what lay at {gone} is gone, or was never kept (--kept-from)"
        self.faults.append(fault_at("missing", first, None, text))

    def _count(self, seen: _Seen, record: Record) -> None:
        is_new = seen.count == 0 or record.offset > seen.last.offset
        seen.count += is_new
        seen.last = record if is_new else seen.last
        known = self.known.get(record.partition)
        if known is None:
            return
        seen.of_known += is_new and known.first <= record.offset <= known.last
        seen.has_end |= record.offset == known.last and digest(record.value) == known.digest

    def hold(self) -> None:
        """What was there at the earlier look must be there; once all records went by."""
        for known in self.known.values():
            seen = self._seen.get(known.partition)
            if seen is None:
                text = f"the partition had {known.count} records when it was looked at before, and has none"
                self.faults.append(Fault("head", "", -1, known.partition, -1, text))
            elif seen.first.is_cut and seen.first.offset > known.first:
                if seen.first.offset <= known.last and not seen.has_end:
                    self.faults.append(_no_end(known))
            elif not seen.has_end:
                self.faults.append(_no_end(known))
            elif seen.of_known < known.count:
                text = f"of {known.count} records that were there when it was looked at before {seen.of_known} are left"
                self.faults.append(Fault("head", "", -1, known.partition, known.last, text))

    def ends(self) -> dict[int, PartitionEnd]:
        """As they are now, to be kept for the next look."""
        return {
            number: PartitionEnd(number, seen.first.offset, seen.last.offset, seen.count, digest(seen.last.value))
            for number, seen in self._seen.items()
        }


def _no_end(known: PartitionEnd) -> Fault:
    text = "what was the partition's last record when it was looked at before does not lie here any more"
    return Fault("head", "", -1, known.partition, known.last, text)


def _late_ms(record: Record) -> int:
    """No earlier than what the record says itself, which its chain and its seal hold."""
    try:
        return max(record.at_ms, decode_access(record.value).acted_at_ms)
    except BadRecord:
        return record.at_ms
