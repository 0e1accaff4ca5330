from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaConnectionError

from tonewatch.stream.archive.alert_audio import AlertAudio
from tonewatch.stream.archive.archivist import Archivist, Keeping, Transcripts
from tonewatch.stream.archive.call_audio import CallAudio
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.context_audio import MARGIN_MS
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.measured import HeardRow, MeasuredRow, ToneRow
from tonewatch.stream.archive.reader import AudioGone
from tonewatch.stream.archive.store import Archive, Kept, connect
from tonewatch.stream.errors import BadRecord, StoreError, Unprocessable
from tonewatch.stream.messages import (
    Alert,
    AudioChunk,
    AudioSpan,
    CallClosed,
    CallOpened,
    Moment,
    Segment,
    SegmentMessage,
    Silence,
    Tone,
    Verdict,
    Words,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import ALERTS, MOMENTS, SEGMENTS, TONE, VERDICTS, Topic

Body = Callable[[msgspec.Struct], str]


@dataclass(frozen=True)
class Record:
    topic: str
    value: bytes
    timestamp: int = 1
    partition: int = 0
    offset: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()
    key: bytes | None = None


@dataclass
class Kafka:
    """Gives its batches one by one, then asks for a stop; `done` says in which order things happened."""

    batches: list[list[Record]]
    stop: asyncio.Event
    done: list[str]
    refuse: Exception | None = None

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        assert timeout_ms > 0 and max_records > 0
        if not self.batches:
            self.stop.set()
            return {}
        return {TopicPartition("any", 0): self.batches.pop(0)}

    def assignment(self) -> set[TopicPartition]:
        return set()

    def highwater(self, partition: TopicPartition) -> int | None:
        return None

    async def commit(self) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.done.append("commit")


@dataclass
class Spans:
    """Answers each request for audio with the next of `answers`."""

    answers: list[list[AudioChunk] | Exception]
    asked: int = 0
    spans: list[AudioSpan] = field(default_factory=list)

    async def around(self, first: AudioSpan, last: AudioSpan, margin_ms: int, _most_records: int = 0) -> AudioSpan:
        assert margin_ms == MARGIN_MS
        return msgspec.structs.replace(first, first_offset=first.first_offset - 50, last_offset=last.last_offset + 50)

    async def chunks(self, _span: AudioSpan, _call_id: str, _channel: int, _budget: object) -> list[AudioChunk]:
        self.asked += 1
        self.spans.append(_span)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def of_call(self, span: AudioSpan, _call_id: str) -> list[tuple[int, AudioChunk]]:
        """The next answer lies from offset 0 on."""
        self.asked += 1
        answer = self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return [one for one in enumerate(answer) if span.first_offset <= one[0] <= span.last_offset]


@dataclass
class Sql:
    """Remembers what was written; fails with each of `failures` first."""

    done: list[str]
    failures: list[Exception] = field(default_factory=list)
    rows: list[AudioRow] = field(default_factory=list)
    measured: list[MeasuredRow] = field(default_factory=list)
    measured_of: list[str] | None = None
    too_much: str = ""
    erased: frozenset[str] = frozenset()

    def audio_known(self, _call_id: str, segment_ids: list[str]) -> frozenset[str]:
        return frozenset(row.segment_id for row in self.rows if row.segment_id in segment_ids)

    def sound_of(self, call_id: str) -> frozenset[str]:
        return frozenset(row.path for row in self.rows if row.call_id == call_id and row.path)

    def write(self, message: Kept, _body: str, _at_ms: int, audio: list[AudioRow]) -> bool:
        if self.failures:
            raise self.failures.pop(0)
        self.done.append(message.call_id)
        if message.call_id in self.erased:
            return False
        self.rows += audio
        return True

    def write_measured(self, rows: list[MeasuredRow], _at_ms: int) -> None:
        if any(row.call_id == self.too_much for row in rows):
            raise Unprocessable("too much", reason="refused_by_database")
        self.measured += rows
        if self.measured_of is not None:
            self.measured_of.append(f"measured {len(rows)}")

    def lacks_whole(self, call_id: str) -> bool:
        return not any(row.segment_id.startswith(f"{call_id}/whole") for row in self.rows)

    def heard(self, call_id: str) -> list[str]:
        return [row.body for row in self.measured if isinstance(row, HeardRow) and row.call_id == call_id]

    def forget(self, _now_at_ms: int, *, words: bool) -> None:
        self.done.append("forget words" if words else "forget")


@dataclass
class Letters:
    done: list[str]

    async def send(self, topic: Topic, _record: Record, error: BadRecord) -> None:
        self.done.append(f"{topic.dlq} {error.reason}")


@dataclass
class Desk:
    """An archivist with everything around it."""

    folder: Path
    keeping: Keeping = field(default_factory=Keeping)
    agent: bool = False
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sql = Sql(self.done)
        self.spans = Spans([])
        self.kafka = Kafka([], self.stop, self.done)

    async def run(self, *batches: list[Record], archive: Archive | None = None) -> None:
        self.kafka.batches = list(batches)
        letters: Any = Letters(self.done)
        sql: Any = archive or self.sql
        spans: Any = self.spans
        kafka: Any = self.kafka
        metrics = Metrics()
        audio = (spans, sql, Folder(self.folder), metrics, self.agent)
        archivist = Archivist(
            kafka, sql, AlertAudio(*audio), CallAudio(*audio), letters, metrics, retry_s=0.001, keeping=self.keeping
        )
        await archivist.run(self.stop)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "audio")


