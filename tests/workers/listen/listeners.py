"""A listener without a broker, as its tests need one."""

from __future__ import annotations

from typing import Any

from tonewatch.stream.kafka.dead_letters import DeadLetters
from tonewatch.stream.service.metrics import Metrics
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.listener import Listener


def make_listener(kafka: Any, metrics: Metrics, *, call_idle_s: float, analysis: Any = None, **more: Any) -> Listener:
    """`kafka` stands for consumer and producer; no speech-to-text. Without an `analysis` nobody may speak."""
    letters = DeadLetters(kafka, metrics)
    segmenter = SegmenterSettings()
    return Listener(
        kafka, kafka, letters, analysis, None, metrics, segmenter=segmenter, call_idle_s=call_idle_s, **more
    )
