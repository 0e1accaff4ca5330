"""What was measured of a call, as rows: the listener's own records, to be replayed, and the tone that was shown.

They come for every call and are many, so a batch of them is one transaction. `Archive.forget` takes those of quiet
calls away again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from tonewatch.stream.codec import encode
from tonewatch.stream.messages import CallOpened, CallState, SegmentMessage, Tone, ToneMessage


@dataclass(frozen=True)
class HeardRow:
    """A row of the table `heard`; `body` is the record's JSON. `said`, which is no column, is the record itself."""

    call_id: str
    record_offset: int
    body: str
    said: SegmentMessage | None = None


@dataclass(frozen=True)
class ToneRow:
    """A row of the table `tone`."""

    segment_id: str
    call_id: str
    start_ms: int
    end_ms: int
    tone: float | None
    spread: float
    abstained: str


MeasuredRow = HeardRow | ToneRow


def measured_row(message: SegmentMessage | ToneMessage, body: str, offset: int) -> MeasuredRow | None:
    """The row of one record; None of a state of the call, which measures nothing."""
    if isinstance(message, CallState):
        return None
    if isinstance(message, Tone):
        return _tone_row(message)
    if isinstance(message, CallOpened) and (bare := message.as_far_as_told()) is not message:
        return HeardRow(message.call_id, offset, encode(bare).decode(), bare)
    return HeardRow(message.call_id, offset, body, message)


def values_of(rows: Sequence[MeasuredRow], kind: type[MeasuredRow]) -> list[dict[str, object]]:
    """Those of one table."""
    columns = [one.name for one in fields(kind) if one.name != "said"]
    return [{name: getattr(row, name) for name in columns} for row in rows if isinstance(row, kind)]


def calls_of(rows: Iterable[MeasuredRow]) -> list[str]:
    """Each call once, in a fixed order: two archivists that write at once must not wait for each other."""
    return sorted({row.call_id for row in rows})


def _tone_row(tone: Tone) -> ToneRow:
    return ToneRow(
        segment_id=tone.segment_id,
        call_id=tone.call_id,
        start_ms=tone.start_ms,
        end_ms=tone.end_ms,
        tone=tone.tone,
        spread=tone.spread,
        abstained=tone.abstained or "",
    )
