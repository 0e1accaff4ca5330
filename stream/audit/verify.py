"""Are the audit's chains whole? What was altered, dropped, put in or put elsewhere, by the record where it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tonewatch.stream.audit.chain import digest, is_sealed_by, key_id
from tonewatch.stream.audit.partitions import Partitions
from tonewatch.stream.audit.record import Fault, Head, PartitionEnd, Record, fault_at
from tonewatch.stream.codec import decode_access
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.messages import Access


@dataclass(frozen=True)
class Since:
    """What is excused, in ms UTC: records of no chain from before `chained_ms`, records without a seal from before
    `sealed_ms`, and that a partition lacks its beginning where its first record is of before `kept_ms`; nothing by
    default. A record is as late as Kafka's time of it, as what it says itself, and as every
    record with a right seal that lies before it in its partition: none of these alone can be believed."""

    chained_ms: int = 0
    sealed_ms: int = 0
    kept_ms: int = 0


NOTHING_EXCUSED: Final = Since()

MOST_UNREADABLE: Final = 100
"""Of a partition that a chain's next record is held against: each is a fault by itself, and many are no accident."""


@dataclass
class Found:
    """What was checked. `faults` in the order of the records; `remarks` break no chain."""

    records: int = 0
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    sealed: int = 0
    ends: dict[int, PartitionEnd] = field(default_factory=dict)

    def whole_ends(self) -> dict[int, PartitionEnd]:
        """Those of partitions in which nothing is a fault."""
        broken = {fault.partition for fault in self.faults}
        return {number: end for number, end in self.ends.items() if number not in broken}

    def whole_heads(self) -> dict[str, Head]:
        """Those of chains of which no record is a fault: what is wrong with one keeps no other from being held to."""
        broken = {fault.writer for fault in self.faults}
        return {writer: head for writer, head in self.heads.items() if writer not in broken}


@dataclass(frozen=True)
class _Link:
    """`not_before_ms`: it was written no earlier. `behind`: hashes of the records of its partition that lie before it
    and cannot be read."""

    record: Record
    access: Access
    not_before_ms: int
    behind: tuple[str, ...] = ()


def verify(
    records: Iterable[Record],
    key: bytes = b"",
    heads: Mapping[str, Head] | None = None,
    *,
    since: Since = NOTHING_EXCUSED,
    ends: Mapping[int, PartitionEnd] | None = None,
) -> Found:
    """`records` in the order of their partitions; `heads` and `ends` of partitions are those of an earlier look, which
    must still be there.

    With a `key` every record of a chain must bear its seal, but for those of before there was one: whoever can write
    without the key could leave the seal out, or put another one in.
    """
    found = Found()
    excused = _Excused()
    partitions = Partitions(ends or {}, since.kept_ms)
    chains = _sorted(partitions.watch(records), key, since, found, excused)
    for writer, links in chains.items():
        _follow(writer, links, key, since, found, excused)
    partitions.hold()
    told = {(fault.partition, fault.offset) for fault in found.faults if fault.kind == "missing"}
    found.faults += [gap for gap in partitions.faults if (gap.partition, gap.offset) not in told]
    for head in (heads or {}).values():
        _still_there(head, chains.get(head.writer, []), found)
    if not found.records:
        text = "there is no record at all, and every role writes one when it begins"
        found.faults.append(Fault("missing", "", -1, -1, -1, text))
    found.remarks += [*partitions.remarks, *excused.told()]
    found.ends = partitions.ends()
    found.faults.sort(key=lambda fault: (fault.partition, fault.offset))
    return found


@dataclass
class _Excused:
    """Records that are no fault because of what they are dated."""

    plain: int = 0
    unsealed: int = 0
    by_writer: int = 0

    def note(self, record: Record, *, is_plain: bool) -> None:
        self.plain += is_plain
        self.unsealed += not is_plain
        self.by_writer += not record.by_broker

    def told(self) -> list[str]:
        lines = []
        if self.plain:
            lines.append(f"{self.plain} records of a release before there were chains: nothing can be said of them")
        if self.unsealed:
            lines.append(
                f"{self.unsealed} records of before there was a key: anybody who could write may have made them"
            )
        if self.by_writer:
            lines.append(
                f"{self.by_writer} of those are dated by who wrote them, not by the broker: one that was put in "
                "before the first sealed record of its partition does not show (message.timestamp.type)"
            )
        return lines