def of(message: Kept) -> Record:
    return Record(ALERTS.name if isinstance(message, Alert) else MOMENTS.name, msgspec.json.encode(message))


async def test_of_the_segments_only_calls_and_words_are_kept(desk: Desk, words: Words, segment: Segment) -> None:
    opened = CallOpened(call_id="c-9", notice_given=True)
    await desk.run([spoken(segment), spoken(Silence(call_id="c-8", now_ms=1)), spoken(opened), spoken(words)])
    assert desk.done == ["c-9", "c-1", "commit"]


@pytest.mark.parametrize(
    ("kept", "done"),
    [
        ("alerts", ["c-1", "c-1", "forget words"]),
        ("all", ["c-1", "c-1", "forget"]),
        ("none", ["c-1", "forget"]),
    ],
)
async def test_transcripts_are_kept_as_it_is_set(desk: Desk, words: Words, kept: Transcripts, done: list[str]) -> None:
    desk.keeping = Keeping(words=kept)
    await desk.run([spoken(words), spoken(CallClosed(call_id="c-1", reason="ended", duration_ms=1))])
    assert desk.done == [*done, "commit"]


async def test_what_was_measured_is_kept_in_one_go_and_a_record_that_comes_twice_once(
    desk: Desk, words: Words, segment: Segment, tone: Tone
) -> None:
    records = [spoken(segment, 5), spoken(words, 6), Record(TONE.name, msgspec.json.encode(tone), offset=7)]
    await desk.run([*records, records[0]])
    assert [(type(row), row.call_id) for row in desk.sql.measured] == [
        (HeardRow, "c-1"),
        (HeardRow, "c-1"),
        (ToneRow, "c-1"),
    ]
    assert desk.done == ["c-1", "commit"]


@pytest.mark.parametrize(
    ("keeping", "count"),
    [(Keeping(measured="none"), 0), (Keeping(measured="none", sample=1.0), 2), (Keeping(words="none"), 1)],
)
async def test_nothing_is_measured_that_is_not_to_be_kept(
    desk: Desk, words: Words, segment: Segment, keeping: Keeping, count: int
) -> None:
    desk.keeping = keeping
    await desk.run([spoken(segment, 1), spoken(words, 2)])
    assert len(desk.sql.measured) == count


async def test_of_a_batch_of_measurements_only_what_the_database_refuses_is_lost(desk: Desk, segment: Segment) -> None:
    desk.sql.too_much = "c-3"
    of_calls = [msgspec.structs.replace(segment, call_id=f"c-{number}") for number in range(7)]
    await desk.run([spoken(one, number) for number, one in enumerate(of_calls)])
    assert [row.call_id for row in desk.sql.measured] == ["c-0", "c-1", "c-2", "c-4", "c-5", "c-6"]
    assert desk.done == [f"{SEGMENTS.dlq} refused_by_database", "commit"]


SPAN: dict[str, Any] = {"topic": "tonewatch.calls.v1", "partition": 0}


