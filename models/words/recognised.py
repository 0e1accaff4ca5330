"""What a recogniser makes of the spoken calls: their callers' lines as the listener's messages, kept between runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from tonewatch.models.words.measurement import from_true_text
from tonewatch.models.words.spoken_calls import SpokenCall
from tonewatch.stream.messages import Segment, SegmentMessage, SpokenWord, Words
from tonewatch.workers.audio.codecs import resample
from tonewatch.workers.listen.speech_to_text import Transcriber
from tonewatch.workers.listen.transcripts import words_of

SURE = 0.5
"""Confidence from which a word is counted as sure."""

_MARGIN_S = 0.1


class RecogniserFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`word_error`: edits over the words that were said; of sure words, their share and how many of them are right."""

    lines: int
    word_error: float
    sure_share: float
    sure_right: float


def recognise(
    calls: Sequence[SpokenCall], folder: Path, transcriber: Transcriber, cache: Path, done: Callable[[], None]
) -> list[list[SegmentMessage]]:
    """Each call's messages with the words that were recognised instead of those of the script."""
    cache.mkdir(parents=True, exist_ok=True)
    heard: list[list[SegmentMessage]] = []
    for call in calls:
        file = cache / f"{Path(call.file).stem}-{transcriber.ref.version}.json"
        if not file.is_file():
            file.write_bytes(msgspec.json.encode(_words(call, folder, transcriber)))
        words = {one.segment_id: one for one in msgspec.json.decode(file.read_bytes(), type=list[Words])}
        heard.append(_replaced(from_true_text(call), words))
        done()
    return heard


def _words(call: SpokenCall, folder: Path, transcriber: Transcriber) -> list[Words]:
    samples, rate_hz = soundfile.read(folder / call.file, dtype="float32", always_2d=True)
    found = []
    for segment in (one for one in from_true_text(call) if isinstance(one, Segment) and one.role == "customer"):
        first = max(0, round((segment.start_ms / 1000 - _MARGIN_S) * rate_hz))
        last = round((segment.end_ms / 1000 + _MARGIN_S) * rate_hz)
        heard = transcriber.understand(resample(np.ascontiguousarray(samples[first:last, 0]), rate_hz))
        if heard.text:
            found.append(words_of(segment, heard, transcriber.ref))
    return found


def _replaced(messages: Iterable[SegmentMessage], words: dict[str, Words]) -> list[SegmentMessage]:
    told = [words.get(one.segment_id) if isinstance(one, Words) else one for one in messages]
    return [one for one in told if one is not None]


def recogniser_figures(calls: Sequence[SpokenCall], heard: Sequence[Sequence[SegmentMessage]]) -> RecogniserFigures:
    """Over all lines of the callers; a line of which nothing was understood is as many errors as it has words."""
    said = errors = sure = right = total = lines = 0
    for call, messages in zip(calls, heard, strict=True):
        truth = {one.segment_id: one.text for one in from_true_text(call) if isinstance(one, Words)}
        found = {one.segment_id: one for one in messages if isinstance(one, Words)}
        for segment_id, text in truth.items():
            words = found[segment_id].words if segment_id in found else ()
            told, matched = _matched(plain_words(text), words)
            said, errors, lines = said + len(plain_words(text)), errors + told, lines + 1
            total += len(words)
            sure += sum(one.confidence >= SURE for one in words)
            right += sum(hit for one, hit in zip(words, matched, strict=True) if one.confidence >= SURE)
    return RecogniserFigures(
        lines=lines,
        word_error=round(errors / max(said, 1), 3),
        sure_share=round(sure / max(total, 1), 3),
        sure_right=round(right / max(sure, 1), 3),
    )


def _matched(truth: Sequence[str], words: Sequence[SpokenWord]) -> tuple[int, list[bool]]:
    """Errors of a line (substituted, left out, put in), and which of its words are right."""
    heard = ["".join(plain_words(one.text)) for one in words]
    right = [False] * len(heard)
    errors = 0
    for what, a, b, c, d in difflib.SequenceMatcher(None, truth, heard, autojunk=False).get_opcodes():
        if what == "equal":
            right[c:d] = [True] * (d - c)
        else:
            errors += max(b - a, d - c)
    return errors, right


def plain_words(text: str) -> list[str]:
    """Words in lower case without punctuation.

    >>> plain_words("It's seven, isn't it?")
    ["it's", 'seven', "isn't", 'it']
    """
    return re.findall(r"[\w']+", text.lower().replace("\u2019", "'"))
