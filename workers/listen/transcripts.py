"""Transcription of the segments around a change of tone: a short queue, one thread, counted shedding."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tonewatch.stream.codec import encode
from tonewatch.stream.errors import ModelError
from tonewatch.stream.kafka.clients import Sender
from tonewatch.stream.messages import ModelRef, Segment, Words
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import SEGMENTS
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import ChangeGate, Transcriber

log = logging.getLogger(__name__)

SegmentAudio = tuple[Segment, Samples]
"""A segment and its samples at 16 kHz."""

Channel = tuple[str, int]


class Transcripts:
    """Takes segments, selects those worth transcribing, writes `Words` for those in which text was found."""

    def __init__(self, producer: Sender, metrics: Metrics, *, queue_size: int) -> None:
        self._producer = producer
        self._metrics = metrics
        self._gates: dict[Channel, ChangeGate[SegmentAudio]] = {}
        self._queue: asyncio.Queue[SegmentAudio] = asyncio.Queue(max(1, queue_size))
        self._shed: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="speech-to-text")

    def offer(self, segment: Segment, samples_16k: Samples) -> None:
        """Queue the segments that the gate selects; without room in the queue they are left out and counted."""
        # A gate a channel, because it learns what is normal for that voice.
        gate = self._gates.setdefault((segment.call_id, segment.channel), ChangeGate())
        for chosen in gate.offer((segment, samples_16k), segment.end_ms, segment.prosody, segment.posterior):
            try:
                self._queue.put_nowait(chosen)
            except asyncio.QueueFull:
                self._shed[segment.call_id] += 1
                self._metrics.shed.labels(what="speech_to_text").inc()

    def forget(self, call_id: str) -> int:
        """The call is over; returns how many of its segments were left out."""
        # A list first: the dictionary changes while it is walked.
        for channel in [c for c in self._gates if c[0] == call_id]:
            del self._gates[channel]
        return self._shed.pop(call_id, 0)

    async def run(self, transcriber: Transcriber) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                segment, samples = await self._queue.get()
                began = time.perf_counter()
                # On a thread of its own: the event loop goes on reading Kafka meanwhile.
                try:
                    text, confidence = await loop.run_in_executor(self._pool, transcriber.transcribe, samples)
                except ModelError:
                    log.exception("Speech-to-text failed on a segment", extra={"segment_id": segment.segment_id})
                    continue
                self._metrics.stage_seconds.labels(stage="speech_to_text").observe(time.perf_counter() - began)
                if text:
                    await self._write(segment, text, confidence, transcriber.ref)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _write(self, segment: Segment, text: str, confidence: float, model: ModelRef) -> None:
        words = words_of(segment, text, confidence, model)
        await self._producer.send(SEGMENTS.name, encode(words), key=segment.call_id.encode())


def words_of(segment: Segment, text: str, confidence: float, model: ModelRef) -> Words:
    """The record of a segment's transcript."""
    return Words(
        call_id=segment.call_id,
        segment_id=segment.segment_id,
        channel=segment.channel,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        text=text,
        confidence=round(confidence, 3),
        model=model,
    )