def a_minute_and_a_half() -> list[AudioChunk]:
    """Of both parties, second by second."""
    return [
        chunk(channel=channel, role=role, seq=second, start_ms=1000 * second, payload=b"\x11" * 8000)
        for second in range(90)
        for channel, role in enumerate(("customer", "agent"))
    ]


@pytest.mark.parametrize(("agent", "channels"), [(False, ["0"]), (True, ["0", "1"])])
async def test_a_call_of_the_sample_is_kept_whole_in_minutes_when_it_is_over(
    desk: Desk, segment: Segment, agent: bool, channels: list[str]
) -> None:
    desk.keeping, desk.agent = Keeping(sample=1.0), agent
    desk.spans.answers = [a_minute_and_a_half()]
    segment = msgspec.structs.replace(segment, audio=AudioSpan(**SPAN, first_offset=50, last_offset=130))
    closed = CallClosed(call_id="c-1", reason="ended", duration_ms=90_000)
    await desk.run([spoken(segment, 1), spoken(closed, 2), spoken(closed, 2)])
    kept = {row.segment_id: (row.start_ms, row.end_ms, row.missing_ms, row.role) for row in desk.sql.rows}
    roles = {"0": "", "1": "agent"}
    assert kept == {
        f"c-1/whole/{channel}/{start}": (start, end, 0, roles[channel])
        for channel in channels
        for start, end in ((0, 60_000), (60_000, 90_000))
    }


async def test_a_call_of_the_sample_that_kafka_has_forgotten_is_said_to_be_missing(
    desk: Desk, segment: Segment
) -> None:
    desk.keeping = Keeping(sample=1.0)
    desk.spans.answers = [AudioGone("read_too_much")]
    await desk.run([spoken(segment, 1), spoken(CallClosed(call_id="c-1", reason="ended", duration_ms=9_000), 2)])
    assert [(row.segment_id, row.status, row.end_ms) for row in desk.sql.rows] == [("c-1/whole", "missing", 9_000)]


async def test_the_agent_is_heard_beside_the_whole_of_an_alert_only_where_it_is_set(desk: Desk, alert: Alert) -> None:
    over = msgspec.structs.replace(alert, state="resolved", resolved_ms=40_000)
    both = [chunk(role=role, seq=s, start_ms=1000 * s, payload=b"\x11" * 8000) for s in range(60) for role in ROLES]
    desk.agent = True
    desk.spans.answers = [[chunk()], [chunk()], both]
    await desk.run([of(over)])
    of_agent = desk.sql.rows[-1]
    assert (of_agent.segment_id, of_agent.role) == (f"{alert.alert_id}/context/agent", "agent")
    assert (of_agent.start_ms, of_agent.end_ms, of_agent.status) == (14_000, 37_000, "kept")


ROLES = ("customer", "agent")


async def test_a_verdict_is_kept(desk: Desk, verdict: Verdict) -> None:
    await desk.run([Record(VERDICTS.name, msgspec.json.encode(verdict))])
    assert desk.done == ["c-1", "commit"]


def spoken(message: SegmentMessage, offset: int = 0) -> Record:
    return Record(SEGMENTS.name, msgspec.json.encode(message), offset=offset)


def chunk(**changed: Any) -> AudioChunk:
    """Covers the evidence of the golden alert, 24 to 27 s."""
    fields: dict[str, Any] = {
        "call_id": "c-1",
        "channel": 0,
        "role": "customer",
        "seq": 120,
        "start_ms": 24_000,
        "codec": "mulaw",
        "rate_hz": 8_000,
        "notice_given": True,
        "payload": b"\x11" * 24_000,
    }
    return AudioChunk(**(fields | changed))


async def test_offsets_are_committed_after_the_transactions_of_the_batch(desk: Desk, moment: Moment) -> None:
    other = msgspec.structs.replace(moment, call_id="c-2")
    await desk.run([of(moment), of(other)], [of(moment)])
    assert desk.done == ["c-1", "c-2", "commit", "c-1", "commit"]


