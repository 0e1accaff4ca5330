"""What somebody who can write to the topic or the table may try, and by which record it shows."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from tonewatch.stream.audit import audit_command
from tonewatch.stream.audit.audit_command import Lies
from tonewatch.stream.audit.chain import Chain, digest
from tonewatch.stream.audit.record import Head, Record
from tonewatch.stream.audit.topic_records import all_of
from tonewatch.stream.audit.verify import Found, Since, verify
from tonewatch.stream.codec import decode_access, encode
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import Access

KEY = b"k" * 32


def access(number: int) -> Access:
    return Access(call_id=f"c{number}", access_id=f"{number}", kind="looked", by="Ada", role="supervisor")


def written(writers: int = 2, each: int = 6, key: bytes = b"") -> list[Record]:
    """Several writers side by side, each in a partition of its own, every record acknowledged."""
    records = []
    for number in range(writers):
        chain = Chain(f"writer-{number}", key)
        for offset in range(each):
            records.append(Record(number, offset, chain.link(access(offset))))
            chain.acknowledged()
    return records


def faults(records: list[Record], key: bytes = b"", heads: dict[str, Head] | None = None) -> list[tuple[str, str, int]]:
    return [(fault.kind, fault.writer, fault.seq) for fault in verify(records, key, heads).faults]


def moved(records: list[Record]) -> list[Record]:
    """With the offsets that they have where they lie now."""
    return [Record(one.partition, index, one.value) for index, one in enumerate(records)]


def behind(records: list[Record], first: int, at_ms: int = -1, *, by_broker: bool = False) -> list[Record]:
    """The same, from that offset of partition 0 on, all of one time."""
    return [
        Record(0, first + number, one.value, at_ms=at_ms, by_broker=by_broker) for number, one in enumerate(records)
    ]


def altered(record: Record, **fields: object) -> Record:
    return Record(
        record.partition, record.offset, encode(msgspec.structs.replace(decode_access(record.value), **fields))
    )


def test_what_was_left_alone_is_whole() -> None:
    found = verify(written(3))
    assert (found.faults, found.remarks, found.records) == ([], [], 18)
    assert {head.seq for head in found.heads.values()} == {5}


@pytest.mark.parametrize("field", ["by", "call_id", "kind", "role", "detail"])
def test_a_record_that_was_altered_shows_at_the_one_behind_it(field: str) -> None:
    records = written()
    records[2] = altered(records[2], **{field: "exported" if field == "kind" else "eve"})
    assert faults(records) == [("altered", "writer-0", 3)]


def test_a_record_that_was_dropped_is_missed_by_the_one_behind_it() -> None:
    records = written()
    assert faults([*records[:2], *records[3:]]) == [("missing", "writer-0", 3)]


def test_the_first_record_is_missed_too() -> None:
    assert faults(written()[1:]) == [("missing", "writer-0", 1)]


def test_records_that_changed_places_are_told() -> None:
    records = written(1)
    records[2], records[3] = records[3], records[2]
    assert faults(moved(records)) == [("reordered", "writer-0", 2)]


def test_a_record_that_was_put_in_under_a_number_that_is_taken_is_told() -> None:
    records = written(1)
    records.insert(3, altered(records[2], by="eve"))
    assert ("inserted", "writer-0", 2) in faults(moved(records))


def test_a_record_that_was_put_in_behind_the_last_one_does_not_link() -> None:
    records = written(1)
    records.append(altered(records[-1], seq=6, by="eve"))
    assert faults(moved(records)) == [("altered", "writer-0", 6)]


def test_a_record_of_no_chain_is_told_wherever_it_lies_but_before_the_day_that_is_named() -> None:
    records, plain = written(1), Record(0, 0, encode(access(9)), at_ms=5)
    since = Since(chained_ms=6)
    assert faults(moved([*records, plain])) == faults(moved([plain, *records])) == [("unlinked", "", -1)]
    assert [fault.kind for fault in verify(moved([*records, plain]), since=since).faults] == ["unlinked"]
    found = verify([plain, *behind(records, 1)], since=since)
    assert found.faults == [] and "before there were chains" in found.remarks[0]


def test_a_record_of_no_chain_in_a_partition_that_has_none_is_told() -> None:
    strangers = [Record(7, offset, encode(access(offset)), at_ms=5) for offset in range(3)]
    assert faults([*written(1), *strangers]) == [("unlinked", "", -1)] * 3
    assert verify(strangers, since=Since(chained_ms=6)).faults == []
    # It is as late as the latest of what Kafka says of it and what it says itself.
    for late in (Record(7, 0, encode(access(0)), at_ms=6), Record(7, 0, altered(strangers[0], acted_at_ms=6).value)):
        assert [fault.kind for fault in verify([late], since=Since(chained_ms=6)).faults] == ["unlinked"]


def test_bytes_that_are_no_record_are_told() -> None:
    assert faults([*written(1), Record(0, 6, b"\xff not one")]) == [("unreadable", "", -1)]


def test_a_record_of_a_chain_that_cannot_be_read_is_one_fault_and_the_rest_is_verified() -> None:
    """As of a release that wrote a call's id of more bytes than it read."""
    records, chain = written(2, key=KEY), Chain("odd", KEY)
    odd = chain.link(access(0)), chain.link(access(1)), chain.link(access(2))
    old = encode(msgspec.structs.replace(decode_access(odd[1]), call_id="€" * 200))
    behind_it = encode(msgspec.structs.replace(decode_access(odd[2]), previous=digest(old)))
    lie = [Record(2, n, value) for n, value in enumerate([odd[0], old, behind_it])]
    found = verify([*records, *lie])
    assert [(fault.kind, fault.partition, fault.offset) for fault in found.faults] == [("unreadable", 2, 1)]
    assert "1 records before 2 are there and cannot be read" in found.remarks[0]
    assert set(found.whole_heads()) == {"writer-0", "writer-1", "odd"}
    # It stands for what links to it alone: beside it nothing may be taken out.
    other = [record for record in records if record.offset != 2 or record.partition != 0]
    assert ("missing", "writer-0", 3) in faults([Record(0, 0, b"no record"), *behind(other[:5], 1), *other[5:]])


