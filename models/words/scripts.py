"""The scripts of the calls that the rule on words is measured by (`calls.txt`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tonewatch.stream.errors import SettingsError

CALLS_FILE: Final = Path(__file__).parent / "calls.txt"
PLAIN: Final = "plain"

_HEAD = re.compile(r"\[(?P<name>\w+) (?P<manner>\w+)\]")
_MARKS: Final = {"A": "agent", "-": "plain", "!": "turned"}

LineKind = Literal["agent", "plain", "turned"]


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One line of a call: the agent's, a plain one of the caller, or one whose words have turned."""

    kind: LineKind
    text: str


@dataclass(frozen=True, slots=True)
class CallScript:
    """One call. `manner`: how its words turn; `plain` where they never do."""

    name: str
    manner: str
    lines: tuple[ScriptLine, ...]

    @property
    def turns(self) -> bool:
        return self.manner != PLAIN


def read_scripts(file: Path = CALLS_FILE) -> tuple[CallScript, ...]:
    """All calls of a file.

    Raises:
        SettingsError: a line is neither a head nor one of a call.
    """
    return tuple(_scripts(file.name, file.read_text(encoding="utf-8").splitlines()))


def _scripts(name: str, lines: Iterable[str]) -> Iterable[CallScript]:
    head, said = None, list[ScriptLine]()
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        if found := _HEAD.fullmatch(line):
            if head is not None:
                yield CallScript(head["name"], head["manner"], tuple(said))
            head, said = found, []
        elif head is None or line[0] not in _MARKS or line[1:2] != " ":
            raise SettingsError(f"{name}, line {number}: write `[name manner]`, `A ...`, `- ...` or `! ...`")
        else:
            said.append(ScriptLine(_MARKS[line[0]], line[2:]))  # type: ignore[arg-type]
    if head is not None:
        yield CallScript(head["name"], head["manner"], tuple(said))