async def test_a_store_that_is_away_is_waited_for_with_the_same_record(
    desk: Desk, moment: Moment, caplog: pytest.LogCaptureFixture
) -> None:
    desk.sql.failures = [StoreError("away"), StoreError("away"), StoreError("away")]
    with caplog.at_level(logging.WARNING):
        await desk.run([of(moment)])
    assert desk.done == ["c-1", "commit"]
    assert [record.wait_s for record in caplog.records] == [0.001, 0.002, 0.004]  # type: ignore[attr-defined]


async def test_a_stop_while_waiting_commits_nothing(desk: Desk, moment: Moment) -> None:
    class Down(Sql):
        def write(self, message: Kept, _body: str, _at_ms: int, audio: list[AudioRow]) -> bool:
            desk.stop.set()
            raise StoreError("away")

    desk.sql = Down(desk.done)
    await desk.run([of(moment), of(moment)])
    assert desk.done == []


async def test_a_stop_after_the_last_record_still_commits_it(desk: Desk, moment: Moment) -> None:
    class Stopping(Sql):
        def write(self, message: Kept, _body: str, _at_ms: int, audio: list[AudioRow]) -> bool:
            desk.stop.set()
            return super().write(message, _body, _at_ms, audio)

    desk.sql = Stopping(desk.done)
    await desk.run([of(moment)])
    assert desk.done == ["c-1", "commit"]


async def test_a_refused_commit_does_not_end_the_archivist(desk: Desk, moment: Moment) -> None:
    desk.kafka.refuse = CommitFailedError()
    await desk.run([of(moment)], [of(moment)])
    assert desk.done == ["c-1", "c-1"]


async def test_what_cannot_be_read_or_kept_goes_to_its_dead_letters(
    desk: Desk, tmp_path: Path, alert: Alert, moment: Moment
) -> None:
    desk.spans.answers = [AudioGone("expired")]
    archive = Archive(connect(f"sqlite:///{tmp_path / 'a.db'}"))
    await desk.run(
        [Record(MOMENTS.name, b"{"), of(msgspec.structs.replace(alert, peak_ms=2**70)), of(moment)], archive=archive
    )
    assert desk.done == [f"{MOMENTS.dlq} undecodable", f"{ALERTS.dlq} undecodable", "commit"]


async def test_the_caller_s_audio_is_written_once_for_all_states_of_an_alert(desk: Desk, alert: Alert) -> None:
    desk.spans.answers = [[chunk()]]
    await desk.run([of(alert), of(msgspec.structs.replace(alert, seq=1, state="confirmed"))])
    (row,) = desk.sql.rows
    assert (row.status, row.codec, row.rate_hz, row.duration_ms, row.missing_ms) == ("kept", "mulaw", 8_000, 3_000, 0)
    assert (desk.folder / str(row.path)).read_bytes().endswith(b"\x11" * 24_000)
    assert desk.spans.asked == 1


async def test_when_an_alert_is_over_the_whole_of_it_is_kept_once_with_ten_seconds_on_both_sides(
    desk: Desk, alert: Alert
) -> None:
    over = msgspec.structs.replace(alert, seq=1, state="resolved", resolved_ms=40_000)
    whole = [chunk(seq=number, start_ms=14_000 + 1000 * number, payload=b"\x11" * 8000) for number in range(20)]
    desk.spans.answers = [[chunk()], whole]
    await desk.run([of(alert), of(over), of(msgspec.structs.replace(over, seq=2))])
    evidence, context = desk.sql.rows
    assert (context.segment_id, context.start_ms, context.end_ms) == (f"{alert.alert_id}/context", 14_000, 37_000)
    assert (context.status, context.duration_ms, context.missing_ms) == ("kept", 23_000, 3_000)
    assert (evidence.duration_ms, desk.spans.asked) == (3_000, 2)
    assert (desk.spans.spans[1].first_offset, desk.spans.spans[1].last_offset) == (70, 185)


async def test_the_whole_of_an_alert_that_kafka_has_forgotten_or_that_is_not_the_caller_s_alone_is_not_kept(
    desk: Desk, alert: Alert
) -> None:
    over = msgspec.structs.replace(alert, state="resolved")
    desk.spans.answers = [AudioGone("expired"), AudioGone("expired")]
    await desk.run([of(over)])
    desk.stop.clear()
    desk.spans.answers = [[chunk()], [chunk(role="agent")]]
    desk.sql.rows.clear()
    await desk.run([of(over)])
    assert [(row.status, row.reason) for row in desk.sql.rows] == [
        ("kept", ""),
        ("withheld", "not_the_caller_s_channel"),
    ]


