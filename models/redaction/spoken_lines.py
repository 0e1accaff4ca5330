"""The lines of `spoken_lines.txt`: what a caller says, with what must be marked in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

from tonewatch.stream.errors import DataError
from tonewatch.workers.redaction.redactor import KINDS, Found, Kind

Split = Literal["train", "held_out"]

FILE: Final = Path(__file__).with_name("spoken_lines.txt")
FRESH: Final = FILE.with_name("fresh_lines.txt")
"""Written after an attack, before what it found was mended, and not looked at since."""

DESK: Final = FILE.with_name("desk_lines.txt")
"""Written after a second one in the same way: dates and cards in pieces, plates of cars, amounts that change."""

MAILS: Final = FILE.with_name("mail_lines.txt")
"""Addresses with hosts of several words, with numbers in a name and in three more languages."""

LANGUAGES: Final = ("en", "de", "pl", "fr", "es")

_MARKED: Final = re.compile(r"\{(\w+):([^}]*)\}")


@dataclass(frozen=True)
class Line:
    """`spans` in `text`, which is what a recogniser would write."""

    split: Split
    language: str
    text: str
    spans: tuple[Found, ...]


def read_lines(file: Path = FILE) -> list[Line]:
    """Raises:
    DataError: a line of another form; it is named.
    """
    return list(parse(file.read_text(encoding="utf-8").splitlines(), file.name))


def parse(lines: Iterable[str], name: str = FILE.name) -> Iterable[Line]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        split, _, rest = line.partition(" ")
        language, _, marked = rest.partition(" ")
        if split not in get_args(Split) or language not in LANGUAGES or not marked:
            raise DataError(
                f"{name}, line {number}: write `train` or `held_out`, one of {', '.join(LANGUAGES)}, and a sentence."
            )
        text, spans = _unmarked(marked, f"{name}, line {number}")
        yield Line(cast(Split, split), language, text, spans)


def _unmarked(marked: str, where: str) -> tuple[str, tuple[Found, ...]]:
    text, spans, at = "", [], 0
    for match in _MARKED.finditer(marked):
        if match[1] not in KINDS:
            raise DataError(f"{where}: {match[1]} is none of {', '.join(KINDS)}.")
        text += marked[at : match.start()]
        spans.append(Found(len(text), len(text) + len(match[2]), cast(Kind, match[1])))
        text, at = text + match[2], match.end()
    return text + marked[at:], tuple(spans)
