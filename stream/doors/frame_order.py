"""Puts numbered frames of one channel in order: a small jitter buffer, counted in frames and not in time."""

from __future__ import annotations

import msgspec

from tonewatch.stream.doors.frames import Frame

HELD_FRAMES = 10
"""So many frames (200 ms where they are of 20 ms) are waited with for one that is missing; then it counts as lost."""

FIRST_FRAMES = 3
"""Where numbers begin anywhere, so many are looked at before the first one is chosen."""

RESTART_FRAMES = 500
"""A number so far behind (10 s of 20 ms frames) is not late: the sender began to count anew."""


class Ordered(msgspec.Struct, frozen=True):
    """`lost`: the frame before it in order never came."""

    frame: Frame
    lost: bool


class FrameOrder:
    """What comes twice, or after it was given up, is left out and counted in `left_out`.

    `first`: the number that a stream begins with, where the protocol says so. Frames without a number pass through.
    """

    def __init__(self, first: int | None = None, *, held_frames: int = HELD_FRAMES) -> None:
        self.left_out = 0
        self._next = first
        self._most = held_frames
        self._held: dict[int, Frame] = {}
        self._lost = False
        self._stray = 0

    def take(self, frame: Frame) -> list[Ordered]:
        """The frames that can go on now."""
        if frame.number is None:
            return [Ordered(frame, lost=False)]
        if self._next is not None and frame.number < self._next and not self._restarts(frame.number):
            self.left_out += 1
            return []
        if self._held.setdefault(frame.number, frame) is not frame:
            self.left_out += 1
        return self._ready()

    def rest(self) -> list[Ordered]:
        """All that is held, when nothing more will come in time."""
        ready = []
        while self._held:
            ready += self._skip()
        return ready

    def _restarts(self, number: int) -> bool:
        """Two in a row that are far behind: one alone may have lost its way."""
        assert self._next is not None
        is_second = number == self._stray + 1
        self._stray = number
        if self._next - number < RESTART_FRAMES or not is_second:
            return False
        self._held.clear()
        self._next, self._lost = number, True
        return True

    def _ready(self) -> list[Ordered]:
        if self._next is None and len(self._held) < FIRST_FRAMES:
            return []
        if self._next is None:
            self._next = min(self._held)
        ready = self._in_a_row()
        while len(self._held) > self._most:
            ready += self._skip()
        return ready

    def _skip(self) -> list[Ordered]:
        """Give up what is missing before the oldest one held."""
        oldest = min(self._held)
        self._lost = self._lost or (self._next is not None and oldest > self._next)
        self._next = oldest
        return self._in_a_row()

    def _in_a_row(self) -> list[Ordered]:
        assert self._next is not None
        ready = []
        while (frame := self._held.pop(self._next, None)) is not None:
            ready.append(Ordered(frame, self._lost))
            self._lost = False
            self._next += 1
        return ready
