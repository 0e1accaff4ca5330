"""The archivist as a process of its own, on a real broker, with the audio of a demo call."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tonewatch.stream import topics
from tonewatch.stream.archive.archivist import GROUP, READS
from tonewatch.stream.codec import (
    Written,
    decode_alert,
    decode_moment,
    decode_rationale,
    decode_segment,
    decode_verdict,
    encode,
    encode_call,
)
from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.messages import (
    Alert,
    AudioChunk,
    AudioSpan,
    CallClosed,
    CallMessage,
    CallOpened,
    Evidence,
    Moment,
)
from tonewatch.stream.topics import ALERTS, CALLS, MOMENTS, RATIONALES, SEGMENTS, VERDICTS

from ..brokers import EMBEDDED_ALONE

pytestmark = pytest.mark.integration

GOLDEN = Path(__file__).resolve().parents[1] / "stream" / "golden"
PARTITIONS = 2
TABLES = ("calls", "alerts", "alert_states", "evidence", "audio", "moments", "rationales", "verdicts", "spoken")


Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]
Letters = Callable[[str, str, int, float], Awaitable[list[tuple[bytes, str]]]]


@dataclass(frozen=True)
class Sent:
    """A chunk, and where Kafka put it."""

    chunk: AudioChunk
    partition: int
    offset: int


@dataclass(frozen=True)
class Kept:
    """Where one archivist keeps things; nothing is made yet."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "sql" / "archive.db"

    @property
    def store(self) -> Path:
        return self.root / "audio"

    @property
    def log(self) -> Path:
        return self.root / "log"

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        if not self.database.exists():
            return {}
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=str) for name in TABLES if name in there}

    def count(self, table: str) -> int:
        return len(self.rows().get(table, []))

    def audio(self, call_id: str = "") -> dict[str, dict[str, Any]]:
        """By segment; of one call, or of all. Who reads the topics after another test may find calls of it too."""
        if not self.count("audio"):
            return {}
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            db.row_factory = sqlite3.Row
            found = (dict(row) for row in db.execute("SELECT * FROM audio"))
            return {row["segment_id"]: row for row in found if call_id in ("", row["call_id"])}

    def files(self) -> dict[str, tuple[int, int]]:
        """Each file with its number and the time it was written."""
        found = [path for path in self.store.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.store)): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


@pytest.fixture
async def kafka(own_broker: str) -> str:
    await topics.apply(own_broker, partitions=PARTITIONS, replication=1)
    return own_broker


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
def place(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@contextlib.asynccontextmanager
async def archivist(kafka: str, place: Kept, **settings: str) -> AsyncIterator[None]:
    environment = {
        **os.environ,
        **settings,
        "TONEWATCH_KAFKA": kafka,
        "TONEWATCH_KAFKA_PARTITIONS": str(PARTITIONS),
        "TONEWATCH_KAFKA_SESSION_TIMEOUT_MS": "3000",
        "TONEWATCH_DATABASE": f"sqlite:///{place.database}",
        "TONEWATCH_STORE": str(place.store),
    }
    with place.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "tonewatch.stream.cli", "archive", env=environment, stderr=log
        )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0


def as_mulaw(chunk: AudioChunk) -> AudioChunk:
    """Not the same sound: the upper byte of each sample taken for mu-law."""
    return msgspec.structs.replace(chunk, codec="mulaw", payload=chunk.payload[1::2])


async def send_call(
    producer: AIOKafkaProducer, suffix: str, change: Callable[[AudioChunk], AudioChunk] = lambda chunk: chunk
) -> list[Sent]:
    """A demo call into Kafka, each chunk changed as told."""
    sent: list[Sent] = []

    async def send(message: CallMessage) -> None:
        if isinstance(message, AudioChunk):
            message = change(message)
        written = await producer.send_and_wait(CALLS.name, encode_call(message), key=message.call_id.encode())
        if isinstance(message, AudioChunk):
            sent.append(Sent(message, written.partition, written.offset))

    path = default_folder() / "billing_dispute.flac"
    await replay(plan(path, roles=None, about=None, notice_given=True, suffix=suffix), send, speed=0)
    return sent


