"""Records of the audit as they lie, what is wrong with one, and what is kept of an earlier look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tonewatch.stream.messages import Access

Kind = Literal["unreadable", "unlinked", "missing", "altered", "reordered", "inserted", "seal", "head"]


@dataclass(frozen=True)
class Record:
    """A record as it lies in the topic or the table. `is_cut`: its partition no longer begins at its first record.

    `at_ms`: Kafka's time of it, UTC; -1 where that is not known. `by_broker`: the broker gave it (LogAppendTime); else
    who wrote the record could choose it.
    """

    partition: int
    offset: int
    value: bytes
    is_cut: bool = False
    at_ms: int = -1
    by_broker: bool = False


@dataclass(frozen=True)
class Head:
    """The end of a writer's chain as it was found."""

    writer: str
    seq: int
    digest: str


@dataclass(frozen=True)
class PartitionEnd:
    """A partition as it was found: offset of its first and its last record, how many lay there, and the SHA-256 of the
    last one's bytes."""

    partition: int
    first: int
    last: int
    count: int
    digest: str


@dataclass(frozen=True)
class Fault:
    """Where a chain does not hold. `writer` is '' and `seq` -1 of a record that belongs to none."""

    kind: Kind
    writer: str
    seq: int
    partition: int
    offset: int
    text: str

    def __str__(self) -> str:
        of = f"writer {self.writer[:12]} record {self.seq}, " if self.writer else ""
        at = f"partition {self.partition}" if self.partition >= 0 else "nowhere"
        at += f" offset {self.offset}" if self.offset >= 0 else ""
        return f"{self.kind}: {of}{at}: {self.text}"


def fault_at(kind: Kind, record: Record, access: Access | None, text: str) -> Fault:
    writer, seq = (access.writer, access.seq) if access is not None and access.writer else ("", -1)
    return Fault(kind, writer, seq, record.partition, record.offset, text)
