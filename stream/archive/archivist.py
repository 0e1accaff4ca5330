"""The archivist: alerts, reasons, moments, verdicts from Kafka into the database, their audio into a folder.

Of the segments it keeps what a call is called, when it ended, what its caller said, and what was measured of it.

A record's offset is committed only after its transaction. When the database, the folder or Kafka is away, the same
record is tried again, slower each time; nothing else waits for the archive.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from tonewatch.stream.archive.alert_audio import AlertAudio
from tonewatch.stream.archive.call_audio import CallAudio
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.measuring import Measuring
from tonewatch.stream.archive.sample import is_sampled
from tonewatch.stream.archive.store import Archive, Kept
from tonewatch.stream.board.view import has_lapsed
from tonewatch.stream.codec import (
    decode_alert,
    decode_moment,
    decode_rationale,
    decode_segment,
    decode_tone,
    decode_verdict,
)
from tonewatch.stream.errors import BadRecord, BrokerError, StoreError, Unprocessable
from tonewatch.stream.kafka.dead_letters import FAULTS, DeadLetters
from tonewatch.stream.kafka.record_key import check_key
from tonewatch.stream.messages import (
    Alert,
    CallClosed,
    CallOpened,
    CallState,
    Segment,
    SegmentMessage,
    Silence,
    Tone,
    ToneMessage,
    Words,
)
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.read_progress import ReadProgress
from tonewatch.stream.topics import ALERTS, AUDIT, MOMENTS, RATIONALES, SEGMENTS, TONE, VERDICTS, Topic

log = logging.getLogger(__name__)

GROUP = "tonewatch-archive"
READS: dict[str, tuple[Topic, Callable[[bytes | None], Kept | SegmentMessage | ToneMessage]]] = {
    ALERTS.name: (ALERTS, decode_alert),
    MOMENTS.name: (MOMENTS, decode_moment),
    RATIONALES.name: (RATIONALES, decode_rationale),
    SEGMENTS.name: (SEGMENTS, decode_segment),
    TONE.name: (TONE, decode_tone),
    VERDICTS.name: (VERDICTS, decode_verdict),
}
LONGEST_WAIT_S = 30.0

Transcripts = Literal["alerts", "all", "none"]
"""Whose words are kept: those of calls with an alert or a verdict, of all calls, or none but what an alert quotes."""

Measured = Literal["alerts", "none"]
"""Whose measurements and tone line are kept, beside those of sampled calls."""


@dataclass(frozen=True)
class Keeping:
    """What is kept beyond alerts, reasons and moments. `sample`: the share of calls that is kept whole."""

    words: Transcripts = "alerts"
    measured: Measured = "alerts"
    sample: float = 0.0

    def measures(self, call_id: str) -> bool:
        """Nobody knows yet whether it will have an alert; what is of no use is forgotten an hour after its end."""
        return self.measured == "alerts" or is_sampled(call_id, self.sample)


class Archivist:
    """Reads until it is stopped; every collaborator is given to it."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        archive: Archive,
        alert_audio: AlertAudio,
        call_audio: CallAudio,
        dead_letters: DeadLetters,
        metrics: Metrics,
        *,
        retry_s: float = 1.0,
        keeping: Keeping = Keeping(),
    ) -> None:
        self._consumer = consumer
        self._archive = archive
        self._alert_audio = alert_audio
        self._call_audio = call_audio
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._retry_s = retry_s
        self._keeping = keeping
        self._measuring = Measuring(archive, keeping.measures)
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
                if not await self._until_kept(partial(self._store, record), stop):
                    return
                self._progress.took(at, record.offset, record.timestamp)
            # A stop that comes now must not keep back the commit of what is written already.
            if self._measuring.waits and not await self._until_kept(self._measured, stop):
                return
            self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
            if batches:
                await self._commit()

    async def _until_kept(self, keep: Callable[[], Awaitable[None]], stop: asyncio.Event) -> bool:
        """Try until it is kept; False when stopped before."""
        wait_s = self._retry_s
        while not stop.is_set():
            self._metrics.health.beat()
            self._progress.tell(self._consumer.assignment(), self._consumer.highwater)
            try:
                await keep()
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
        if record.topic == AUDIT.name:
            where = (record.partition, record.offset, record.timestamp)
            await asyncio.to_thread(self._archive.write_audit, *where, record.value or b"")
            return
        topic, decode = READS[record.topic]
        try:
            message = decode(record.value)
            check_key(record.key, message.call_id)
            if isinstance(message, CallOpened) and self._measuring.waits:
                await self._measured()  # What lies before an announcement is kept by what was known then.
            self._measure(record, message)
            if isinstance(message, Segment | Silence | Tone | CallState) or self._is_left_out(message):
                return
            audio = await self._audio(message)
            span = self._metrics.traces.follow("archived", record.headers, topic=topic.name)
            with span, self._metrics.stage_seconds.labels(stage="archive_write").time():
                write = partial(self._archive.write, message, record.value.decode(), record.timestamp, audio)
                is_kept = await asyncio.to_thread(write)
                is_untold = isinstance(message, CallOpened) and not (is_kept and message.notice_given)
                if is_untold or (audio and not is_kept):
                    # By this record its caller was not told, or is withdrawn; or that came while its sound was cut.
                    await asyncio.to_thread(self._remove_unnamed, message.call_id)
                if isinstance(message, CallClosed):
                    await asyncio.to_thread(
                        self._archive.forget, record.timestamp, words=self._keeping.words == "alerts"
                    )
        except BadRecord as error:
            await self._dead_letters.send(topic, record, error)
        except FAULTS as error:
            log.exception("A record could not be kept", extra={"topic": topic.name})
            text = f"the record made the archive fail ({type(error).__name__}); its log says where"
            await self._dead_letters.send(topic, record, Unprocessable(text, reason="failed"))

    def _measure(self, record: ConsumerRecord, message: Kept | SegmentMessage | ToneMessage) -> None:
        if isinstance(message, Words) and self._keeping.words == "none":
            return
        if isinstance(message, CallOpened | Segment | Silence | Words | CallClosed | Tone):
            self._measuring.take(record, message)

    async def _measured(self) -> None:
        """Write what was measured since the last time."""
        for record, error in await self._measuring.flush():
            await self._dead_letters.send(READS[record.topic][0], record, error)

    def _remove_unnamed(self, call_id: str) -> None:
        """Sound of which no row tells any more. Asked again after an error, or a crash, it does what was left."""
        self._alert_audio.clips.remove_call(call_id, keep=self._archive.sound_of(call_id))

    def _is_left_out(self, message: Kept) -> bool:
        if isinstance(message, Words):
            return self._keeping.words == "none"
        return isinstance(message, Alert) and _never_fired(message)

    async def _audio(self, message: Kept) -> list[AudioRow]:
        if isinstance(message, Alert):
            return await self._alert_audio.rows(message)
        if isinstance(message, CallClosed) and is_sampled(message.call_id, self._keeping.sample):
            await self._measured()  # where the call's audio lies is among what still waits
            return await self._call_audio.rows(message)
        return []


def _never_fired(alert: Alert) -> bool:
    """Nothing is kept of an alert that is only pending, nor of one that came to nothing."""
    return alert.state == "pending" or has_lapsed(alert)
