"""What a system beside Tonewatch reads, in typed Python: `alerts`, `tones`, `rationales`, `segments`, and their audio.

from tonewatch.stream.client import alerts, audio

async for alert in alerts("kafka:9092", group="my-service"):
    for clip in await audio(alert, "kafka:9092"):
        ...
"""

from __future__ import annotations

from tonewatch.stream.client.audio import AlertAudio, AudioClient, audio
from tonewatch.stream.client.events import alerts, rationales, segments, tones

__all__ = ["AlertAudio", "AudioClient", "alerts", "audio", "rationales", "segments", "tones"]
