"""What a second reader marked of what was written: what is right is kept, mended or left out (`READING.md`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from tonewatch.models.reasons.written.validate import faults
from tonewatch.models.reasons.written.written_moment import ReadBy, Writing, WrittenMoment, read_lines
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Emotion


class Fixed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The fields that a reader wrote anew; null: as they were. What the caller said is no reader's to change."""

    think: str | None = None
    emotion: Emotion | None = None
    degraded: Literal["yes", "no", "unsure"] | None = None
    confidence: float | None = None
    text: str | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A line of a file of marks. `why` of a fix or a drop; `fixed` of a fix; `read_by` where another one read it."""

    id: str
    mark: Literal["ok", "fix", "drop"]
    why: str = ""
    fixed: Fixed | None = None
    read_by: ReadBy = ""


def read_records(
    files: Sequence[Path],
    marks: Path,
    moments: Mapping[str, WrittenMoment],
    say: Callable[[str], None],
    *,
    read_by: ReadBy = "a language model",
    unread: bool = False,
) -> tuple[list[Writing], set[str]]:
    """The records of the files that stand by the marks of the file of the same name in `marks`, with who read them;
    and the ids that are marked.

    A fix is checked again: one with a fault is told and left out. A record without a mark is left out, or kept as one
    that nobody read where `unread` is set. How many of each there are is told.

    Raises:
        SettingsError: the folder holds no marks, or a line of a file is none, is there twice or marks nothing.
    """
    if not any((marks / file.name).exists() for file in files):
        raise SettingsError(f"{marks}: holds no marks of these files; name them as what was written, NAME.jsonl")
    kept, marked, found = list[Writing](), set[str](), Counter[str]()
    for file in files:
        records = [record for _, record in read_lines(file, Writing) if isinstance(record, Writing)]
        known = marks_in(marks / file.name, {record.id for record in records}) if (marks / file.name).exists() else {}
        marked |= known.keys()
        for record in records:
            mark = known.get(record.id)
            found[mark.mark if mark else "unread"] += 1
            if mark is None:
                # Who wrote it cannot say that another read it.
                kept += [msgspec.structs.replace(record, read_by="")] if unread else []
            elif mark.mark != "drop":
                stands = msgspec.structs.replace(_mended(record, mark), read_by=mark.read_by or read_by)
                told = _faults_of_a_fix(stands, mark, moments)
                found["faulty"] += bool(told)
                kept += [] if told else [stands]
                for line in told:
                    say(f"{file.name}: {record.id}: the fix: {line}")
    say(
        f"{found['ok']} ok, {found['fix']} fixed ({found['faulty']} of them with a fault, left out), "
        f"{found['drop']} dropped, {found['unread']} unread ({'kept' if unread else 'left out'})"
    )
    return kept, marked


def marks_in(path: Path, written: set[str]) -> dict[str, Mark]:
    """The marks of a file by id; `written`: ids that it may mark.

    Raises:
        SettingsError: a line is no mark, marks what was not written, or marks it once more.
    """
    found: dict[str, Mark] = {}
    for number, mark in read_lines(path, Mark):
        wrong = mark if isinstance(mark, str) else _wrong(mark, written, found)
        if wrong or isinstance(mark, str):
            raise SettingsError(f"{path}:{number}: {wrong}")
        found[mark.id] = mark
    return found


def _wrong(mark: Mark, written: set[str], before: Mapping[str, Mark]) -> str:
    if mark.id not in written:
        return f"{mark.id}: nothing of this id was written; give the id of a record of the file of this name"
    if mark.id in before:
        return f"{mark.id}: marked twice; leave one mark"
    if (mark.mark == "fix") != (mark.fixed is not None and mark.fixed != Fixed()):
        return f"{mark.id}: {mark.mark}; a fix has the fields that change in `fixed`, another mark has none"
    if mark.mark != "ok" and not mark.why.strip():
        return f"{mark.id}: {mark.mark} without why; say what is wrong"
    return ""


def _mended(record: Writing, mark: Mark) -> Writing:
    return record if mark.fixed is None else msgspec.structs.replace(record, **_changed(mark.fixed))


def _changed(fixed: Fixed) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(fixed).items() if value is not None}


def _faults_of_a_fix(record: Writing, mark: Mark, moments: Mapping[str, WrittenMoment]) -> list[str]:
    moment = moments.get(record.id)
    if mark.mark != "fix" or moment is None:
        return []
    return [f"{fault.what}: {fault.remedy}" for fault in faults(moment, record)]
