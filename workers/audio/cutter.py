"""Speech flags of one channel, frame by frame, to the cuts between its segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tonewatch.stream.messages import ClosedBy
from tonewatch.workers.audio.position import CallPosition
from tonewatch.workers.audio.voice_activity import FRAME_MS, Levels, Mask, VadSettings


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
class Cut:
    """A closed segment in frames: `speech` is one flag a frame, from `start` on, quiet frames at its end included."""

    start: int
    speech: Mask
    closed_by: ClosedBy

    @property
    def speech_ms(self) -> int:
        return int(self.speech.sum()) * FRAME_MS

    @property
    def speech_end(self) -> int:
        """The frame behind the last one with speech; only for a cut that has any."""
        return self.start + int(np.flatnonzero(self.speech)[-1]) + 1


@dataclass(slots=True)
class _InSpeech:
    """The segment that is open; lists of one entry a frame. The state without one is silence."""

    start: int
    speech: list[bool]
    level_db: list[float]

    def add(self, level_db: float, *, is_speech: bool) -> None:
        self.speech.append(is_speech)
        self.level_db.append(level_db)

    def quietest(self, window: int) -> int:
        """Index of the quietest of the last `window` frames."""
        return len(self.level_db) - window + int(np.argmin(self.level_db[-window:]))

    def split(self, at: int) -> tuple[_InSpeech, _InSpeech]:
        """The frames before that index, and the others."""
        return (
            _InSpeech(self.start, self.speech[:at], self.level_db[:at]),
            _InSpeech(self.start + at, self.speech[at:], self.level_db[at:]),
        )

    def speech_end(self) -> int:
        """The frame behind the newest one with speech."""
        return self.start + len(self.speech) - self.speech[::-1].index(True)


class Cutter:
    """From a frame of the call's grid on. It is silent until its position is proven, then in silence or in speech."""

    def __init__(self, settings: SegmenterSettings, first: int, *, known: bool) -> None:
        """`known`: nothing before frame `first` could matter."""
        self._settings = settings
        self.position = CallPosition.begin(
            first, known=known, pause=settings.pause_ms // FRAME_MS, lead_in=settings.lead_in_ms // FRAME_MS
        )
        self._open: _InSpeech | None = None

    def push(self, speech: Mask, level_db: Levels) -> list[Cut]:
        """The segments that these frames closed."""
        if self._open is None and self.position.is_in_long_pause and not speech.any():
            # Half of all audio is the silence of who listens, and every frame of it says the same.
            self.position.stay_quiet(len(speech))
            return []
        cuts: list[Cut] = []
        for is_speech, level in zip(speech.tolist(), level_db.tolist(), strict=True):
            cuts += self._step(is_speech, level)
        return cuts

    def flush(self, closed_by: ClosedBy) -> list[Cut]:
        """The segment that is still open, if one is."""
        return self._close(closed_by, self.position.next)

    def open_since(self) -> int:
        """No segment that closes later can begin before this frame."""
        return self.position.next - self.position.lead_in if self._open is None else self._open.start

    def speaking(self) -> tuple[int, int] | None:
        """First frame of the open segment, and the one behind its newest speech; null in silence."""
        return None if self._open is None else (self._open.start, self._open.speech_end())

    def _step(self, is_speech: bool, level_db: float) -> list[Cut]:
        position = self.position
        if position.warming_up:
            position.skip()
            return []
        cuts: list[Cut] = []
        if position.at_grid_position:
            cuts += self._close("max_length", position.next)
            position.accept_grid_position()
        frame = position.next
        position.advance(is_speech=is_speech)
        # The proof comes after the frame: a pause that is a proof closes the segment before it only where the position
        # was proven already, and an unproven segmenter has no segment to close.
        if position.proven:
            cuts += self._follow(frame, is_speech, level_db)
        position.accept_pause()
        return cuts

    def _follow(self, frame: int, is_speech: bool, level_db: float) -> Sequence[Cut]:
        if self._open is None:
            if not is_speech:
                return ()
            # Back over the lead-in, but never into what the segment before had, or may have had, as its own.
            start = max(frame - self.position.lead_in, self.position.lead_in_from)
            self._open = _InSpeech(start, [False] * (frame - start), [level_db] * (frame - start))
        self._open.add(level_db, is_speech=is_speech)
        if self.position.quiet >= self.position.pause:
            return self._close("pause", self.position.next)
        if len(self._open.speech) * FRAME_MS >= self._settings.max_length_ms:
            return self._cut_long(self._open)
        return ()

    def _cut_long(self, long: _InSpeech) -> list[Cut]:
        """Ends the segment at the quietest of its last frames; the frames after it are the next segment's."""
        # Split before closing: what is behind the cut must not count as this segment's speech.
        self._open, rest = long.split(long.quietest(self._settings.cut_window_ms // FRAME_MS))
        cuts = self._close("max_length", rest.start)
        # Without speech the rest is the silence behind the cut, and the next segment begins where speech does.
        self._open = rest if any(rest.speech) else None
        return cuts

    def _close(self, closed_by: ClosedBy, until: int) -> list[Cut]:
        """`until`: the frame behind the last one that belongs to this segment."""
        closed, self._open = self._open, None
        if closed is None:
            return []
        # Also where the segment will be discarded as too short: a restart cuts there too.
        self.position.lead_in_from = until
        return [Cut(closed.start, np.array(closed.speech, dtype=np.bool_), closed_by)]
