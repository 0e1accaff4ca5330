"""Where on a call's media clock a segmenter is, and what proves that any other segmenter would cut there too.

Where a cut lies depends on where its segment began, so a segmenter that begins in the middle of a call must not guess:
ids of segments are made of their starts, and a guess would be an id that no other listener finds. A position is proven
by one of two things that follow from the sound alone, however much of it was read before:

- a pause as long as one that closes a segment;
- in sound without pauses (music), every RESYNC_FRAMES on the grid, once SETTLE_FRAMES went by without a pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tonewatch.workers.audio.voice_activity import FRAME_MS, MEMORY_FRAMES

RESYNC_FRAMES: Final = 400
SETTLE_FRAMES: Final = 800
REORDER_MS: Final = 1_000
"""Chunks may be out of order by this much (the intake's window), so a restart reaches back further by it."""

_REORDER_FRAMES: Final = REORDER_MS // FRAME_MS


@dataclass(slots=True)
class CallPosition:
    """All in frames of FRAME_MS on the call's grid.

    pause           quiet frames that close a segment, and prove a position
    lead_in         frames before the first speech that a segment keeps
    next            the frame that comes next
    trusted_from    first frame whose speech flag does not depend on where listening began
    proven          a proof was seen, and segments may be cut
    lead_in_from    first frame that the next segment's lead-in may reach back to
    proof_from      first frame that a restart must judge to see the newest proof too
    quiet           frames without speech up to here
    since_pause     frames since the newest pause that was a proof
    """

    pause: int
    lead_in: int
    next: int
    trusted_from: int
    proven: bool
    lead_in_from: int
    proof_from: int
    quiet: int = 0
    since_pause: int = 0

    @classmethod
    def begin(cls, first: int, *, known: bool, pause: int, lead_in: int) -> CallPosition:
        """At a frame; `known`: nothing lies before it that could matter (the call begins here, or a long gap ends)."""
        # The detector of speech remembers MEMORY_FRAMES, and late chunks may still have been missing from those.
        trusted_from = first if known else first + MEMORY_FRAMES + _REORDER_FRAMES
        return cls(pause, lead_in, first, trusted_from, known, lead_in_from=first, proof_from=first)

    @property
    def warming_up(self) -> bool:
        """The next frame's speech flag cannot be trusted yet."""
        return self.next < self.trusted_from

    @property
    def at_grid_position(self) -> bool:
        """In sound without pauses: every listener that judged the last SETTLE_FRAMES cuts at the next frame."""
        # Before a proof it is unknown whether the first quiet frames are the end of a pause that began earlier.
        settled = SETTLE_FRAMES if self.proven else SETTLE_FRAMES + self.pause
        return self.next % RESYNC_FRAMES == 0 and self.since_pause >= settled

    def accept_grid_position(self) -> None:
        """The next frame is a proof. `since_pause` runs on: the next cut is RESYNC_FRAMES away, not SETTLE_FRAMES."""
        self.proven = True
        self.lead_in_from = self.next
        self.proof_from = self.next - SETTLE_FRAMES - self.pause

    @property
    def is_in_long_pause(self) -> bool:
        """A quiet frame more changes nothing but where the position is."""
        return self.proven and self.quiet > self.pause and not self.warming_up

    def stay_quiet(self, frames: int) -> None:
        """As many quiet frames in a long pause: as `advance` and `accept_pause` for each."""
        self.next += frames
        self.quiet += frames
        self.since_pause = 0
        self.proof_from = self.next - self.pause - self.lead_in

    def skip(self) -> None:
        """A frame that cannot be trusted: it is neither speech nor part of a pause."""
        self.next += 1

    def advance(self, *, is_speech: bool) -> None:
        """A frame that counts."""
        self.next += 1
        self.quiet = 0 if is_speech else self.quiet + 1
        self.since_pause += 1

    def accept_pause(self) -> None:
        """Takes what is quiet up to here for a proof, if it is long enough for one.

        A pause also closed whatever came before it, here or before the restart: the next lead-in reaches back to that
        frame and no further. Where the speech before the pause was not judged, that frame is unknown, and the pause
        must go on until no lead-in can reach it.
        """
        if self.quiet < self.pause:
            return
        speech_before_was_judged = self.quiet < self.next - self.trusted_from
        if self.proven or speech_before_was_judged:
            # Also where a cut had closed the segment a little earlier: a restart cannot know of that cut.
            if self.quiet == self.pause or not self.proven:
                self.lead_in_from = self.next
        elif self.quiet < self.pause + self.lead_in:
            return
        self.proven, self.since_pause = True, 0
        # The longer of the two pauses that can prove it, so that a restart sees either from its first frame.
        self.proof_from = self.next - self.pause - self.lead_in

    def needed_from(self) -> int | None:
        """First frame whose audio a restart must read again; null before a proof, when all of it is needed."""
        # The restart warms up over MEMORY_FRAMES + _REORDER_FRAMES first; its own first chunks may be late once more.
        return self.proof_from - MEMORY_FRAMES - 2 * _REORDER_FRAMES if self.proven else None
