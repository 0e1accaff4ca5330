"""Clips written as files, and the rows that say so."""

from __future__ import annotations

from dataclasses import dataclass

from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.archive.clips import AudioRow, Clip, Status, sha256, wav
from tonewatch.stream.archive.evidence_audio import NOT_THE_CALLERS, WITHOUT_NOTICE
from tonewatch.stream.archive.reader import AudioGone


@dataclass(frozen=True)
class Stretch:
    """A piece of a call by media time. `name` stands in the place of a segment's id; `role` '' is the caller's."""

    name: str
    call_id: str
    start_ms: int
    end_ms: int
    role: str = ""


def kept_row(clips: ClipStore, stretch: Stretch, clip: Clip) -> AudioRow:
    """Write the clip; blocking.

    Raises:
        StoreError: the store cannot be written.
    """
    data = wav(clip)
    return AudioRow(
        segment_id=stretch.name,
        call_id=stretch.call_id,
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        status="kept",
        path=clips.write(stretch.call_id, stretch.name, ".wav", data),
        sha256=sha256(data),
        bytes=len(data),
        codec=clip.codec,
        rate_hz=clip.rate_hz,
        duration_ms=clip.duration_ms,
        missing_ms=clip.missing_ms,
        role=stretch.role,
    )


def absent(stretch: Stretch, gone: AudioGone) -> AudioRow:
    """Of what is not there, or may not be kept."""
    status: Status = "withheld" if gone.reason in (NOT_THE_CALLERS, WITHOUT_NOTICE) else "missing"
    of = (stretch.name, stretch.call_id, stretch.start_ms, stretch.end_ms)
    return AudioRow(*of, status, gone.reason, role=stretch.role)
