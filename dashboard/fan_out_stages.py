"""What the board's server does with each event: stages of `tonewatch bench stage`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tonewatch.dashboard import frames
from tonewatch.dashboard.store import read_entries
from tonewatch.stream.bench.stages import Material, Stage
from tonewatch.stream.board.view import BoardEvent


def stages(material: Material) -> Sequence[Stage]:
    """From the records of Redis to the text that is sent to every client."""
    if not material.events:
        return [Stage("fan-out", None, note="not run: no stage before it gave events")]
    raw = [
        (f"{number}-0".encode(), {b"kind": b"", b"json": msgspec.json.encode(event)})
        for number, event in enumerate(material.events)
    ]
    return [Stage("fan-out, once for all clients", lambda: _framed(raw), lambda: _plainly(raw), "decoded and encoded")]


def _framed(raw: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
    for one in raw:
        (entry,) = read_entries([one])
        # Not by the cache: the first client of each event pays, and all others find it there.
        frames.frame_of(entry.id, [entry]).encode()


def _plainly(raw: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
    decoder: msgspec.json.Decoder[BoardEvent] = msgspec.json.Decoder(BoardEvent)
    for _, fields in raw:
        msgspec.json.encode(decoder.decode(fields[b"json"]))
