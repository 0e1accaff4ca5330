"""The types of the board's page, from the schema of what it receives and sends.

`python -P -m tonewatch.dashboard.typescript` renews `dashboard/web/src/types.ts`, and those of the review desk,
`dashboard/web/src/review/types.ts`. The server brings every event and
view into this release's form before it sends it (`store.py`), so a field of what the page receives is always there,
with or without a default; in what the page sends, a field with a default may be left out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final, get_args

from tonewatch.dashboard.frames import (
    ActedFrame,
    EventFrame,
    EventsFrame,
    HeartbeatFrame,
    LoadFrame,
    SnapshotFrame,
    StatusFrame,
)
from tonewatch.dashboard.review.routes import DESK
from tonewatch.dashboard.review.verdicts import VerdictRequest
from tonewatch.stream.archive.review.trends import Trends
from tonewatch.stream.board.view import BoardEvent, CallView
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.messages.schema import Schema, components, descriptions, literal_names
from tonewatch.stream.tone.phrasing.advice import ENDINGS

TYPES: Final = Path(__file__).parent / "web" / "src" / "types.ts"

REVIEW_TYPES: Final = TYPES.parent / "review" / "types.ts"
TREND_TYPES: Final = TYPES.parent / "trends" / "types.ts"
ADVICE: Final = TYPES.parent / "advice.ts"

HEAD: Final = """\
// Generated from the messages by `python -P -m tonewatch.dashboard.typescript`: change those, then run it again.
// Times are milliseconds: `*_ms` is media time, from the start of the call's audio; `*_at_ms` is wall clock time.
"""

RECEIVED: Final = (
    SnapshotFrame[CallView],
    EventFrame[BoardEvent],
    EventsFrame[BoardEvent],
    HeartbeatFrame,
    LoadFrame,
    StatusFrame,
    ActedFrame,
)

SENT: Final = AlertAction

REVIEW: Final = tuple(one.answer for one in DESK if not isinstance(one.answer, str))

_WIDTH: Final = 120


def render() -> str:
    """The text of `types.ts`; the same messages give the same text."""
    declared = _board()
    return HEAD + "".join(f"\n{declared[name]}" for name in sorted(declared))


def _board() -> dict[str, str]:
    frames, found = components([*RECEIVED, SENT])
    printer = _Printer(found, SENT.__name__)
    declared = printer.interfaces()
    declared["BoardEvent"] = _alias("BoardEvent", sorted(kind.__name__ for kind in get_args(BoardEvent)))
    declared |= printer.unions()  # after the interfaces, which tell the unions that are used
    # Of a generic frame the component's name has its parameter in it, the title begins with the name alone.
    frame_names = [_plain(found[schema["$ref"].rpartition("/")[2]]["title"]) for schema in frames[:-1]]
    declared["Frame"] = _alias("Frame", sorted(frame_names))
    return declared


def render_review() -> str:
    """The text of the review desk's `types.ts`; what the board has too is the board's."""
    _schemas, found = components([*REVIEW, VerdictRequest])
    printer = _Printer(found, VerdictRequest.__name__)
    declared = printer.interfaces()
    declared |= printer.unions()
    board = _board()
    shared = sorted(name for name, text in declared.items() if board.get(name) == text)
    own = [declared[name] for name in sorted(declared) if name not in shared]
    used = [name for name in shared if re.search(rf"\b{name}\b", "".join(own))]
    names = "\n".join(f"  {name}," for name in used)
    head = f'\nimport type {{\n{names}\n}} from "../types.ts";\n\nexport type {{\n{names}\n}};\n'
    return HEAD + head + "".join(f"\n{text}" for text in own)


def render_trends() -> str:
    """The text of the `types.ts` of the page of trends."""
    _schemas, found = components([Trends])
    declared = _Printer(found, "").interfaces()
    return HEAD + "".join(f"\n{declared[name]}" for name in sorted(declared))


def render_advice() -> str:
    """The text of `advice.ts`: what reasons end with, which the page leaves out where it is too late for it."""
    lines = "".join(f"  {json.dumps(ending, ensure_ascii=False)},\n" for ending in ENDINGS)
    head, about = HEAD.splitlines()[0], "/** The last sentences of reasons, as those who write them know them. */"
    return f"{head}\n\n{about}\nexport const ADVICE: readonly string[] = [\n{lines}];\n"


class _Printer:
    """Prints schemas as TypeScript. A union that has a name in Python has it here too, where it is used."""

    def __init__(self, found: dict[str, Schema], sent: str) -> None:
        self._found = found
        self._sent = sent
        self._used: set[str] = set()
        self._literals = {frozenset(values): name for name, values in literal_names().items()}
        self._events = frozenset(kind.__name__ for kind in get_args(BoardEvent))

    def interfaces(self) -> dict[str, str]:
        return {_plain(schema["title"]): self._interface(schema) for schema in self._found.values()}

    def unions(self) -> dict[str, str]:
        """Declarations of the named unions that were used so far, in the order of their values in Python."""
        texts, values = descriptions(), literal_names()
        return {
            name: _comment(texts.get(name, "")) + _alias(name, [f'"{value}"' for value in values[name]])
            for name in self._used
        }

    def _interface(self, schema: Schema) -> str:
        name = _plain(schema["title"])
        required = schema.get("required", [])
        lines = [
            f"  {field}{'?' if name == self._sent and field not in required else ''}: {self._type(of)};\n"
            for field, of in schema["properties"].items()
        ]
        return f"{_comment(schema.get('description', ''))}export interface {name} {{\n{''.join(lines)}}}\n"

    def _type(self, schema: Schema) -> str:
        match schema:
            case {"$ref": str(ref)}:
                return _plain(self._found[ref.rpartition("/")[2]]["title"])
            case {"enum": values}:
                return self._literal(frozenset(values))
            case {"anyOf": kinds}:
                return self._union([self._type(kind) for kind in kinds])
            case {"type": "array", "items": items}:
                of = self._type(items)
                return f"({of})[]" if " | " in of else f"{of}[]"
            case {"type": "object", "additionalProperties": values}:
                return f"Record<string, {self._type(values)}>"
            case {"type": "integer"}:
                return "number"
            case {"type": "string" | "number" | "boolean" | "null" as plain}:
                return str(plain)
        raise NotImplementedError(f"No TypeScript is known for {schema}.")

    def _literal(self, values: frozenset[str]) -> str:
        if name := self._literals.get(values):
            self._used.add(name)
            return name
        return " | ".join(f'"{value}"' for value in sorted(values))

    def _union(self, kinds: list[str]) -> str:
        if frozenset(kinds) == self._events:
            return "BoardEvent"
        # null last, as people write it
        return " | ".join(sorted(kinds, key=lambda kind: kind == "null"))


def _plain(title: str) -> str:
    """`EventFrame[BoardEvent]` -> `EventFrame`."""
    return title.partition("[")[0]


def _alias(name: str, kinds: list[str]) -> str:
    line = f"export type {name} = {' | '.join(kinds)};\n"
    if len(line) <= _WIDTH:
        return line
    return f"export type {name} =\n" + "\n".join(f"  | {kind}" for kind in kinds) + ";\n"


def _comment(text: str) -> str:
    """A docstring as a doc comment."""
    lines = [line.rstrip() for line in text.strip().replace("*/", "* /").splitlines()]
    if not lines:
        return ""
    if len(lines) == 1 and len(lines[0]) + 8 <= _WIDTH:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


if __name__ == "__main__":
    TYPES.write_text(render())
    REVIEW_TYPES.write_text(render_review())
    TREND_TYPES.write_text(render_trends())
    ADVICE.write_text(render_advice())