@pytest.mark.parametrize("role", ["agent", "mixed"])
async def test_a_channel_with_the_agent_s_voice_is_never_written(desk: Desk, alert: Alert, role: str) -> None:
    desk.spans.answers = [[chunk(), chunk(seq=121, role=role)]]
    await desk.run([of(alert)])
    assert [(row.status, row.path) for row in desk.sql.rows] == [("withheld", None)]
    assert not desk.folder.exists()


async def test_sound_from_before_the_caller_was_told_is_in_no_clip(desk: Desk, alert: Alert) -> None:
    over = msgspec.structs.replace(alert, state="resolved")
    untold = [chunk(notice_given=False, payload=b"\x22" * 24_000)]
    desk.spans.answers = [untold, untold]
    await desk.run([of(over)])
    assert [(row.status, row.reason) for row in desk.sql.rows] == [("withheld", "without_notice")] * 2
    assert not desk.folder.exists()

    desk.stop.clear()
    desk.sql.rows.clear()
    before = chunk(seq=119, start_ms=21_000, notice_given=False, payload=b"\x22" * 24_000)
    desk.spans.answers = [[before, chunk()]] * 2
    await desk.run([of(over)])
    assert [row.status for row in desk.sql.rows] == ["kept", "kept"]
    assert not [path for path in desk.folder.rglob("*.wav") if b"\x22" * 800 in path.read_bytes()]


@pytest.mark.parametrize("segment_id", ["c-2/0/24000", "c-1/24000", "c-1/x/24000", "c-1/-1/24000", "", "c-1/²/24000"])
async def test_a_segment_id_of_another_form_or_call_has_no_audio(desk: Desk, alert: Alert, segment_id: str) -> None:
    strange = msgspec.structs.replace(alert.evidence[0], segment_id=segment_id)
    await desk.run([of(msgspec.structs.replace(alert, evidence=(strange,)))])
    assert [(row.status, row.reason) for row in desk.sql.rows] == [("missing", "bad_segment_id")]
    assert desk.spans.asked == 0


async def test_audio_that_is_gone_is_recorded_and_audio_that_kafka_cannot_give_now_is_waited_for(
    desk: Desk, alert: Alert
) -> None:
    desk.spans.answers = [KafkaConnectionError(), AudioGone("expired")]
    await desk.run([of(alert)])
    assert [(row.status, row.reason) for row in desk.sql.rows] == [("missing", "expired")]
    assert desk.done == ["c-1", "commit"]


async def test_sound_that_was_cut_while_its_call_was_erased_is_taken_away_again(desk: Desk, alert: Alert) -> None:
    desk.spans.answers = [[chunk(start_ms=24_000 + 1000 * second, seq=second) for second in range(3)]]
    desk.sql.erased = frozenset({alert.call_id})
    await desk.run([of(alert)])
    assert desk.spans.asked and not [path for path in desk.folder.rglob("*") if path.is_file()]


async def test_sound_that_no_row_tells_of_goes_with_an_announcement_without_notice_though_its_removal_failed_once(
    desk: Desk, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.spans.answers = [[chunk(start_ms=24_000 + 1000 * second, seq=second) for second in range(3)]]
    await desk.run([of(alert)])
    (kept,) = desk.folder.rglob("*.wav")
    left = kept.with_name("left.wav")
    left.write_bytes(b"x")
    unlink, failures = Path.unlink, [OSError(5, "no")]

    def once(path: Path, missing_ok: bool = False) -> None:
        if failures:
            raise failures.pop()
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", once)
    desk.stop.clear()
    await desk.run([spoken(CallOpened(call_id=alert.call_id, notice_given=False), 9)])
    assert not failures and (kept.exists(), left.exists()) == (True, False)


async def test_what_lies_before_an_announcement_is_written_before_it(desk: Desk, segment: Segment) -> None:
    desk.sql.measured_of = desk.done
    opened = CallOpened(call_id="c-9", notice_given=True)
    await desk.run([spoken(segment, 1), spoken(opened, 2), spoken(segment, 3)])
    assert desk.done == ["measured 1", "c-9", "measured 2", "commit"]
