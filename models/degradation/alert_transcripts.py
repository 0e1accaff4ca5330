"""The caller's words around an alert, for calls without a truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from tonewatch.models.degradation.folder import CallFile
from tonewatch.models.degradation.outcome import Outcome, Raised, Said
from tonewatch.stream.doors.audio_file import chunks
from tonewatch.stream.doors.replay import RATE_HZ
from tonewatch.workers.audio.codecs import Samples, resample
from tonewatch.workers.listen.speech_to_text import Transcriber

BEFORE_S = 8.0
"""Seconds before the dated onset at which the words begin."""

CHANNEL = 0
"""The caller's. The agent's is not transcribed, as in a live call."""

_AROUND_S = 0.1


def with_words(outcome: Outcome, call: CallFile, transcriber: Transcriber) -> Outcome:
    """The same outcome, its alerts with the words from a little before the onset up to the firing.

    Raises:
        ModelError: speech-to-text fails.
    """
    if not outcome.alerts:
        return outcome
    audio = caller_audio(call)
    texts: dict[float, str] = {}  # by start: alerts that lie near each other share segments
    alerts = []
    for alert in outcome.alerts:
        for start_s, end_s in segments_around(outcome, alert):
            if start_s not in texts:
                texts[start_s] = transcriber.transcribe(cut(audio, start_s, end_s))[0]
        words = [Said(start_s, texts[start_s]) for start_s, _ in segments_around(outcome, alert) if texts[start_s]]
        alerts.append(msgspec.structs.replace(alert, words=tuple(words)))
    return msgspec.structs.replace(outcome, alerts=tuple(alerts))


def segments_around(outcome: Outcome, alert: Raised) -> list[tuple[float, float]]:
    """(start_s, end_s) of the caller's segments from BEFORE_S before the onset up to the firing."""
    return [
        (point.start_s, point.end_s)
        for point in outcome.tone
        if point.end_s > alert.onset_s - BEFORE_S and point.start_s < alert.fired_s
    ]


def all_with_words(
    outcomes: Iterable[Outcome], calls: Sequence[CallFile], transcriber: Transcriber
) -> tuple[Outcome, ...]:
    """Calls without a truth get their words; scored calls need none."""
    return tuple(
        outcome if outcome.truth else with_words(outcome, call, transcriber)
        for outcome, call in zip(outcomes, calls, strict=True)
    )


def caller_audio(call: CallFile) -> Samples:
    """The caller's channel [n], at the telephone's rate."""
    return np.concatenate([block[:, CHANNEL] for block in chunks(call.audio, RATE_HZ)])


def cut(audio: Samples, start_s: float, end_s: float) -> Samples:
    """One segment with a margin of _AROUND_S, at 16 kHz, as speech-to-text takes it."""
    first, last = round((start_s - _AROUND_S) * RATE_HZ), round((end_s + _AROUND_S) * RATE_HZ)
    return resample(audio[max(0, first) : last], RATE_HZ)
