"""One channel of a call over all its epochs: chunks in, speech segments out.

Each epoch has an intake and a segmenter of its own (its codec and rate may differ), and all have one media time.
"""

from __future__ import annotations

import sys

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, ClosedBy, Role
from tonewatch.workers.audio.echo import BandEnergies
from tonewatch.workers.audio.epoch import EpochClock, Others, Placed
from tonewatch.workers.audio.intake import CONCEAL_MS, ChannelIntake, Piece, read
from tonewatch.workers.audio.segmenter import Segmenter, SegmenterSettings, SpeechSegment


class ChannelAudio:
    """`newest_ms` is the media time of the newest chunk, `heard_from_ms` the end of the newest stretch in which nothing
    was received that a concealed gap could stand for. `energies` are what an echo on another channel is told by."""

    def __init__(self, clock: EpochClock, settings: SegmenterSettings) -> None:
        self.clock = clock
        self.newest_ms = 0
        self.heard_from_ms = 0
        self.energies = BandEnergies()
        self._settings = settings
        self._intake: ChannelIntake | None = None
        self._segmenter: Segmenter | None = None
        self._heard_ms = 0
        self._missing_ms = 0
        self._roles: dict[int, Role] = {}

    def push(self, chunk: AudioChunk, offset: int, others: Others) -> list[SpeechSegment]:
        """Segments that the chunk closed. `others`: what is known of the call's other channels.

        Raises Unprocessable: the chunk cannot be used; the channel goes on without it.
        """
        closed: list[SpeechSegment] = []
        for placed in self.clock.place(read(chunk, offset), self.heard_ms, others):
            intake = self._intake
            if intake is None or placed.begins:
                closed += self.close("gap")
                intake = self._begin(placed)
            elif placed.start_ms < self._heard_ms:
                raise Unprocessable(f"call {chunk.call_id}: a chunk before its epoch's beginning", reason="late")
            closed += self._cut(intake.push(placed))
            self.newest_ms = max(self.newest_ms, placed.start_ms)
        return closed

    def close(self, closed_by: ClosedBy) -> list[SpeechSegment]:
        """The segments that were open; nothing is held afterwards, and the next chunk begins afresh."""
        if self._intake is None or self._segmenter is None:
            return []
        closed = self._cut(self._intake.flush()) + self._segmenter.flush(closed_by)
        self._heard_ms, self._missing_ms = self.heard_ms, self.missing_ms
        self._intake = self._segmenter = None
        return closed

    def park(self, offset: int, closed_by: ClosedBy) -> list[SpeechSegment]:
        """Close the channel because nothing is received of it; `offset` is that of the next record.

        Whatever is received later begins afresh, and a restart finds where by the clock that is written."""
        closed = self.close(closed_by)
        self.clock.park(offset, self.heard_ms)
        return closed

    def role_in(self, epoch: int) -> Role:
        return self._roles.get(epoch, self.clock.role)

    @property
    def heard_ms(self) -> int:
        """Media time behind everything that was received."""
        return self._heard_ms if self._intake is None else max(self._heard_ms, self._intake.heard_ms)

    @property
    def missing_ms(self) -> int:
        return self._missing_ms + (0 if self._intake is None else self._intake.missing_ms)

    @property
    def is_open(self) -> bool:
        """Something was received that is not closed yet."""
        return self._intake is not None

    def oldest_offset(self) -> int | None:
        """The first Kafka offset held for an open segment, an unordered chunk or one that may begin an epoch."""
        oldest = self.clock.oldest_suspect()
        for held in (
            None if self._intake is None else self._intake.oldest_held_offset(),
            None if self._segmenter is None else self._segmenter.oldest_open_offset(),
        ):
            if held is not None and (oldest is None or held < oldest):
                oldest = held
        return oldest

    def open_since_ms(self) -> int | None:
        """No segment that closes later can begin before this; null while nothing is in order yet."""
        since_ms = sys.maxsize if self._segmenter is None else self._segmenter.open_since_ms()
        return None if since_ms == sys.maxsize else since_ms

    def speaking_turn(self) -> tuple[int, int] | None:
        return None if self._segmenter is None else self._segmenter.speaking_turn()

    def _begin(self, placed: Placed) -> ChannelIntake:
        epoch = self.clock.epoch
        self._roles[epoch] = self.clock.role
        if placed.begins and placed.start_ms - self._heard_ms > CONCEAL_MS:
            self.heard_from_ms = placed.start_ms
        self._intake = ChannelIntake(known_start=placed.begins)
        self._segmenter = Segmenter(placed.received.chunk.rate_hz, self._settings, epoch=epoch)
        return self._intake

    def _cut(self, pieces: list[Piece]) -> list[SpeechSegment]:
        assert self._segmenter is not None
        assert self._intake is not None
        rate_hz = self._intake.rate_hz or 0
        closed: list[SpeechSegment] = []
        for piece in pieces:
            self.energies.add(piece.samples, piece.start_ms, rate_hz)
            if piece.missing_ms > CONCEAL_MS:
                self.heard_from_ms = piece.start_ms + piece.missing_ms
            closed += self._segmenter.push(
                piece.samples,
                piece.start_ms,
                piece.offset,
                piece.captured_at_ms,
                missing_ms=piece.missing_ms,
                begins=piece.begins,
                sent_ms=piece.sent_ms,
            )
        return closed
