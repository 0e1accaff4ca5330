"""Cuts one channel into speech segments, the same ones wherever listening began.

A segment opens at speech and closes after a pause, at a gap, at the end of the call, or at its greatest length, where
it is cut at its quietest frame and the rest begins the next segment. Where a cut lies depends on where its segment
began, so a segmenter that begins in the middle of a call must not guess: it stays silent until it has seen proof of
where it is, a pause as long as one that closes a segment. In sound without pauses (music) every RESYNC_FRAMES on the
grid is such a place too, once SETTLE_FRAMES went by without one. `oldest_open_offset` reaches back far enough for a
restart to see the same proof; segments that come out again then have the ids they had before.
"""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import ClosedBy
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.voice_activity import FRAME_MS, MEMORY_FRAMES, Levels, Mask, VadSettings, VoiceActivity

RESYNC_FRAMES: Final = 400
SETTLE_FRAMES: Final = 800
REORDER_MS: Final = 1_000
"""Chunks may be out of order by this much (the intake's window), so a restart reaches back further by it."""


@dataclass(frozen=True, slots=True)
class SegmenterSettings:
    """`tail_ms` of what follows the speech is kept too, for the noise in it; `end_ms` does not count it."""

    pause_ms: int = 400
    max_length_ms: int = 4_000
    cut_window_ms: int = 600
    min_speech_ms: int = 200
    lead_in_ms: int = 100
    tail_ms: int = 100
    vad: VadSettings = field(default_factory=VadSettings)


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """`samples` run from `start_ms` at the channel's rate; `speech` is one flag per FRAME_MS of them.

    `end_ms` is the end of the last speech frame; `spoken_at_ms` the wall clock then (0 when the chunks tell none).
    """

    samples: Samples
    rate_hz: int
    start_ms: int
    end_ms: int
    speech: Mask
    closed_by: ClosedBy
    first_offset: int
    last_offset: int
    missing_ms: int
    spoken_at_ms: int

    @property
    def speech_ms(self) -> int:
        return int(self.speech.sum()) * FRAME_MS


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What a piece of audio was: samples [first, end) of the media clock."""

    first: int
    end: int
    offset: int
    captured_at_ms: int
    missing: bool


class Segmenter:
    """One call and channel. `discarded` counts bursts with too little speech."""

    def __init__(self, rate_hz: int, settings: SegmenterSettings | None = None) -> None:
        self._rate_hz = rate_hz
        self._settings = settings or SegmenterSettings()
        self._frame = rate_hz * FRAME_MS // 1000
        self._pause = self._settings.pause_ms // FRAME_MS
        self.discarded = 0
        self.speaking_until_ms: int | None = None
        self._anchor: int | None = None
        self._end = -1
        self._stretches: deque[_Stretch] = deque()

    def push(
        self,
        samples: Samples,
        start_ms: int,
        offset: int,
        captured_at_ms: int = 0,
        *,
        missing_ms: int = 0,
        begins: bool | None = None,
    ) -> list[SpeechSegment]:
        """Segments that this audio closed. Audio must come in order, as an intake gives it.

        `missing_ms`: nothing was received; `samples` is silence in its place, or empty for a gap that ends the segment.
        `begins`: nothing came before it in the call (default: `start_ms` is 0).
        Raises Unprocessable (`disorder`) when it does not continue what came before.
        """
        first = start_ms * self._rate_hz // 1000
        if missing_ms and not len(samples):
            return self._break(first + missing_ms * self._rate_hz // 1000, offset)
        if self._end < 0:
            self._start(first, known=start_ms == 0 if begins is None else begins)
        elif abs(first - self._end) > self._frame:
            was = self._end * 1000 // self._rate_hz
            raise Unprocessable(f"audio at {start_ms} ms does not continue {was} ms", reason="disorder")
        self._stretches.append(
            _Stretch(self._end, self._end + len(samples), offset, captured_at_ms, missing=missing_ms > 0)
        )
        self._end += len(samples)
        self._audio.append(samples)
        found = self._vad.push(samples)
        segments = self._advance(found.speech, found.level_db)
        self._forget()
        return segments

    def flush(self, closed_by: ClosedBy = "call_end") -> list[SpeechSegment]:
        """Closes what is open and forgets everything, at the end of a call or of a channel that went silent.

        Audio may come again: behind a long gap, as an intake tells it, it is judged from its first sample.
        """
        if self._end < 0:
            return []
        found = self._vad.flush()
        segments = self._advance(found.speech, found.level_db)
        if self._open is not None:
            segments += self._close(closed_by, self._next)
        self._end = -1
        self._anchor = None
        self._stretches.clear()
        return segments

    def oldest_open_offset(self) -> int | None:
        """The first Kafka offset that a restart needs; None when nothing is held. Offsets below it can be committed."""
        held = [stretch.offset for stretch in self._stretches]
        if self._anchor is not None:
            held.append(self._anchor)
        return min(held, default=None)

    def open_since_ms(self) -> int:
        """No segment that closes later can begin before this; the largest number when nothing was heard yet."""
        if self._end < 0:
            return sys.maxsize
        return (self._next - self._settings.lead_in_ms // FRAME_MS if self._open is None else self._open) * FRAME_MS

    def speaking_turn(self) -> tuple[int, int] | None:
        """Start and, so far, end (ms) of the segment that is open; None when none is."""
        if self._end < 0 or self._open is None or self.speaking_until_ms is None:
            return None
        return self._open * FRAME_MS, self.speaking_until_ms

    def _start(self, first: int, *, known: bool) -> None:
        """Begins at a sample; `known`: nothing lies before it that could matter."""
        self._vad = VoiceActivity(self._rate_hz, first, self._settings.vad)
        origin = self._vad.first_frame
        self._end = first
        self._audio = _Tape(first)
        self._next = origin
        self._open: int | None = None
        self._speech: list[bool] = []
        self._level: list[float] = []
        self._quiet = 0
        self._synced = known
        self._limit = origin
        self._proof = origin
        self._since_sync = 0
        self._trusted = origin if known else origin + MEMORY_FRAMES + REORDER_MS // FRAME_MS

    def _break(self, resume: int, offset: int) -> list[SpeechSegment]:
        """A long gap: a restart needs the chunk before it, to meet the gap and start afresh behind it."""
        held = self._end >= 0
        segments = self.flush("gap")
        self._start(resume, known=True)
        self._anchor = offset if held else None
        return segments

    def _advance(self, speech: Mask, levels: Levels) -> list[SpeechSegment]:
        segments: list[SpeechSegment] = []
        for is_speech, level_db in zip(speech.tolist(), levels.tolist(), strict=True):
            segments += self._step(is_speech, level_db)
        return segments

    def _step(self, is_speech: bool, level_db: float) -> list[SpeechSegment]:
        frame = self._next
        if frame < self._trusted:
            self._next += 1
            return []
        segments = self._resync(frame)
        self._next += 1
        self._quiet = 0 if is_speech else self._quiet + 1
        self._since_sync += 1
        if self._synced:
            segments += self._follow(frame, is_speech, level_db)
        if self._quiet >= self._pause:
            self._pause_seen()
        return segments

    def _pause_seen(self) -> None:
        """A pause is proof of where we are. It also closed whatever came before it, here or before the restart: the
        next lead-in reaches back to that place and no further. When the speech before the pause was not heard, that
        place is unknown, and the pause must go on until no lead-in can reach it.
        """
        lead = self._settings.lead_in_ms // FRAME_MS
        if self._quiet < self._next - self._trusted or self._synced:
            # Also where a cut had closed the segment a little earlier: a restart cannot know of that cut.
            if self._quiet == self._pause or not self._synced:
                self._limit = self._next
        elif self._quiet < self._pause + lead:
            return
        self._synced, self._since_sync = True, 0
        self._proof = self._next - self._pause - lead

    def _resync(self, frame: int) -> list[SpeechSegment]:
        """In sound without pauses: starts anew at a place that is found from the last SETTLE_FRAMES alone."""
        settled = SETTLE_FRAMES if self._synced else SETTLE_FRAMES + self._pause
        if frame % RESYNC_FRAMES or self._since_sync < settled:
            return []
        segments = self._close("max_length", frame) if self._open is not None else []
        self._synced = True
        self._limit = frame
        self._proof = frame - SETTLE_FRAMES - self._pause
        return segments

    def _follow(self, frame: int, is_speech: bool, level_db: float) -> list[SpeechSegment]:
        if self._open is None:
            if not is_speech:
                return []
            lead = self._settings.lead_in_ms // FRAME_MS
            self._open = max(frame - lead, self._limit)
            self._speech = [False] * (frame - self._open)
            self._level = [level_db] * (frame - self._open)
        self._speech.append(is_speech)
        self._level.append(level_db)
        if is_speech:
            self.speaking_until_ms = (frame + 1) * FRAME_MS
        if self._quiet >= self._pause:
            return self._close("pause", self._next)
        if len(self._speech) * FRAME_MS >= self._settings.max_length_ms:
            return self._cut()
        return []

    def _cut(self) -> list[SpeechSegment]:
        """Ends the segment at the quietest of its last frames; the frames after it are the next segment's."""
        window = self._settings.cut_window_ms // FRAME_MS
        kept = len(self._level) - window + int(np.argmin(self._level[-window:]))
        assert self._open is not None
        cut = self._open + kept
        rest, rest_level = self._speech[kept:], self._level[kept:]
        self._speech, self._level = self._speech[:kept], self._level[:kept]
        segments = self._close("max_length", cut)
        if any(rest):
            self._open, self._speech, self._level = cut, rest, rest_level
        return segments

    def _close(self, closed_by: ClosedBy, until: int) -> list[SpeechSegment]:
        """`until`: the frame behind the last one that belongs to this segment."""
        assert self._open is not None
        start, speech = self._open, np.array(self._speech, dtype=np.bool_)
        self._open, self._speech, self._level = None, [], []
        self._limit = until
        if int(speech.sum()) * FRAME_MS < self._settings.min_speech_ms:
            self.discarded += 1
            return []
        spoken = int(np.flatnonzero(speech)[-1]) + 1
        length = min(len(speech), spoken + self._settings.tail_ms // FRAME_MS)
        return [self._segment(start, speech[:length], start + spoken, closed_by)]

    def _segment(self, start: int, speech: Mask, end: int, closed_by: ClosedBy) -> SpeechSegment:
        first, last = start * self._frame, end * self._frame
        under = [stretch for stretch in self._stretches if stretch.first < last and stretch.end > first]
        missing = sum(min(s.end, last) - max(s.first, first) for s in under if s.missing)
        clock = under[-1]
        behind_ms = (clock.end - last) * 1000 // self._rate_hz
        return SpeechSegment(
            samples=self._audio.read(first, first + len(speech) * self._frame),
            rate_hz=self._rate_hz,
            start_ms=start * FRAME_MS,
            end_ms=end * FRAME_MS,
            speech=speech,
            closed_by=closed_by,
            first_offset=min(stretch.offset for stretch in under),
            last_offset=max(stretch.offset for stretch in under),
            missing_ms=missing * 1000 // self._rate_hz,
            spoken_at_ms=clock.captured_at_ms - behind_ms if clock.captured_at_ms else 0,
        )

    def _forget(self) -> None:
        """Drops the audio that no segment can want, and the offsets that no restart needs."""
        lead = self._settings.lead_in_ms // FRAME_MS
        oldest = self._open if self._open is not None else self._next - lead
        self._audio.drop(oldest * self._frame)
        reach = MEMORY_FRAMES + 2 * REORDER_MS // FRAME_MS
        while self._stretches and self._synced and self._stretches[0].end <= (self._proof - reach) * self._frame:
            self._stretches.popleft()
            self._anchor = None


class _Tape:
    """Samples of the media clock, appended at one end and dropped at the other."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._parts: deque[Samples] = deque()

    def append(self, samples: Samples) -> None:
        self._parts.append(samples)

    def read(self, first: int, end: int) -> Samples:
        whole = np.concatenate(list(self._parts)) if self._parts else np.zeros(0, dtype=np.float32)
        return whole[max(0, first - self._first) : end - self._first].copy()

    def drop(self, before: int) -> None:
        while self._parts and self._first + len(self._parts[0]) <= before:
            self._first += len(self._parts.popleft())
