"""A transcript with one letter for all that look alike: full-width digits, dashes, spaces, joined accents."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_CLUSTER: Final = re.compile(r".[\u0300-\u036f]{0,8}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Plain:
    """`text`, and of each of its characters from where to where it stands in the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place of `text[start:end]`, which is not empty."""
        return self.starts[start], self.ends[end - 1]


def plain(text: str) -> Plain:
    """By Unicode's compatible form (NFKC), decimals of all scripts in ASCII, without what takes no room."""
    if text.isascii():
        return Plain(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        for letter in _alike(match[0]):
            letters.append(letter)
            starts.append(match.start())
            ends.append(match.end())
    return Plain("".join(letters), tuple(starts), tuple(ends))


def _alike(cluster: str) -> str:
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFKC", cluster))


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    match unicodedata.category(letter):
        case "Pd":
            return "-"
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cf":
            return ""
        case _:
            return "-" if letter == "\u2212" else letter  # the minus of mathematics
