"""A line as it comes out of a call: in segments of its own, of which each is redacted before the next is heard."""

from __future__ import annotations

from typing import Final

from tonewatch.workers.redaction.call_redactor import Redactor
from tonewatch.workers.redaction.redactor import Found

PARTING: Final = " | "
"""Between two segments of one line."""

SEGMENT_MS: Final = 2_000
PAUSE_MS: Final = 700


def find_in_pieces(text: str) -> list[Found]:
    """What is marked in a line, by places in `text`; the pauses at each PARTING are PAUSE_MS long."""
    redactor, found = Redactor(), []
    at, start_ms = 0, 0
    for piece in text.split(PARTING):
        marked = redactor.find(("line", 0), start_ms, start_ms + SEGMENT_MS, piece)
        found += [Found(at + one.start, at + one.end, one.kind) for one in marked]
        at += len(piece) + len(PARTING)
        start_ms += SEGMENT_MS + PAUSE_MS
    return found