def of_channel(sent: list[Sent], channel: int, start_ms: int, end_ms: int) -> list[Sent]:
    return [item for item in sent if item.chunk.channel == channel and start_ms - 200 < item.chunk.start_ms < end_ms]


def evidence_of(sent: list[Sent], channel: int, start_ms: int, end_ms: int) -> Evidence:
    chunks = of_channel(sent, channel, start_ms, end_ms)
    span = AudioSpan(
        topic=CALLS.name,
        partition=chunks[0].partition,
        first_offset=chunks[0].offset,
        last_offset=chunks[-1].offset,
    )
    segment_id = f"{chunks[0].chunk.call_id}/{channel}/{start_ms}"
    return Evidence(segment_id=segment_id, start_ms=start_ms, end_ms=end_ms, audio=span, tone=-0.5)


def alert_on(call_id: str, *evidence: Evidence, **changed: Any) -> Alert:
    golden = decode_alert((GOLDEN / "alert.json").read_bytes())
    fields: dict[str, Any] = {"call_id": call_id, "alert_id": f"{call_id}/tone_falls/1", "evidence": evidence}
    return msgspec.structs.replace(golden, **(fields | changed))


async def write(producer: AIOKafkaProducer, topic: str, message: Written | bytes) -> None:
    value = message if isinstance(message, bytes) else encode(message)
    key = b"x" if isinstance(message, bytes) else str(getattr(message, "call_id", "")).encode()
    await producer.send_and_wait(topic, value, key=key)


