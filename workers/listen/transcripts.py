"""Transcription of the caller's segments: those around a change of tone first, one thread, counted shedding.

Words can turn while the voice stays as it is, so with `every` the other segments are heard too, as far as there is
time: they wait in a queue of their own, of which the oldest give way, and are taken while the first queue is empty.
No text leaves without having been redacted: what a call's transcripts are judged with is kept until the last segment
that waited at its end was written or left out.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import msgspec

from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import ModelError
from tonewatch.stream.kafka.clients import Sender
from tonewatch.stream.messages import ModelRef, Segment, SpokenWord, Words
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import SEGMENTS
from tonewatch.stream.withdrawn import Withdrawn
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.speech_to_text import ChangeGate, Transcript
from tonewatch.workers.redaction.call_redactor import GOES_ON_MS, Redactor
from tonewatch.workers.redaction.redactor import KINDS, Kind

log = logging.getLogger(__name__)

SegmentAudio = tuple[Segment, Samples]
"""A segment and its samples at 16 kHz."""

Channel = tuple[str, int]

MOST_WORDS = 400
"""Of one segment, as many as its record may carry."""

NO_WORDS = frozenset(
    {"music", "not_speech", "laughter", "tonal", "noisy", "no_voice", "echo", "missing_audio", "mixed_channel"}
)
"""Why a segment was not judged that leave no words of the caller's to be heard: whatever is written over them is made
up, or another's."""


class Hears(Protocol):
    """A `Transcriber`, or one in a process of its own."""

    ref: ModelRef

    def understand(self, samples: Samples) -> Transcript: ...


