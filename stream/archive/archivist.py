"""The archivist: alerts, reasons, moments, verdicts from Kafka into the database, the evidence's audio into a folder.

Of the segments it keeps what a call is called, when it ended, and what its caller said.

A record's offset is committed only after its transaction. When the database, the folder or Kafka is away, the same
record is tried again, slower each time; nothing else waits for the archive.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from tonewatch.stream.archive.clips import AudioRow, Clip, Status, sha256, wav
from tonewatch.stream.archive.context_audio import bounds_ms, context_id, context_of, is_over
from tonewatch.stream.archive.evidence_audio import ALERT_BYTES, ALERT_RECORDS, NOT_THE_CALLERS, clip_of
from tonewatch.stream.archive.folder import Folder
from tonewatch.stream.archive.reader import AudioGone, Budget, SpanReader
from tonewatch.stream.archive.store import Archive, Kept, withdrawn_id
from tonewatch.stream.board.view import has_lapsed
from tonewatch.stream.codec import decode_alert, decode_moment, decode_rationale, decode_segment, decode_verdict
from tonewatch.stream.errors import BadRecord, BrokerError, StoreError, Unprocessable
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.messages import Alert, CallClosed, CallOpened, Evidence, Segment, SegmentMessage, Silence, Words
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.topics import ALERTS, MOMENTS, RATIONALES, SEGMENTS, VERDICTS, Topic

log = logging.getLogger(__name__)

GROUP = "tonewatch-archive"
READS: dict[str, tuple[Topic, Callable[[bytes | None], Kept | SegmentMessage]]] = {
    ALERTS.name: (ALERTS, decode_alert),
    MOMENTS.name: (MOMENTS, decode_moment),
    RATIONALES.name: (RATIONALES, decode_rationale),
    SEGMENTS.name: (SEGMENTS, decode_segment),
    VERDICTS.name: (VERDICTS, decode_verdict),
}
LONGEST_WAIT_S = 30.0

Transcripts = Literal["alerts", "all", "none"]
"""Whose words are kept: those of calls with an alert or a verdict, of all calls, or none but what an alert quotes."""


class Archivist:
    """Reads until it is stopped; every collaborator is given to it."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        spans: SpanReader,
        archive: Archive,
        folder: Folder,
        dead_letters: DeadLetters,
        metrics: Metrics,
        *,
        retry_s: float = 1.0,
        words: Transcripts = "alerts",
    ) -> None:
        self._consumer = consumer
        self._spans = spans
        self._archive = archive
        self._folder = folder
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._retry_s = retry_s
        self._words = words
        self._progress = ReadProgress(metrics, GROUP)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a batch that was not finished then is read again after the next start."""
        while not stop.is_set():
            self._metrics.health.beat()
            batches = await self._consumer.getmany(timeout_ms=500, max_records=100)
            for record in [record for records in batches.values() for record in records]:
                self._metrics.records.labels(topic=record.topic).inc()
                at = TopicPartition(record.topic, record.partition)
                self._progress.waits_at(at, record.offset, record.timestamp)
                # Nothing of this batch is committed: records that were kept already change nothing the second time.
                if not await self._keep(record, stop):
                    return
                self._progress.took(at, record.offset, record.timestamp)
            self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
            if batches:
                await self._commit()

    async def _keep(self, record: ConsumerRecord, stop: asyncio.Event) -> bool:
        """Try until the record is kept; False when stopped before."""
        wait_s = self._retry_s
        while not stop.is_set():
            self._metrics.health.beat()
            self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
            try:
                await self._store(record)
                if wait_s > self._retry_s:
                    log.info("The archive goes on")
                return True
            except (StoreError, BrokerError, KafkaError) as error:
                reason = str(error) if isinstance(error, StoreError) else type(error).__name__
                self._metrics.retries.labels(of="archive").inc()
                log.warning("The archive has to wait; trying again", extra={"reason": reason, "wait_s": wait_s})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        return False

    async def _commit(self) -> None:
        try:
            await self._consumer.commit()
        except KafkaError as error:
            # After a long wait the partitions can be another member's; who reads these records again changes nothing.
            log.warning("The offsets were not committed", extra={"error": type(error).__name__})

    async def _store(self, record: ConsumerRecord) -> None:
        topic, decode = READS[record.topic]
        try:
            message = decode(record.value)
            if isinstance(message, Segment | Silence) or self._is_left_out(message):
                return
            audio = await self._audio(message) if isinstance(message, Alert) else []
            span = self._metrics.traces.follow("archived", record.headers, topic=topic.name)
            with span, self._metrics.stage_seconds.labels(stage="archive_write").time():
                await asyncio.to_thread(self._archive.write, message, record.value.decode(), record.timestamp, audio)
                if isinstance(message, CallOpened) and message.withdrawn_at_ms:
                    await asyncio.to_thread(self._folder.remove_call, message.call_id)
                if isinstance(message, CallClosed) and self._words == "alerts":
                    await asyncio.to_thread(self._archive.forget_words, record.timestamp)
        except BadRecord as error:
            await self._dead_letters.send(topic, record, error)
        except FAULTS as error:
            log.exception("A record could not be kept", extra={"topic": topic.name})
            text = f"the record made the archive fail ({type(error).__name__}); its log says where"
            await self._dead_letters.send(topic, record, Unprocessable(text, reason="failed"))

    def _is_left_out(self, message: Kept) -> bool:
        if isinstance(message, Words):
            return self._words == "none"
        return isinstance(message, Alert) and _never_fired(message)

    async def _audio(self, alert: Alert) -> list[AudioRow]:
        """Rows for the evidence of whose audio no row was written for an earlier state or alert."""
        # Before Kafka is asked: audio of an alert's later states was cut when it fired, and may have expired since.
        ids = [*(item.segment_id for item in alert.evidence), context_id(alert.alert_id)]
        known = await asyncio.to_thread(self._archive.audio_known, [*ids, withdrawn_id(alert.call_id)])
        if withdrawn_id(alert.call_id) in known:
            return []
        rows = []
        budget = Budget(ALERT_BYTES, ALERT_RECORDS)
        for item in alert.evidence:
            if item.segment_id not in known:
                self._metrics.health.beat()
                with self._metrics.stage_seconds.labels(stage="archive_audio").time():
                    rows.append(await self._segment(alert.call_id, item, budget))
        if is_over(alert) and context_id(alert.alert_id) not in known:
            rows.append(await self._context(alert))
        if lost := [row.reason for row in rows if row.status != "kept"]:
            log.info("Audio of an alert was not kept", extra={"segments": len(lost), "reasons": sorted(set(lost))})
        return rows

    async def _segment(self, call_id: str, item: Evidence, budget: Budget) -> AudioRow:
        try:
            clip = await clip_of(self._spans, call_id, item, budget)
        except AudioGone as gone:
            status: Status = "withheld" if gone.reason == NOT_THE_CALLERS else "missing"
            return _absent(call_id, item, status, gone.reason)
        return await asyncio.to_thread(self._write_clip, call_id, item, clip)

    async def _context(self, alert: Alert) -> AudioRow:
        """With a budget of its own: for want of it no evidence is left out."""
        stretch = _Stretch(context_id(alert.alert_id), *bounds_ms(alert))
        try:
            clip = await context_of(self._spans, alert, Budget(ALERT_BYTES, ALERT_RECORDS))
        except AudioGone as gone:
            status: Status = "withheld" if gone.reason == NOT_THE_CALLERS else "missing"
            return _absent(alert.call_id, stretch, status, gone.reason)
        return await asyncio.to_thread(self._write_clip, alert.call_id, stretch, clip)

    def _write_clip(self, call_id: str, stretch: Evidence | _Stretch, clip: Clip) -> AudioRow:
        data = wav(clip)
        return AudioRow(
            segment_id=stretch.segment_id,
            call_id=call_id,
            start_ms=stretch.start_ms,
            end_ms=stretch.end_ms,
            status="kept",
            path=self._folder.write(call_id, stretch.segment_id, ".wav", data),
            sha256=sha256(data),
            bytes=len(data),
            codec=clip.codec,
            rate_hz=clip.rate_hz,
            duration_ms=clip.duration_ms,
            missing_ms=clip.missing_ms,
        )


def _never_fired(alert: Alert) -> bool:
    """Nothing is kept of an alert that is only pending, nor of one that came to nothing."""
    return alert.state == "pending" or has_lapsed(alert)


@dataclass(frozen=True)
class _Stretch:
    """What has no segment's id, start and end of its own."""

    segment_id: str
    start_ms: int
    end_ms: int


def _absent(call_id: str, item: Evidence | _Stretch, status: Status, reason: str) -> AudioRow:
    return AudioRow(item.segment_id, call_id, item.start_ms, item.end_ms, status, reason)