def _sorted(
    records: Iterable[Record], key: bytes, since: Since, found: Found, excused: _Excused
) -> dict[str, list[_Link]]:
    """By writer, in the order in which they lie. Records of before there were chains come before all others."""
    chains: dict[str, list[_Link]] = {}
    begun: set[int] = set()
    sealed_ms: dict[int, int] = {}
    unreadable: dict[int, tuple[str, ...]] = {}
    for record in records:
        found.records += 1
        try:
            access = decode_access(record.value)
        except BadRecord as error:
            found.faults.append(fault_at("unreadable", record, None, str(error)[:200]))
            of_partition = unreadable.get(record.partition, ())
            unreadable[record.partition] = (*of_partition[-MOST_UNREADABLE + 1 :], digest(record.value))
            continue
        at_ms = max(record.at_ms, access.acted_at_ms, sealed_ms.get(record.partition, -1))
        if access.writer:
            begun.add(record.partition)
            chains.setdefault(access.writer, []).append(
                _Link(record, access, at_ms, unreadable.get(record.partition, ()))
            )
            if key and access.key_id == key_id(key) and is_sealed_by(record.value, access.seal, key):
                # The seal holds for what the record says, its date too; Kafka's time beside it could be anybody's.
                trusted_ms = max(access.acted_at_ms, record.at_ms if record.by_broker else -1)
                sealed_ms[record.partition] = max(trusted_ms, sealed_ms.get(record.partition, -1))
        elif record.partition in begun:
            found.faults.append(fault_at("unlinked", record, access, "it belongs to no chain, and lies behind one"))
        elif at_ms >= since.chained_ms:
            text = "it belongs to no chain, and is not of before there were any (--chained-from)"
            found.faults.append(fault_at("unlinked", record, access, text))
        else:
            excused.note(record, is_plain=True)
    return chains


def _follow(writer: str, links: list[_Link], key: bytes, since: Since, found: Found, excused: _Excused) -> None:
    by_seq = _numbered(links, found)
    _check_order(links, by_seq, found)
    before: _Link | None = None
    for seq in sorted(by_seq):
        link = by_seq[seq]
        _check_link(before, link, found)
        _check_seal(link, key, since, found, excused)
        if link.access.lost:
            found.remarks.append(
                f"writer {writer[:12]}: {link.access.lost} events before record {seq} were never written"
            )
        before = link
    if before is not None:
        found.heads[writer] = Head(writer, before.access.seq, digest(before.record.value))


def _numbered(links: list[_Link], found: Found) -> dict[int, _Link]:
    """One record a number. A copy of the same bytes is a second delivery; other bytes were put in."""
    by_seq: dict[int, _Link] = {}
    for link in links:
        first = by_seq.setdefault(link.access.seq, link)
        if first is not link and first.record.value != link.record.value:
            found.faults.append(fault_at("inserted", link.record, link.access, "another record has the same number"))
    return by_seq


def _check_order(links: list[_Link], by_seq: dict[int, _Link], found: Found) -> None:
    newest: dict[int, int] = {}
    for link in links:
        access, partition = link.access, link.record.partition
        if by_seq[access.seq] is link and access.seq < newest.get(partition, -1):
            text = f"it lies behind record {newest[partition]}"
            found.faults.append(fault_at("reordered", link.record, access, text))
        newest[partition] = max(access.seq, newest.get(partition, -1))


def _check_link(before: _Link | None, link: _Link, found: Found) -> None:
    access = link.access
    seq_before = -1 if before is None else before.access.seq
    gap = access.seq - seq_before - 1
    if gap:
        _tell_gap(before, link, gap, found)
        return
    expected = "" if before is None else digest(before.record.value)
    if access.previous != expected:
        text = f"it does not link to record {seq_before} as that is now: one of the two was altered"
        found.faults.append(fault_at("altered", link.record, access, text))


def _tell_gap(before: _Link | None, link: _Link, gap: int, found: Found) -> None:
    access = link.access
    if before is None and link.record.is_cut:
        found.remarks.append(
            f"writer {access.writer[:12]}: {gap} records before {access.seq} are older than what is kept"
        )
    elif gap <= len(link.behind) and access.previous in link.behind:
        text = f"writer {access.writer[:12]}: {gap} records before {access.seq} are there and cannot be read"
        found.remarks.append(text)
    elif gap <= access.unacknowledged:
        found.remarks.append(f"writer {access.writer[:12]}: {gap} records before {access.seq} never reached Kafka")
    else:
        text = f"{gap} records before it are gone"
        found.faults.append(fault_at("missing", link.record, access, text))


def _check_seal(link: _Link, key: bytes, since: Since, found: Found, excused: _Excused) -> None:
    access = link.access
    if not key:
        return
    if not access.seal and not access.key_id and link.not_before_ms < since.sealed_ms:
        excused.note(link.record, is_plain=False)
        return
    if access.key_id != key_id(key):
        text = "it bears no seal of this key" if access.seal else "it bears no seal"
        found.faults.append(fault_at("seal", link.record, access, text))
        return
    if is_sealed_by(link.record.value, access.seal, key):
        found.sealed += 1
        return
    found.faults.append(fault_at("seal", link.record, access, "its seal is not by the key"))


def _still_there(head: Head, links: list[_Link], found: Found) -> None:
    """What was the end of a chain must be in it for ever: one that was cut off links all right up to the cut."""
    same = [link for link in links if link.access.seq == head.seq]
    if any(digest(link.record.value) == head.digest for link in same):
        return
    if same:
        text = "it was the chain's last when it was looked at before, and had other bytes"
        found.faults.append(fault_at("head", same[0].record, same[0].access, text))
    elif not (links and links[0].record.is_cut and links[0].access.seq > head.seq):
        text = "it was there when it was looked at before, and is gone"
        found.faults.append(Fault("head", head.writer, head.seq, -1, -1, text))