def test_heads_of_chains_that_are_whole_are_written_where_others_have_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, file = written(), tmp_path / "heads.json"
    records[1] = altered(records[1], by="eve")
    monkeypatch.setattr(audit_command, "_records", lambda *_: Lies([*records, Record(2, 0, b"no record")]))
    outcome = CliRunner().invoke(audit_command.audit, ["verify", "--heads", str(file)])
    assert outcome.exit_code == 1 and "unreadable: partition 2 offset 0" in outcome.output
    assert set(audit_command.read_heads(file).chains) == {"writer-1"}


def test_a_second_delivery_of_the_same_bytes_is_no_fault() -> None:
    records = written(1)
    records.insert(3, records[2])
    assert faults(moved(records)) == []


def test_a_chain_that_was_made_again_without_the_key_has_no_right_seals() -> None:
    forged = Chain("writer-0", b"")
    values = [forged.link(access(0)) for _ in range(3)]
    sealed = written(1, key=KEY)
    key_named = decode_access(sealed[0].value).key_id
    records = [
        altered(Record(0, i, value), key_id=key_named, seal="0" * 64, previous="") for i, value in enumerate(values)
    ]
    assert verify(sealed, KEY).sealed == 6 and faults(sealed, KEY) == []
    assert [kind for kind, _, _ in faults(records, KEY)].count("seal") == 3


def test_the_last_record_of_a_sealed_chain_cannot_be_altered_either() -> None:
    records = written(1, key=KEY)
    records[-1] = Record(0, 5, records[-1].value.replace(b'"Ada"', b'"Eve"'))
    assert faults(records) == []  # without the key nothing links to it yet
    assert faults(records, KEY) == [("seal", "writer-0", 5)]


def test_a_chain_that_was_cut_off_shows_by_the_heads_of_an_earlier_look() -> None:
    records = written()
    heads = verify(records).heads
    assert faults(records[:4] + records[6:], heads=heads) == [("head", "writer-0", 5)]
    assert faults(records[6:], heads=heads) == [("head", "writer-0", 5)]


def test_a_head_with_other_bytes_is_told() -> None:
    records = written(1)
    heads = verify(records).heads
    records[-1] = altered(records[-1], by="eve")
    assert faults(records, heads=heads) == [("head", "writer-0", 5)]


def test_what_kafka_did_not_take_is_remarked_and_no_fault() -> None:
    records: list[Record] = []
    chain = Chain("w")
    for number in range(6):
        value = chain.link(access(number))
        if number not in (2, 3):
            records.append(Record(0, len(records), value))
            chain.acknowledged()
    found = verify(records)
    assert found.faults == [] and "2 records before 4 never reached Kafka" in found.remarks[0]


def test_one_more_than_kafka_did_not_take_is_a_fault() -> None:
    records: list[Record] = []
    chain = Chain("w")
    for number in range(6):
        value = chain.link(access(number))
        if number != 3:
            records.append(Record(0, len(records), value))
            chain.acknowledged()
    assert faults([*records[:2], *records[3:]]) == [("missing", "w", 4)]


def test_the_beginning_that_kafka_let_go_by_age_is_remarked() -> None:
    kept = [Record(one.partition, one.offset, one.value, is_cut=True) for one in written(1)[3:]]
    found = verify(kept)
    assert found.faults == [] and "older than what is kept" in found.remarks[0]
    heads = verify(written(1)[:2]).heads
    assert verify(kept, heads=heads).faults == []


