"""Sealing and opening, with the topic of keys as a list that is read when somebody looks."""

from __future__ import annotations

import asyncio
import logging
import os

import pytest

from tonewatch.stream.call_keys.counts import CALL_KEYS_MADE, SEALED_RECORDS
from tonewatch.stream.call_keys.envelope import SHREDDED_RECORD, is_sealed
from tonewatch.stream.call_keys.key_index import KeyIndex, mark_key, record_key
from tonewatch.stream.call_keys.key_ring import KeyRing
from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.codec import decode_segment, encode
from tonewatch.stream.errors import SettingsError, Undecodable, UnheldMasterKey
from tonewatch.stream.messages import CallKey, CallShredded
from tonewatch.stream.topics import ALERTS, SEGMENTS

NOW = 1_789_000_000_000
CALL, TOPIC = b"c-1", SEGMENTS.name


class Log:
    """The topic; each reader applies what it has not read yet when it catches up."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes | None]] = []
        self.looks = 0

    def mark(self, call: bytes) -> None:
        self.records.append((mark_key(call), encode(CallShredded(call_id=call.decode(), at_ms=NOW))))


class Reader:
    def __init__(self, log: Log, index: KeyIndex) -> None:
        self._log, self._index, self._read = log, index, 0

    async def start(self) -> None:
        await self.caught_up()

    async def stop(self) -> None:
        pass

    async def caught_up(self) -> None:
        self._log.looks += 1
        await asyncio.sleep(0)
        for key, value in self._log.records[self._read :]:
            self._index.apply(key, value)
        self._read = len(self._log.records)

    async def write(self, _call: bytes, key: bytes, value: bytes | None) -> None:
        await asyncio.sleep(0)
        self._log.records.append((key, value))


def ring_of(log: Log, master: bytes = b"m" * 32) -> KeyRing:
    masters = MasterKeys([master])
    index = KeyIndex(masters)
    return KeyRing(Reader(log, index), index, masters, clock_ms=lambda: NOW)


def counted(outcome: str) -> float:
    return float(SEALED_RECORDS.labels(topic=TOPIC, outcome=outcome)._value.get())


async def test_what_one_process_seals_another_opens_once_it_has_looked() -> None:
    log = Log()
    writer, reader = ring_of(log), ring_of(log)
    sealed = await writer.seal(TOPIC, CALL, b"said")
    assert b"said" not in sealed
    assert await reader.open(TOPIC, CALL, sealed) == b"said"
    assert reader.known(TOPIC, CALL, sealed) == b"said"


async def test_a_call_has_one_key_however_many_write_of_it_at_once() -> None:
    log, before = Log(), CALL_KEYS_MADE._value.get()
    ring = ring_of(log)
    await asyncio.gather(*(ring.seal(TOPIC, CALL, b"said") for _ in range(20)))
    await ring.seal(ALERTS.name, CALL, b"alert")
    assert len(log.records) == 1 == CALL_KEYS_MADE._value.get() - before
    assert b"said" not in (log.records[0][1] or b"")


async def test_two_processes_that_make_a_key_at_once_lose_nothing() -> None:
    log = Log()
    rings = [ring_of(log), ring_of(log)]
    sealed = await asyncio.gather(*(ring.seal(TOPIC, CALL, b"said") for ring in rings))
    assert len({key for key, _ in log.records}) == 2
    assert {await ring.open(TOPIC, CALL, one) for ring in rings for one in sealed} == {b"said"}


async def test_of_a_shredded_call_nothing_can_be_opened_and_it_is_counted() -> None:
    log = Log()
    ring, late = ring_of(log), ring_of(log)
    sealed, other = await ring.seal(TOPIC, CALL, b"said"), await ring.seal(TOPIC, b"c-2", b"kept")
    log.mark(CALL)
    await ring.start()
    before = counted("shredded")
    assert [await one.open(TOPIC, CALL, sealed) for one in (ring, late)] == [None, None]
    assert counted("shredded") - before == 2
    assert await ring.open(TOPIC, b"c-2", other) == b"kept"


async def test_a_late_record_of_a_shredded_call_gets_no_key_and_holds_nothing() -> None:
    log = Log()
    log.mark(CALL)
    ring = ring_of(log)  # It has not read the mark yet when it makes a key.
    before = counted("left_empty")
    assert await ring.seal(TOPIC, CALL, b"said") == SHREDDED_RECORD
    assert counted("left_empty") - before == 1
    (_, first), (key, made), (again, overwritten) = log.records
    assert (first is not None, key, made is not None, overwritten) == (True, again, True, None)
    assert await ring.seal(TOPIC, CALL, b"more") == SHREDDED_RECORD
    assert len(log.records) == 3
    assert await ring_of(log).open(TOPIC, CALL, SHREDDED_RECORD) is None


async def test_what_nobody_has_the_key_of_stays_sealed_and_is_looked_for_once() -> None:
    sealed = await ring_of(Log()).seal(TOPIC, CALL, b"said")
    log, before = Log(), counted("no_key")
    ring = ring_of(log)
    for _ in range(3):
        assert await ring.open(TOPIC, CALL, sealed) == sealed
    assert (log.looks, counted("no_key") - before) == (1, 3)


def forged() -> bytes:
    """Sealed under a key that nobody has."""
    return b"\xc1TW\x01\x00" + os.urandom(8) + os.urandom(40)


async def test_of_all_unknown_keys_of_a_fetch_kafka_is_asked_once() -> None:
    log, before = Log(), counted("no_key")
    ring, writer = ring_of(log), ring_of(log)
    sealed = await writer.seal(TOPIC, CALL, b"said")
    fetched, log.looks = ring.looks, 0
    for value in (forged() for _ in range(100)):
        assert await ring.open(TOPIC, b"x", value, fetched) == value
    assert await ring.open(TOPIC, CALL, sealed, fetched) == b"said"
    assert (log.looks, counted("no_key") - before) == (1, 100)
    await ring.open(TOPIC, b"x", forged(), ring.looks)
    assert log.looks == 2


async def test_a_look_that_began_before_a_record_was_fetched_is_not_enough_for_it() -> None:
    log = Log()
    ring, writer = ring_of(log), ring_of(log)
    early = asyncio.create_task(ring.open(TOPIC, b"x", forged()))
    while not ring.looks:
        await asyncio.sleep(0)
    later = asyncio.create_task(ring.open(TOPIC, CALL, await writer.seal(TOPIC, CALL, b"said"), ring.looks))
    await early
    assert await later == b"said"


async def test_a_record_that_was_moved_stays_sealed_and_no_word_of_it_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ring, before = ring_of(Log()), counted("broken")
    sealed = await ring.seal(ALERTS.name, CALL, b"said")
    with caplog.at_level(logging.DEBUG):
        assert await ring.open(TOPIC, CALL, sealed) == sealed
    assert counted("broken") - before == 1
    assert "said" not in caplog.text


async def test_what_is_sealed_is_not_sealed_twice_and_no_key_is_made_for_what_nobody_knows() -> None:
    log = Log()
    ring = ring_of(log)
    sealed = await ring.seal(TOPIC, CALL, b"said")
    assert await ring.seal(SEGMENTS.dlq, CALL, sealed) == sealed
    assert await ring.seal(SEGMENTS.dlq, b"not a call", b"garbage") == b"garbage"
    assert await ring.seal(TOPIC, b"\xff\xfe", b"garbage") == b"garbage"
    assert is_sealed(await ring.seal(SEGMENTS.dlq, CALL, b"garbage"))
    assert len(log.records) == 1


async def test_the_wrong_master_key_is_told_at_the_start_and_never_a_lost_record(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = Log()
    sealed = await ring_of(log).seal(TOPIC, CALL, b"said")
    wrong = ring_of(log, b"w" * 32)
    await wrong.start()
    assert "a master key that the file does not hold" in caplog.text
    with pytest.raises(SettingsError, match="TONEWATCH_MASTER_KEY_FILE"):
        await wrong.open(TOPIC, CALL, sealed)


async def sealed_by_a_stranger(log: Log) -> bytes:
    """Under a key whose master nobody of ours holds, as whoever may write to the topic of keys can make one."""
    return await ring_of(log, b"s" * 32).seal(TOPIC, b"made up", b"said")


@pytest.mark.parametrize("looks_first", [True, False])
async def test_a_record_under_a_strangers_master_key_is_put_aside_by_who_opens_all_others(
    caplog: pytest.LogCaptureFixture, *, looks_first: bool
) -> None:
    log, before = Log(), counted("no_master")
    ring = ring_of(log)
    ours = await ring.seal(TOPIC, CALL, b"said")
    foreign = await sealed_by_a_stranger(log)
    if looks_first:
        await ring.start()
    caplog.clear()
    for _ in range(3):
        assert await ring.open(TOPIC, b"made up", foreign) == foreign
        assert await ring.open(TOPIC, CALL, ours) == b"said"
    assert counted("no_master") - before == 3
    assert [record.message for record in caplog.records] == ["A sealed record cannot be opened"]
    with pytest.raises(Undecodable, match="master key") as refused:
        decode_segment(foreign)
    assert refused.value.reason == "sealed"


async def test_one_who_opens_no_key_at_all_ends_instead_of_putting_everything_aside() -> None:
    log = Log()
    foreign = await sealed_by_a_stranger(log)
    ring = ring_of(log)
    with pytest.raises(UnheldMasterKey):
        await ring.open(TOPIC, b"made up", foreign)
    await ring.seal(TOPIC, CALL, b"said")
    assert await ring.open(TOPIC, b"made up", foreign) == foreign


async def test_one_whose_master_key_was_replaced_everywhere_else_ends_too() -> None:
    log = Log()
    ring = ring_of(log)
    await ring.seal(TOPIC, CALL, b"said")
    foreign = await sealed_by_a_stranger(log)
    assert await ring.open(TOPIC, b"made up", foreign) == foreign
    index = KeyIndex(both := MasterKeys([b"s" * 32, b"m" * 32]))
    await Reader(log, index).caught_up()
    rewrapped = [(key, value) for _, key, value in index.rewrapped()]
    assert rewrapped and both.holds(both.current)
    log.records += rewrapped
    for late in (ring, ring_of(log)):
        await late.start()
        with pytest.raises(UnheldMasterKey):
            await late.open(TOPIC, b"made up", foreign)


async def test_the_monitors_own_state_is_never_put_aside() -> None:
    log = Log()
    changelog = "tonewatch-monitor-calls-changelog"
    foreign = await ring_of(log, b"s" * 32).seal(changelog, b'"made up"', b"{}")
    ring = ring_of(log)
    await ring.seal(TOPIC, CALL, b"said")
    with pytest.raises(UnheldMasterKey):
        await ring.open(changelog, b'"made up"', foreign)


async def test_a_name_of_our_master_key_over_garbage_proves_nothing() -> None:
    log = Log()
    ring, ours = ring_of(log), MasterKeys([b"m" * 32])
    foreign = await sealed_by_a_stranger(log)
    forged = CallKey(call_id="x", key_id="00" * 8, master_id=ours.current, wrapped=bytes(60), made_at_ms=NOW)
    log.records.append((record_key(b"x", bytes(8)), encode(forged)))
    with pytest.raises(UnheldMasterKey):
        await ring.open(TOPIC, b"made up", foreign)