class Transcripts:
    """Takes segments, selects those worth transcribing, writes `Words` for those in which text was found.

    `every`: those that the gate leaves out are heard as well while there is time. `redacted`: what of each transcript a
    mark stands for. `withdrawn`: calls of which no word is written any more, wherever that was read; its listener's own
    are the same.
    """

    def __init__(
        self,
        producer: Sender,
        metrics: Metrics,
        *,
        queue_size: int,
        every: bool = False,
        redacted: Collection[Kind] = KINDS,
        withdrawn: Withdrawn | None = None,
    ) -> None:
        self._producer = producer
        self._redactor = Redactor(redacted)
        self._metrics = metrics
        self._gates: dict[Channel, ChangeGate[SegmentAudio]] = {}
        self._size = max(1, queue_size)
        self._urgent: deque[SegmentAudio] = deque()
        self._spare: deque[SegmentAudio] = deque(maxlen=self._size if every else 0)
        self._came = asyncio.Event()
        self._shed: Counter[str] = Counter()
        self._hearing = ""
        # Over, but with segments that wait: never more calls than those have places.
        self._over: set[str] = set()
        self.withdrawn = Withdrawn() if withdrawn is None else withdrawn
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="speech-to-text")

    def offer(self, segment: Segment, samples_16k: Samples) -> None:
        """Queue the segments that the gate selects; without room in the queue they are left out and counted."""
        if segment.call_id in self.withdrawn:
            return
        self._over.discard(segment.call_id)  # It was announced anew: what it said goes on.
        if segment.abstained in NO_WORDS:
            self._missed(segment)  # There may have been a word in the noise all the same.
            return
        # A gate a channel, because it learns what is normal for that voice.
        gate = self._gates.setdefault((segment.call_id, segment.channel), ChangeGate())
        found = (segment, samples_16k)
        chosen = gate.offer(found, segment.end_ms, segment.prosody, segment.posterior)
        for one in chosen:
            self._wait(one)
        if found not in chosen and not self._spare.maxlen:
            self._missed(segment)
        elif found not in chosen:
            given_way = self._spare[0][0] if len(self._spare) == self._size else None
            self._spare.append(found)
            if given_way is not None:
                self._metrics.shed.labels(what="spare_speech_to_text").inc()
                self._missed(given_way)
                self._settle(given_way.call_id)
        self._came.set()

    def _wait(self, chosen: SegmentAudio) -> None:
        # The one before a change may wait among the others already.
        self._spare = deque((one for one in self._spare if one[0] is not chosen[0]), self._spare.maxlen)
        if any(one[0] is chosen[0] for one in self._urgent):
            return
        if len(self._urgent) < self._size:
            self._urgent.append(chosen)
            return
        self._missed(chosen[0])
        self._shed[chosen[0].call_id] += 1
        self._metrics.shed.labels(what="speech_to_text").inc()

    def _missed(self, segment: Segment) -> None:
        if segment.call_id not in self.withdrawn:
            self._redactor.missed((segment.call_id, segment.channel), segment.start_ms, segment.end_ms)

    async def _next(self) -> SegmentAudio:
        while not self._urgent and not self._spare:
            self._came.clear()
            await self._came.wait()
        found = self._urgent.popleft() if self._urgent else self._spare.popleft()
        self._hearing = found[0].call_id
        self._miss_before(found[0])
        return found

    def _miss_before(self, segment: Segment) -> None:
        """What its party said shortly before it still waits: nobody knows yet whether that was a word for a number.

        Marked so rather than heard first: the words of an alert do not wait behind others.
        """
        for queue in (self._urgent, self._spare):
            for one, _ in queue:
                same = (one.call_id, one.channel) == (segment.call_id, segment.channel)
                if same and 0 <= segment.start_ms - one.end_ms <= GOES_ON_MS:
                    self._missed(one)

    def forget(self, call_id: str) -> int:
        """The call is over, or another listener's; returns how many of its segments were left out.

        Those that wait are still heard, and judged with what was said before them: that is forgotten behind the last.
        """
        self._over.add(call_id)
        self._settle(call_id)
        # A list first: the dictionary changes while it is walked.
        for channel in [c for c in self._gates if c[0] == call_id]:
            del self._gates[channel]
        return self._shed.pop(call_id, 0)

    def withdraw(self, call_id: str) -> None:
        """No word of the call is written any more: what waits is dropped, and so is what is being heard."""
        self.withdrawn.add(call_id)
        self._drop_waiting()
        self.forget(call_id)
        self._drop_said(call_id)

    def drop_withdrawn(self) -> None:
        """What waits of calls that were withdrawn meanwhile, elsewhere too and after their end, and what they said."""
        self._drop_waiting()
        known = self._redactor.call_ids() | {call_id for call_id, _ in self._gates}
        for call_id in [one for one in known if one in self.withdrawn]:
            self.forget(call_id)
            self._drop_said(call_id)

    def _drop_waiting(self) -> None:
        self._urgent = deque(one for one in self._urgent if one[0].call_id not in self.withdrawn)
        self._spare = deque((one for one in self._spare if one[0].call_id not in self.withdrawn), self._spare.maxlen)
        for call_id in list(self._over):
            self._settle(call_id)

    def _drop_said(self, call_id: str) -> None:
        """At once: what is being heard of the call is not written."""
        self._over.discard(call_id)
        self._redactor.forget(call_id)

    def _settle(self, call_id: str) -> None:
        """Forget what was said in a call that is over, unless a segment of it still waits or is being heard."""
        if call_id not in self._over or call_id == self._hearing:
            return
        if not any(one[0].call_id == call_id for queue in (self._urgent, self._spare) for one in queue):
            self._drop_said(call_id)

    async def run(self, transcriber: Hears) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._heard()
                segment, samples = await self._next()
                began = time.perf_counter()
                # On a thread of its own: the event loop goes on reading Kafka meanwhile.
                try:
                    heard = await loop.run_in_executor(self._pool, transcriber.understand, samples)
                except ModelError:
                    log.exception("Speech-to-text failed on a segment", extra={"segment_id": segment.segment_id})
                    self._missed(segment)
                    continue
                self._metrics.stage_seconds.labels(stage="speech_to_text").observe(time.perf_counter() - began)
                if heard.text and segment.call_id not in self.withdrawn:
                    await self._write(segment, heard, transcriber.ref)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _heard(self) -> None:
        """Nothing of the last segment is under way any more, whatever came of it."""
        call_id, self._hearing = self._hearing, ""
        self._settle(call_id)

    async def _write(self, segment: Segment, heard: Transcript, model: ModelRef) -> None:
        words = self._redacted(words_of(segment, heard, model))
        send: Any = self._producer.send
        headers = event_headers(SEGMENTS.name, words)
        await send(SEGMENTS.name, encode(words), key=segment.call_id.encode(), headers=headers)

    def _redacted(self, words: Words) -> Words:
        channel = (words.call_id, words.channel)
        text, single = self._redactor(channel, words.start_ms, words.end_ms, words.text, words.words)
        return msgspec.structs.replace(words, text=text, words=single)


def words_of(segment: Segment, heard: Transcript, model: ModelRef) -> Words:
    """The record of a segment's transcript."""
    return Words(
        call_id=segment.call_id,
        segment_id=segment.segment_id,
        channel=segment.channel,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        text=heard.text,
        confidence=round(heard.confidence, 3),
        model=model,
        words=tuple(
            SpokenWord(
                text=word.text[:80],
                start_ms=segment.start_ms + round(1000 * word.start_s),
                end_ms=segment.start_ms + round(1000 * word.end_s),
                confidence=word.probability,
            )
            for word in heard.words[:MOST_WORDS]
        ),
        language=heard.language,
        language_confidence=None if heard.language_confidence is None else round(heard.language_confidence, 3),
    )
