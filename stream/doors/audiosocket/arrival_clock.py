"""Media time for audio that carries none: samples are counted, the clock of arrival bounds the count.

AudioSocket says neither when a frame was spoken nor that nothing was sent for a while. Frames are never early, so the
least delay of the last seconds is where the line really is. A delay that later frames catch up with was the network's;
one that stays is a pause, and a hole in media time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tonewatch.stream.doors.audiosocket.frames import Audio
from tonewatch.stream.doors.frames import MOST_FRAME_BYTES
from tonewatch.stream.errors import Unprocessable

PAUSE_MS: Final = 300
"""A delay beyond this is looked into: a pause of the sender or a stall of the network."""

DECIDE_MS: Final = 250
"""Frames are held so long behind such a delay. After a stall TCP delivers all at once."""

WINDOW_MS: Final = 10_000
STEP_MS: Final = 20
"""A drift of either clock is followed by this much a window: 2,000 parts in a million."""

_HALF_RATE_AFTER_MS: Final = 4_000
_STEADY_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """Audio in media time; `start_ms` is that of its first sample."""

    start_ms: float
    audio: Audio

    @property
    def end_ms(self) -> float:
        return self.start_ms + duration_ms(self.audio)


def joined(placed: Sequence[Placed]) -> list[Placed]:
    """Those that go on from each other as one: what a busy machine reads late comes many frames at a time.

    None is larger than a door takes: at 44.1 kHz that is three quarters of a second.
    """
    runs: list[list[Placed]] = []
    for one in placed:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last.end_ms == one.start_ms
            and last.audio.rate_hz == one.audio.rate_hz
            and sum(len(of.audio.pcm) for of in runs[-1]) + len(one.audio.pcm) <= MOST_FRAME_BYTES
        ):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_as_one(run) for run in runs]


def _as_one(run: Sequence[Placed]) -> Placed:
    first = run[0]
    if len(run) == 1:
        return first
    return Placed(first.start_ms, replace(first.audio, pcm=b"".join(one.audio.pcm for one in run)))


def duration_ms(audio: Audio) -> float:
    return len(audio.pcm) * 500 / audio.rate_hz


@dataclass(slots=True)
class ArrivalClock:
    """One leg. `zero_ms`: the clock of arrival at media time 0, that of all legs of the call.

    `paused_ms`: holes so far.
    """

    zero_ms: float
    paused_ms: float = 0.0
    _next_ms: float | None = None
    _held: list[tuple[float, Audio]] = field(default_factory=list)
    _window_from_ms: float = 0.0
    _least_delay_ms: float | None = None
    _first_at_ms: float = 0.0
    _last_at_ms: float = 0.0
    _longest_wait_ms: float = 0.0
    _counted_ms: float = 0.0

    def push(self, at_ms: float, audio: Audio) -> list[Placed]:
        """`at_ms`: when the frame arrived, by a clock that never goes back. Empty while it is held.

        Raises:
            Unprocessable: `not_linear`: the audio comes at half its rate, so its samples have one byte.
        """
        if self._next_ms is None:
            self._begin(at_ms, audio)
        self._watch_pace(at_ms, audio)
        self._held.append((at_ms, audio))
        if self._is_deciding(at_ms):
            return []
        return self.flush()

    def poll(self, at_ms: float) -> list[Placed]:
        """Frames that were held long enough, when nothing follows them."""
        return [] if not self._held or self._is_deciding(at_ms) else self.flush()

    def flush(self) -> list[Placed]:
        """What is held, at once: at the end of the leg."""
        delay_ms = self._least_held_delay_ms()
        if delay_ms > PAUSE_MS:
            self._shift(delay_ms)
        placed = [self._place(at_ms, audio) for at_ms, audio in self._held]
        self._held.clear()
        return placed

    def _begin(self, at_ms: float, audio: Audio) -> None:
        # The first sample was spoken as long ago as the frame is long, but not before the call.
        self._next_ms = max(0.0, at_ms - self.zero_ms - duration_ms(audio))
        self._window_from_ms = self._first_at_ms = self._last_at_ms = at_ms

    def _is_deciding(self, at_ms: float) -> bool:
        """Is the oldest held frame so late that what follows has to tell why, and has that not come yet?"""
        first_at_ms, first = self._held[0]
        assert self._next_ms is not None
        late_ms = first_at_ms - self.zero_ms - self._next_ms - duration_ms(first)
        return late_ms > PAUSE_MS and at_ms < first_at_ms + DECIDE_MS and self._least_held_delay_ms() > STEP_MS

    def _least_held_delay_ms(self) -> float:
        assert self._next_ms is not None or not self._held
        end_ms, least_ms = self._next_ms or 0.0, float("inf")
        for at_ms, audio in self._held:
            end_ms += duration_ms(audio)
            least_ms = min(least_ms, at_ms - self.zero_ms - end_ms)
        return least_ms if self._held else 0.0

    def _shift(self, by_ms: float) -> None:
        assert self._next_ms is not None
        self._next_ms += by_ms
        self.paused_ms += max(0.0, by_ms)
        self._least_delay_ms = None

    def _place(self, at_ms: float, audio: Audio) -> Placed:
        self._follow_drift(at_ms)
        assert self._next_ms is not None
        placed = Placed(self._next_ms, audio)
        self._next_ms = placed.end_ms
        delay_ms = at_ms - self.zero_ms - placed.end_ms
        self._least_delay_ms = min(delay_ms, self._least_delay_ms if self._least_delay_ms is not None else delay_ms)
        return placed

    def _follow_drift(self, at_ms: float) -> None:
        if at_ms - self._window_from_ms < WINDOW_MS:
            return
        self._window_from_ms = at_ms
        least_ms, self._least_delay_ms = self._least_delay_ms, None
        if least_ms is not None and abs(least_ms) > STEP_MS:
            self._shift(max(-STEP_MS, min(STEP_MS, least_ms)))

    def _watch_pace(self, at_ms: float, audio: Audio) -> None:
        """`Dial(AudioSocket/...)` without a codec sends mu-law as if it were linear: half as many samples as time."""
        self._longest_wait_ms = max(self._longest_wait_ms, at_ms - self._last_at_ms)
        self._last_at_ms = at_ms
        self._counted_ms += duration_ms(audio)
        took_ms = at_ms - self._first_at_ms
        is_steady = took_ms > _HALF_RATE_AFTER_MS and self._longest_wait_ms < _STEADY_MS
        if is_steady and 0.45 < self._counted_ms / took_ms < 0.55:
            raise Unprocessable(
                f"{self._counted_ms:.0f} ms of audio in {took_ms:.0f} ms: samples of one byte, not signed linear. "
                "Dial AudioSocket/HOST:PORT/UUID/c(slin).",
                reason="not_linear",
            )
