from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from tonewatch.stream.codec import decode_segment
from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import AudioSpan, ModelRef, Posterior, Prosody, Quality, Segment, Words
from tonewatch.stream.service.metrics import Metrics
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.listen.transcripts import Transcripts

if TYPE_CHECKING:
    from tests.conftest import FakeKafka

CALM = Prosody(f0_median_st=15, level_db=-25, tilt_db=-12, rate_syl_per_s=4)
RAISED = Prosody(f0_median_st=20, level_db=-15, tilt_db=-6, rate_syl_per_s=5.5)
SILENT = np.zeros(16_000, np.float32)


def segment(number: int) -> Segment:
    """Of a call whose voice is raised from the ninth segment on."""
    raised = number >= 8
    angry = 0.8 if raised else 0.05
    rest = (1 - angry) / 3
    return Segment(
        call_id="c",
        segment_id=f"c/0/{4000 * number}",
        channel=0,
        role="customer",
        start_ms=4000 * number,
        end_ms=4000 * number + 3000,
        closed_by="pause",
        audio=AudioSpan(topic="t", partition=0, first_offset=0, last_offset=0),
        prosody=RAISED if raised else CALM,
        posterior=Posterior(angry=angry, happy=rest, neutral=rest, sad=rest),
        quality=Quality(speech_ms=2800),
        model=ModelRef(name="m", version="1"),
    )


class Transcriber:
    """Hears what it is told to, one word a segment; an error is raised."""

    ref = ModelRef(name="t", version="1")

    def __init__(self, *heard: str | ModelError) -> None:
        self.heard = list(heard)
        self.done = threading.Event()

    def transcribe(self, _samples: Samples) -> tuple[str, float]:
        text = self.heard.pop(0) if self.heard else ""
        if not self.heard:
            self.done.set()
        if isinstance(text, ModelError):
            raise text
        return text, 0.9


def transcripts(kafka: FakeKafka, queue_size: int) -> tuple[Transcripts, Metrics]:
    metrics = Metrics()
    return Transcripts(kafka, metrics, queue_size=queue_size), metrics


async def run(made: Transcripts, transcriber: Transcriber, kafka: FakeKafka, words: int) -> list[str]:
    model: Any = transcriber
    running = asyncio.create_task(made.run(model))
    await kafka.until(lambda: len(kafka.sent) >= words)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    found = [decode_segment(value) for _topic, value in kafka.sent]
    return [message.text for message in found if isinstance(message, Words)]


async def test_words_are_heard_around_a_change_and_a_segment_that_fails_costs_only_its_own(
    fake_kafka: FakeKafka,
) -> None:
    made, _ = transcripts(fake_kafka, 8)
    for number in range(10):
        made.offer(segment(number), SILENT)
    heard = Transcriber("first", ModelError("broken"), "third")
    assert await run(made, heard, fake_kafka, 2) == ["first", "third"]


async def test_what_finds_the_queue_full_is_left_out_counted_and_told_at_the_call_s_end(fake_kafka: FakeKafka) -> None:
    made, metrics = transcripts(fake_kafka, 1)
    for number in range(12):
        made.offer(segment(number), SILENT)
    left_out = metrics.registry.get_sample_value("tonewatch_shed_total", {"what": "speech_to_text"})
    assert left_out and made.forget("c") == left_out
    assert made.forget("c") == 0