async def rewind(kafka: str) -> None:
    """Make the archive's group begin again at the beginning, as after a lost commit."""
    consumer = AIOKafkaConsumer(*READS, bootstrap_servers=kafka, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    try:
        await consumer.commit(dict.fromkeys(consumer.assignment(), 0))
    finally:
        await consumer.stop()


def pcm_of(sent: list[Sent], channel: int, start_ms: int, end_ms: int) -> bytes:
    whole = b"".join(item.chunk.payload for item in sent if item.chunk.channel == channel)
    width = 2 if sent[0].chunk.codec == "pcm16" else 1
    return whole[start_ms * 8 * width : end_ms * 8 * width]


async def test_an_alert_is_kept_with_the_caller_s_audio_and_a_second_delivery_changes_nothing(
    kafka: str,
    producer: AIOKafkaProducer,
    place: Kept,
    eventually: Eventually,
    dead_letters: Letters,
    timeout_factor: float,
) -> None:
    place.database.parent.mkdir()
    sent = await send_call(producer, "one/../x")
    call_id = sent[0].chunk.call_id
    caller = [evidence_of(sent, 0, 12_345, 15_800), evidence_of(sent, 0, 20_000, 22_000)]
    agent = evidence_of(sent, 1, 3_000, 5_000)
    nowhere = msgspec.structs.replace(caller[0].audio, partition=7)
    gone = Evidence(segment_id=f"{call_id}/0/40000", start_ms=40_000, end_ms=41_000, audio=nowhere, tone=-0.5)
    beyond = msgspec.structs.replace(caller[0].audio, first_offset=10_000_000, last_offset=10_000_010)
    never = Evidence(segment_id=f"{call_id}/0/50000", start_ms=50_000, end_ms=51_000, audio=beyond, tone=-0.5)
    firing = alert_on(call_id, *caller, agent, gone, never)
    confirmed = msgspec.structs.replace(firing, seq=1, state="confirmed", decided_by="model")
    async with archivist(kafka, place):
        await write(producer, ALERTS.name, firing)
        await write(producer, ALERTS.name, b"not a message")
        await write(producer, ALERTS.name, confirmed)
        await write(producer, MOMENTS.name, decode_moment((GOLDEN / "moment.json").read_bytes()))
        await write(producer, RATIONALES.name, decode_rationale((GOLDEN / "rationale.json").read_bytes()))
        await write(producer, VERDICTS.name, decode_verdict((GOLDEN / "verdict.json").read_bytes()))
        await write(producer, SEGMENTS.name, decode_segment((GOLDEN / "call_opened.json").read_bytes()))
        await write(producer, SEGMENTS.name, decode_segment((GOLDEN / "words.json").read_bytes()))
        await eventually(
            lambda: (
                tuple(map(place.count, ("alert_states", "moments", "rationales", "verdicts", "spoken")))
                == (2, 1, 1, 1, 2)
            ),
            60 * timeout_factor,
        )
        # A quotation holds the transcript's place until it comes: topics are read in any order. The alert is another
        # call's, and quotes a segment by the same id.
        await eventually(lambda: any(row[4] is not None for row in place.rows()["spoken"]), 60 * timeout_factor)
    rows, audio, files = place.rows(), place.audio(), place.files()
    assert [(row[0], row[4]) for row in rows["alerts"]] == [(firing.alert_id, "confirmed")]
    assert {key: (row["status"], row["reason"]) for key, row in audio.items()} == {
        caller[0].segment_id: ("kept", ""),
        caller[1].segment_id: ("kept", ""),
        agent.segment_id: ("withheld", "not_the_caller_s_channel"),
        gone.segment_id: ("missing", "unknown_partition"),
        never.segment_id: ("missing", "not_found"),
    }
    assert len(files) == 2
    for item in caller:
        row = audio[item.segment_id]
        heard, rate_hz = soundfile.read(place.store / row["path"], dtype="int16")
        spoken = np.frombuffer(pcm_of(sent, 0, item.start_ms, item.end_ms), dtype="<i2")
        assert (rate_hz, row["missing_ms"], row["duration_ms"]) == (8_000, 0, item.end_ms - item.start_ms)
        assert np.array_equal(heard, spoken) and spoken.any()
    assert await dead_letters(kafka, ALERTS.dlq, 1, 20 * timeout_factor) == [(b"", "undecodable")]

    await rewind(kafka)
    async with archivist(kafka, place):
        await write(producer, MOMENTS.name, marker(call_id))
        await write(producer, ALERTS.name, alert_on(call_id, alert_id="marker"))
        await eventually(lambda: place.count("alerts") == 2 and place.count("moments") == 2, 60 * timeout_factor)
    after = place.rows()
    assert place.files() == files
    assert {name: [row for row in after[name] if "marker" not in str(row[0])] for name in after} == rows


def marker(call_id: str) -> Moment:
    golden = decode_moment((GOLDEN / "moment.json").read_bytes())
    return msgspec.structs.replace(golden, call_id=call_id, moment_id="marker")


async def test_a_call_of_the_random_sample_is_kept_whole_with_both_voices_when_it_is_over(
    kafka: str, producer: AIOKafkaProducer, place: Kept, eventually: Eventually, timeout_factor: float
) -> None:
    place.database.parent.mkdir()
    sent = await send_call(producer, "sampled")
    call_id = sent[0].chunk.call_id
    golden = decode_segment((GOLDEN / "segment.json").read_bytes())
    async with archivist(kafka, place, TONEWATCH_ARCHIVE_SAMPLE="1", TONEWATCH_ARCHIVE_AGENT="true"):
        await write(producer, SEGMENTS.name, CallOpened(call_id=call_id, notice_given=True))
        for start_ms in (12_000, 30_000):
            item = evidence_of(sent, 0, start_ms, start_ms + 2_000)
            fields = {"segment_id": item.segment_id, "start_ms": item.start_ms, "end_ms": item.end_ms}
            segment = msgspec.structs.replace(golden, call_id=call_id, audio=item.audio, **fields)
            await write(producer, SEGMENTS.name, segment)
        await write(producer, SEGMENTS.name, CallClosed(call_id=call_id, reason="ended", duration_ms=60_000))
        await eventually(lambda: bool(place.audio(call_id)), 60 * timeout_factor)
    rows = place.audio(call_id)
    assert {row["status"] for row in rows.values()} == {"kept"}
    assert {row["role"] for row in rows.values()} == {"", "agent"}
    for channel in (0, 1):
        row = rows[f"{call_id}/whole/{channel}/0"]
        heard, _rate_hz = soundfile.read(place.store / row["path"], dtype="int16")
        spoken = np.frombuffer(pcm_of(sent, channel, 0, row["end_ms"]), dtype="<i2")
        assert row["missing_ms"] == 0 and np.array_equal(heard, spoken) and spoken.any()


@EMBEDDED_ALONE
async def test_a_database_and_a_folder_that_come_late_are_filled(
    kafka: str, producer: AIOKafkaProducer, place: Kept, eventually: Eventually, timeout_factor: float
) -> None:
    place.store.write_bytes(b"a file where the folder should be")
    sent = await send_call(producer, "two", as_mulaw)
    caller = evidence_of(sent, 0, 9_000, 10_000)
    async with archivist(kafka, place):
        await write(producer, ALERTS.name, alert_on(sent[0].chunk.call_id, caller))
        await eventually(lambda: b"TONEWATCH_DATABASE" in place.log.read_bytes(), 60 * timeout_factor)
        place.database.parent.mkdir()
        await eventually(lambda: b"TONEWATCH_STORE" in place.log.read_bytes(), 60 * timeout_factor)
        assert not place.audio(sent[0].chunk.call_id)
        place.store.unlink()
        await eventually(lambda: caller.segment_id in {row[0] for row in place.rows()["audio"]}, 60 * timeout_factor)
    path = place.store / place.audio()[caller.segment_id]["path"]
    assert soundfile.info(path).subtype == "ULAW"
    assert pcm_of(sent, 0, 9_000, 10_000) in path.read_bytes()
    assert alert_on("x").sentence.encode() not in place.log.read_bytes()


@EMBEDDED_ALONE
async def test_a_database_that_is_locked_and_a_folder_that_goes_away_are_waited_for_and_lose_no_alert(
    kafka: str, producer: AIOKafkaProducer, place: Kept, eventually: Eventually, timeout_factor: float
) -> None:
    place.database.parent.mkdir()
    sent = await send_call(producer, "three")
    call_id = sent[0].chunk.call_id
    evidence = [evidence_of(sent, 0, start_ms, start_ms + 1_000) for start_ms in (9_000, 12_000, 15_000)]
    async with archivist(kafka, place):
        await write(producer, ALERTS.name, alert_on(call_id, evidence[0], alert_id="first"))
        await eventually(lambda: len(place.audio(call_id)) == 1, 60 * timeout_factor)
        with contextlib.closing(sqlite3.connect(place.database, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            await write(producer, ALERTS.name, alert_on(call_id, evidence[1], alert_id="second"))
            await eventually(lambda: b"TONEWATCH_DATABASE" in place.log.read_bytes(), 60 * timeout_factor)
            db.execute("ROLLBACK")
        await eventually(lambda: len(place.audio(call_id)) == 2, 60 * timeout_factor)
        away = place.store.rename(place.root / "away")
        place.store.write_bytes(b"a file where the folder should be")
        await write(producer, ALERTS.name, alert_on(call_id, evidence[2], alert_id="third"))
        await eventually(lambda: b"TONEWATCH_STORE" in place.log.read_bytes(), 60 * timeout_factor)
        place.store.unlink()
        away.rename(place.store)
        await eventually(lambda: len(place.audio(call_id)) == 3, 60 * timeout_factor)
    kept = place.audio(call_id).values()
    assert [row["status"] for row in kept] == ["kept"] * 3
    assert all((place.store / row["path"]).is_file() for row in kept)