def test_events_that_were_lost_before_they_became_records_are_remarked() -> None:
    chain = Chain("w")
    chain.lose()
    assert "1 events before record 0 were never written" in verify([Record(0, 0, chain.link(access(0)))]).remarks[0]


def _drop(records: list[Record], at: int) -> list[Record]:
    return records[:at] + records[at + 1 :]


def _alter(records: list[Record], at: int) -> list[Record]:
    return [*records[:at], altered(records[at], by="eve"), *records[at + 1 :]]


def _swap(records: list[Record], at: int) -> list[Record]:
    return [*records[:at], records[at + 1], records[at], *records[at + 2 :]]


def _insert(records: list[Record], at: int) -> list[Record]:
    return [*records[:at], altered(records[at], access_id="eve"), *records[at:]]


@pytest.mark.parametrize("attack", [_drop, _alter, _swap, _insert])
def test_no_single_attack_on_any_record_but_the_last_goes_unseen(
    attack: Callable[[list[Record], int], list[Record]],
) -> None:
    records = written(1, each=20)
    for at in range(len(records) - 1):
        assert verify(moved(attack(records, at))).faults, at


def test_many_attacks_at_once_leave_a_fault_each_time() -> None:
    draw = random.Random(7)
    for _ in range(200):
        records = written(1, each=12, key=KEY)
        for _ in range(draw.randint(1, 3)):
            records = draw.choice([_drop, _alter, _swap, _insert])(records, draw.randrange(len(records) - 2))
        found: Found = verify(moved(records), KEY)
        is_as_it_was = [one.value for one in records] == [one.value for one in written(1, each=12, key=KEY)]
        assert bool(found.faults) is not is_as_it_was


def test_with_the_key_a_record_without_its_seal_is_told_unless_it_is_of_before() -> None:
    plain, own = written(1), written(1, key=b"o" * 32)
    assert {kind for kind, _, _ in faults(plain, KEY)} == {kind for kind, _, _ in faults(own, KEY)} == {"seal"}
    after_the_last = [*written(1, key=KEY), Record(0, 6, Chain("writer-9").link(access(0)))]
    assert faults(after_the_last, KEY) == [("seal", "writer-9", 0)]
    before = [altered(one, acted_at_ms=5) for one in written(1, each=1)]
    assert verify(before, KEY, since=Since(sealed_ms=6)).faults == []
    assert [fault.kind for fault in verify(before, KEY, since=Since(sealed_ms=5)).faults] == ["seal"]


DAY = 1_000_000
"""Since when there is a key."""


def unsealed(writer: str, *, acted_at_ms: int, each: int = 2) -> list[Record]:
    """A chain that links all right, without seals."""
    chain, records = Chain(writer), []
    for number in range(each):
        value = chain.link(msgspec.structs.replace(access(number), acted_at_ms=acted_at_ms))
        records.append(Record(0, number, value))
        chain.acknowledged()
    return records


def sealed_at(acted_at_ms: int, writer: str = "real", each: int = 2) -> list[Record]:
    chain, records = Chain(writer, KEY), []
    for number in range(each):
        value = chain.link(msgspec.structs.replace(access(number), acted_at_ms=acted_at_ms))
        records.append(Record(0, number, value))
        chain.acknowledged()
    return records


def seal_faults(records: list[Record]) -> list[tuple[str, str]]:
    return [(fault.kind, fault.writer) for fault in verify(records, KEY, since=Since(sealed_ms=DAY)).faults]


def test_a_chain_without_seals_that_dates_itself_back_is_as_late_as_the_broker_says() -> None:
    forged = unsealed("eve", acted_at_ms=5)
    assert seal_faults(behind(forged, 0, DAY - 1, by_broker=True)) == []
    assert seal_faults(behind(forged, 0, DAY, by_broker=True)) == [("seal", "eve")] * 2


def test_a_chain_without_seals_behind_a_sealed_record_is_later_than_it_whatever_times_it_has() -> None:
    real, forged = sealed_at(DAY + 5), unsealed("eve", acted_at_ms=5)
    assert seal_faults([*behind(real, 0, 5), *behind(forged, 2, 5)]) == [("seal", "eve")] * 2
    assert seal_faults([*behind(forged, 0, 5), *behind(real, 2, 5)]) == []
    # While roles got the key one after the other, those that had it already wrote beside those that had not.
    assert seal_faults([*behind(sealed_at(DAY - 50), 0, DAY - 50), *behind(forged, 2, DAY - 40)]) == []


def test_a_record_that_only_pretends_to_be_sealed_dates_nothing() -> None:
    pretended = [altered(one, key_id="0" * 12, seal="0" * 64) for one in unsealed("mallory", acted_at_ms=DAY + 5)]
    honest = unsealed("old", acted_at_ms=5)
    assert {writer for _, writer in seal_faults([*behind(pretended, 0, 5), *behind(honest, 2, 5)])} == {"mallory"}


