"""The caller's words around a moment of a recorded call, by the speech-to-text of the live listener."""

from __future__ import annotations

import msgspec

from tonewatch.models.degradation.alert_transcripts import caller_audio
from tonewatch.models.degradation.folder import CallFile
from tonewatch.stream.doors.replay import RATE_HZ
from tonewatch.stream.messages import FactsTable, Quote
from tonewatch.workers.audio.codecs import resample
from tonewatch.workers.listen.speech_to_text import Transcriber


def spoken(facts: FactsTable, call: CallFile, transcriber: Transcriber | None) -> FactsTable:
    """The table with the words of its window; unchanged without a transcriber.

    Raises:
        ModelError: speech-to-text fails.
    """
    if transcriber is None:
        return facts
    audio = caller_audio(call)
    first, last = facts.window_start_ms * RATE_HZ // 1000, facts.window_end_ms * RATE_HZ // 1000
    text = transcriber.transcribe(resample(audio[first:last], RATE_HZ))[0]
    if not text:
        return facts
    quote = Quote(segment_id=f"{call.name}/0/{facts.window_start_ms}", start_ms=facts.window_start_ms, text=text)
    return msgspec.structs.replace(facts, quotes=(quote,))
