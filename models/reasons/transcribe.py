"""What the caller of a recorded call says around a moment, by the speech-to-text that listens live."""

from __future__ import annotations

import msgspec
import numpy as np

from tonewatch.models.degradation.folder import CallFile
from tonewatch.stream.doors.audio_file import chunks
from tonewatch.stream.doors.replay import RATE_HZ
from tonewatch.stream.messages import FactsTable, Quote
from tonewatch.workers.audio.codecs import resample
from tonewatch.workers.listen.speech_to_text import Transcriber

CHANNEL = 0
"""The caller's. The agent's is not transcribed, as in a live call."""


def spoken(facts: FactsTable, call: CallFile, transcriber: Transcriber | None) -> FactsTable:
    """The table with the words of its window; as it is where nobody listens.

    Raises:
        ModelError: speech-to-text fails.
    """
    if transcriber is None:
        return facts
    audio = np.concatenate([block[:, CHANNEL] for block in chunks(call.audio, RATE_HZ)])
    first, last = facts.window_start_ms * RATE_HZ // 1000, facts.window_end_ms * RATE_HZ // 1000
    text = transcriber.transcribe(resample(audio[first:last], RATE_HZ))[0]
    if not text:
        return facts
    quote = Quote(segment_id=f"{call.name}/0/{facts.window_start_ms}", start_ms=facts.window_start_ms, text=text)
    return msgspec.structs.replace(facts, quotes=(quote,))