def test_a_record_without_a_seal_that_names_a_key_is_not_of_before_there_was_one() -> None:
    named = [altered(one, key_id="0" * 12) for one in unsealed("eve", acted_at_ms=5, each=1)]
    assert seal_faults(named) == [("seal", "eve")]


def test_a_seal_of_another_key_is_excused_by_no_day() -> None:
    chain = Chain("eve", b"o" * 32)
    assert seal_faults([Record(0, 0, chain.link(access(0)), at_ms=5)]) == [("seal", "eve")]


def test_what_is_excused_is_told_and_whether_its_writer_chose_the_time() -> None:
    old = unsealed("old", acted_at_ms=5)
    by_writer = verify(behind(old, 0, 5), KEY, since=Since(sealed_ms=DAY)).remarks
    by_broker = verify(behind(old, 0, 5, by_broker=True), KEY, since=Since(sealed_ms=DAY)).remarks
    assert "2 records of before there was a key" in by_writer[0] and "dated by who wrote them" in by_writer[1]
    assert by_writer[:1] == by_broker


def test_the_head_of_a_chain_that_was_deleted_is_missed_in_a_sealed_chain_too() -> None:
    assert faults(moved(written(1, key=KEY)[1:]), KEY) == [("missing", "writer-0", 1)]


def test_two_writers_under_one_name_do_not_pass_for_one() -> None:
    one, other = written(1, each=3), [altered(record, by="Eve") for record in written(1, each=3)]
    assert {kind for kind, _, _ in faults(moved([*one, *other]))} >= {"inserted"}
    assert {kind for kind, _, _ in faults([*one, *[Record(1, r.offset, r.value) for r in other]])} >= {"inserted"}


def test_a_chain_that_is_forked_by_its_own_key_shows_where_it_parts() -> None:
    chain, fork = Chain("w", KEY), Chain("w", KEY)
    values = [chain.link(access(number)) for number in range(3)]
    assert fork.link(access(0)) == values[0]
    assert faults(moved([Record(0, 0, v) for v in [*values, fork.link(access(8))]]), KEY) == [("inserted", "w", 1)]


def test_a_chain_whose_records_were_dealt_out_to_other_partitions_is_whole_and_its_order_is_looked_at_in_each() -> None:
    first, second = written(1, each=6)[:3], written(1, each=6)[3:]
    assert faults([*moved(first), *[Record(1, n, one.value) for n, one in enumerate(second)]]) == []
    turned = [Record(1, n, one.value) for n, one in enumerate(reversed(second))]
    assert {kind for kind, _, _ in faults([*moved(first), *turned])} == {"reordered"}


def test_a_whole_chain_that_was_taken_out_leaves_its_numbers_free() -> None:
    one, gone, other = (written(1, each=2), unsealed("gone", acted_at_ms=5), unsealed("left", acted_at_ms=5))
    lie = [*behind(one, 0), *behind(gone, 2), *behind(other, 4)]
    assert faults(lie) == []
    found = verify([*lie[:2], *lie[4:]])
    assert [(fault.kind, fault.writer, fault.offset) for fault in found.faults] == [("missing", "", 4)]
    assert "what lay at 2 to 3 is gone" in found.faults[0].text


def test_a_topic_that_was_emptied_or_made_again_is_not_whole() -> None:
    assert faults([]) == [("missing", "", -1)]
    heads = verify(written(1)).heads
    assert ("head", "writer-0", 5) in faults([], heads=heads)
    assert faults(moved(unsealed("new", acted_at_ms=5)), heads=heads) == [("head", "writer-0", 5)]


def test_a_seal_that_is_moved_to_another_record_is_not_by_the_key() -> None:
    records = written(1, each=2, key=KEY)
    stolen = decode_access(records[0].value).seal
    records[1] = altered(records[1], seal=stolen)
    assert faults(records, KEY) == [("seal", "writer-0", 1)]


def test_a_seal_in_words_of_the_record_before_its_own_is_not_taken_for_it() -> None:
    chain = Chain("w", KEY)
    sealed = Record(0, 0, chain.link(access(0)))
    seal = decode_access(sealed.value).seal
    doubled = sealed.value.replace(b'{"type"', f'{{"seal":"{seal}","type"'.encode(), 1)
    assert doubled != sealed.value
    assert faults([Record(0, 0, doubled)], KEY) == [("seal", "w", 0)]


def test_a_partition_that_kafka_does_not_tell_of_is_missed() -> None:
    assert [one.partition for one in all_of({2, 0, 1})] == [0, 1, 2]
    with pytest.raises(BrokerError, match="partition 1 of"):
        all_of({0, 2})
