"""A moment that somebody writes about, and what was written: two records, one line of JSON each."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Emotion, FactsTable, MomentKind, Quote
from tonewatch.stream.tone import wording
from tonewatch.workers.reasons.compact import render

Split = Literal["train", "held_out"]
ReadBy = Literal["", "a language model", "a person"]
"""What kind of second reader passed a record; '' for none."""


class SaidWords(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A transcript, `start_ms` into the call; `confidence` of the recogniser, 0..1."""

    start_ms: int
    text: str
    confidence: float = 0.9


class WrittenMoment(msgspec.Struct, frozen=True, kw_only=True):
    """A facts table without words, and words that whoever writes may replace; no truth, no verdict.

    id        unique; `twin`: of the moment from which this one differs in one thing, '' for none
    wanted    for the writer: which words are wanted
    language  of the words, ISO 639-1
    prompt    what a model will read, rendered from `facts` and `words`
    """

    id: str
    split: Split
    speaker: str
    corpus: str
    call: str
    situation: str
    kind: MomentKind
    facts: FactsTable
    words: tuple[SaidWords, ...] = ()
    language: str = "en"
    wanted: str = ""
    twin: str = ""
    prompt: str = ""


class Writing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was written of a moment. `words` null: those of the moment; `read_by`: the second reader who passed it."""

    id: str
    think: str
    emotion: Emotion
    degraded: Literal["yes", "no", "unsure"]
    confidence: float
    text: str
    words: tuple[SaidWords, ...] | None = None
    language: str = ""
    read_by: ReadBy = ""


def facts_of(moment: WrittenMoment, writing: Writing | None = None) -> FactsTable:
    """The table with the words in it, and what follows from them: what was said twice."""
    words = moment.words if writing is None or writing.words is None else writing.words
    language = (writing.language if writing else "") or moment.language
    quotes = tuple(
        Quote(segment_id=f"{moment.id}/{number}", start_ms=one.start_ms, text=one.text, confidence=one.confidence)
        for number, one in enumerate(words)
    )
    return msgspec.structs.replace(
        moment.facts,
        quotes=quotes,
        language="" if language == "en" else language,
        repeated=wording.repeated(quotes, moment.facts.window_start_ms),
    )


def prompt_of(moment: WrittenMoment, writing: Writing | None = None) -> str:
    return render(facts_of(moment, writing), moment.kind)


def completion_of(writing: Writing) -> str:
    """What a model is to answer."""
    answer = f"{writing.emotion}; degraded {writing.degraded}; confidence {writing.confidence:.1f}; {writing.text}"
    return f"<think>{writing.think}</think>\n<answer>{answer}</answer>"


_Record = TypeVar("_Record", bound=msgspec.Struct)


def read_lines(path: Path, kind: type[_Record]) -> Iterator[tuple[int, _Record | str]]:
    """Number and record of each line, or what is wrong with it.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error})") from error
    lines = content.splitlines()
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                yield number, f"no record of the form that is asked for: {error}"


def read_moments(paths: Sequence[Path]) -> dict[str, WrittenMoment]:
    """By id.

    Raises:
        SettingsError: a file cannot be read, or a line of it is no moment.
    """
    found: dict[str, WrittenMoment] = {}
    for path in paths:
        for number, record in read_lines(path, WrittenMoment):
            if isinstance(record, str):
                raise SettingsError(f"{path}:{number}: {record}")
            found[record.id] = record
    return found
