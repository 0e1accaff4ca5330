"""Check what was written: `python -P -m tonewatch.models.reasons.written.validate FILE ...` tells every fault.

A record is right when it has the form, its text says nothing that the facts do not hold, its think part contradicts no
measurement, and the answer is one that the facts allow.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tonewatch.models.reasons.written.written_moment import (
    Writing,
    WrittenMoment,
    completion_of,
    facts_of,
    prompt_of,
    read_lines,
    read_moments,
)
from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.messages import EMOTIONS, Claim, FactsTable
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.checker.check import check
from tonewatch.workers.reasons.checker.reader import READER, reader_of, stands
from tonewatch.workers.reasons.decide import from_answer, rests_on_words

MOST_WORDS = 50
FEWEST_WORDS = 12
SENTENCES = (2, 4)
"""The ending that tells what to do counts as one."""

MOST_THOUGHT = 60
FEWEST_THOUGHT = 15
MOST_TOGETHER = 3
MOST_BY_WORDS = 0.7
"""Confidence in a "yes" that only the words carry."""

MEASURED = ("direction", "amount", "quote", "talk_over", "repeats", "overload", "falls_silent", "one_word", "laughs")
USAGE = "usage: python -P -m tonewatch.models.reasons.written.validate WRITTEN.jsonl ... [--moments FOLDER]"

_END = re.compile(r"[.!?]+[\"”)]*(?:\s|$)")
_SCORE = re.compile(r"\btone\b[^.]*-?\d\.\d|-\d?\.\d+")
_SUPPOSED = re.compile(r"\b(?:would|could|might|may|can)\b[^,.;:]*")
_QUOTED = re.compile(r'"[^"]*"')
_ELSEWHERE = re.compile(
    r"\b(?:(?:as|like|unlike) before|twins?|(?:the )?(?:other|previous) (?:moment|version))\b", re.I
)
_CLOCK = re.compile(r"\d{1,2}:[0-5]\d")


@dataclass(frozen=True)
class WritingFault:
    """What is wrong with a record, and what to do."""

    what: str
    remedy: str


def faults(moment: WrittenMoment, writing: Writing) -> list[WritingFault]:
    facts = facts_of(moment, writing)
    return [
        *_form(writing),
        *_words(writing),
        *_answer(writing, facts),
        *_text(writing, facts),
        *_think(writing, facts),
    ]


def _form(writing: Writing) -> Iterator[WritingFault]:
    if parse(completion_of(writing)) is None:
        yield WritingFault("does not parse as <think> and <answer>", "no < or > in think and text, confidence 0 to 1")
    length = len(writing.text.split())
    if not FEWEST_WORDS <= length <= MOST_WORDS:
        yield WritingFault(f"the text has {length} words", f"write {FEWEST_WORDS} to {MOST_WORDS}")
    ends = len(_END.findall(writing.text))
    if not SENTENCES[0] <= ends <= SENTENCES[1]:
        yield WritingFault(f"the text has {ends} sentences", "two or three, and the ending (sure? listen in?)")
    thought = len(writing.think.split())
    if not FEWEST_THOUGHT <= thought <= MOST_THOUGHT:
        yield WritingFault(f"think has {thought} words", f"write {FEWEST_THOUGHT} to {MOST_THOUGHT}")
    if seen := _ELSEWHERE.search(_QUOTED.sub("", f"{writing.think} {writing.text}")):
        remedy = "the model reads this moment alone: compare with the usual, or with the time behind 'against'"
        yield WritingFault(f'"{seen[0]}" speaks of another moment', remedy)
    if _SCORE.search(writing.text):
        yield WritingFault("a score of the tone in the text", "say it in words")
    if not _CLOCK.search(writing.text):
        yield WritingFault("no time in the text", 'say when, as in "Angrier since 1:02"')


def _words(writing: Writing) -> Iterator[WritingFault]:
    for one in writing.words or ():
        if not one.text.strip() or not 0 <= one.confidence <= 1 or one.start_ms < 0:
            yield WritingFault(f"words {one}", "text, start_ms as in the moment, confidence 0 to 1")


def _answer(writing: Writing, facts: FactsTable) -> Iterator[WritingFault]:
    answer = parse(completion_of(writing))
    if writing.degraded == "yes" and writing.emotion not in ("angry", "sad"):
        yield WritingFault(f"degraded yes, and {writing.emotion}", "a tone degrades into angry or sad")
    if not 0.3 <= writing.confidence <= 0.95:
        yield WritingFault(f"confidence {writing.confidence}", "0.3 to 0.95; unsure is about 0.5")
    if answer is not None and from_answer(answer, facts) is None:
        what = (
            "yes, and neither a fact nor words that carry it alone speak for it"
            if answer.degraded
            else "no, and voice and sound both say it degraded, and it has not eased"
        )
        yield WritingFault(f"degraded {what}", "answer unsure, or the other way")
    elif writing.degraded == "yes" and rests_on_words(facts) and writing.confidence > MOST_BY_WORDS:
        yield WritingFault(f"confidence {writing.confidence} on words alone", f"at most {MOST_BY_WORDS}")


def _text(writing: Writing, facts: FactsTable) -> Iterator[WritingFault]:
    checked = check(writing.text, facts, reader_of(facts))
    wrong = [claim for claim in checked.claims if not stands(claim, facts)]
    yield from (_told(claim) for claim in wrong)
    if checked.dropped and not wrong:
        yield WritingFault(f"claims nothing: {' / '.join(checked.dropped)}", "leave the sentence out")
    if not checked.accepted and not wrong:
        yield WritingFault("the text names no measurement of the voice", "name the strongest cue, or what is as usual")


def _told(claim: Claim) -> WritingFault:
    if claim.kind == "other":
        return WritingFault(f'"{claim.text}" is no word that the checker reads', "another word, or quote the caller")
    if claim.verdict == "false":
        return WritingFault(f'"{claim.text}" is false by the facts ({claim.kind})', "leave it out or say what is so")
    return WritingFault(f'"{claim.text}" is not in the facts ({claim.kind})', "leave it out")


def _think(writing: Writing, facts: FactsTable) -> Iterator[WritingFault]:
    """A think part may weigh and suppose; it may not get a measurement or a quotation wrong."""
    said = _SUPPOSED.sub("", writing.think)
    for claim in check(said, facts, READER).claims:
        # In free prose a noun is joined to a far direction now and then: only what stands together counts.
        together = len(claim.text.split()) <= MOST_TOGETHER and claim.fact not in EMOTIONS
        is_bare = claim.kind == "amount" and not re.search(r"[^\d.\s]", re.sub(r"at|by|of|from|to", "", claim.text))
        if claim.verdict == "false" and claim.kind in MEASURED and together and not is_bare:
            yield WritingFault(f'think: "{claim.text}" is false by the facts ({claim.kind})', "say what was measured")


def twin_faults(
    moment: WrittenMoment, writing: Writing, known: Mapping[str, WrittenMoment], written: Mapping[str, Writing]
) -> Iterator[WritingFault]:
    """A twin that reads as the moment it differs from teaches two answers to one prompt, or the same one twice.

    `known`, `written`: moments, and what was written of them, by id.
    """
    other, of_other = known.get(moment.twin), written.get(moment.twin)
    if other is not None and of_other is not None and prompt_of(moment, writing) == prompt_of(other, of_other):
        yield WritingFault(f"reads as {moment.twin}", "other words than there, as is wanted; else leave the moment out")


def report(path: Path, known: Mapping[str, WrittenMoment]) -> tuple[list[str], int]:
    """A line for each fault, and the number of records that are right.

    Raises:
        SettingsError: the file cannot be read.
    """
    lines, right, seen, written = [], 0, set[str](), _by_id([path])
    for number, record in read_lines(path, Writing):
        where = f"{path.name}:{number}"
        if isinstance(record, str):
            lines.append(f"{where}: {record}")
            continue
        moment = known.get(record.id)
        if moment is None or record.id in seen:
            lines.append(f"{where}: {record.id}: {'no such moment' if moment is None else 'written twice'}")
            continue
        seen.add(record.id)
        found = [*faults(moment, record), *twin_faults(moment, record, known, written)]
        right += not found
        lines += [f"{where}: {record.id}: {fault.what}: {fault.remedy}" for fault in found]
    return lines, right


def right_writings(files: Sequence[Path], moments: Mapping[str, WrittenMoment]) -> list[tuple[WrittenMoment, Writing]]:
    """What was written without a fault, the first of each moment."""
    return right_of(records_in(files), moments)


def right_of(records: Sequence[Writing], moments: Mapping[str, WrittenMoment]) -> list[tuple[WrittenMoment, Writing]]:
    """The records without a fault, the first of each moment."""
    found: dict[str, tuple[WrittenMoment, Writing]] = {}
    written = {record.id: record for record in reversed(records)}
    for record in records:
        moment = moments.get(record.id)
        if moment is not None and record.id not in found:
            wrong = faults(moment, record) or any(twin_faults(moment, record, moments, written))
            found |= {} if wrong else {record.id: (moment, record)}
    return list(found.values())


def records_in(files: Sequence[Path]) -> list[Writing]:
    """Every record of the files; lines that are none are left to `report`."""
    return [record for file in files for _, record in read_lines(file, Writing) if isinstance(record, Writing)]


def _by_id(files: Sequence[Path]) -> dict[str, Writing]:
    return {record.id: record for record in reversed(records_in(files))}


def main(arguments: Sequence[str]) -> int:
    if not arguments or "--help" in arguments:
        sys.stdout.write(f"{USAGE}\n")
        return 2
    names, folder = list(arguments), None
    if "--moments" in names:
        at = names.index("--moments")
        folder = Path(names[at + 1])
        del names[at : at + 2]
    files = [Path(name) for name in names]
    found = 0
    for file in files:
        moments = folder or file.parent.parent / "moments"
        lines, right = report(file, read_moments(sorted(moments.glob("*_[0-9][0-9].jsonl"))))
        told = [*lines, f"{file.name}: {right} right, {len(lines)} faults"]
        sys.stdout.write("\n".join(told) + "\n")
        found += len(lines)
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (TonewatchError, IndexError) as error:
        sys.exit(f"{error or USAGE}")
