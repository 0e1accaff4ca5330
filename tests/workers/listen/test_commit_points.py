"""A listener that may die at any moment: what it had committed, and what is read again, must leave out no segment.

The machine takes records, writes what waits, commits, and dies at will; a new listener begins at the last commit. At
the end the rest is read and written, and every segment of an undisturbed run must have been written, and no other.
"""

from __future__ import annotations

from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import AudioChunk, CallClock
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call
from tonewatch.workers.listen.discontinuities import DISCONTINUITIES
from tonewatch.workers.listen.listener import found_from
from tonewatch.workers.listen.partition import PartitionState
from tonewatch.workers.listen.wire_command import read_call

RECORDS = 500
Heard = tuple[int, int, int, int]


@cache
def chunks(stem: str, discontinuity: str) -> list[AudioChunk]:
    """The first 50 s of a demo call, broken off after 24 s; the number of a chunk is its offset."""
    records = read_call(default_folder() / f"{stem}.flac")
    broken = DISCONTINUITIES[discontinuity](records, 24_000) if discontinuity else records
    return [message for message in broken if isinstance(message, AudioChunk)][:RECORDS]


class Disturbed:
    """One listener's life: its call, its partition, and what waits to be written, clocks among it."""

    def __init__(self, stem: str, discontinuity: str, offset: int, clock: CallClock | None = None) -> None:
        self.call = Call(stem, SegmenterSettings(), 0.0, clock)
        self.call.notice_given = True
        self.state = PartitionState(position=offset)
        self.waiting: list[tuple[int, Heard | CallClock]] = []
        self._chunks = chunks(stem, discontinuity)

    def take(self) -> bool:
        """One record, as the listener takes it; False at the end of the partition."""
        offset = self.state.position
        assert offset is not None
        if offset >= len(self._chunks):
            return False
        self.state.calls["call"] = self.call
        proof = found_from(self.call, offset)
        try:
            closed = self.call.add_chunk(self._chunks[offset], offset)
        except Unprocessable:
            closed = []
        if (clock := self.call.next_clock()) is not None:
            self._queue(proof, clock)
        for one in closed:
            self._queue(proof, (one.channel, one.segment.start_ms, one.segment.end_ms, one.segment.epoch))
        self.state.take(offset)
        return True

    def _queue(self, proof: int, work: Heard | CallClock) -> None:
        self.state.hold(proof)
        self.waiting.append((proof, work))

    def write(self) -> list[Heard | CallClock]:
        """The oldest that waits."""
        if not self.waiting:
            return []
        proof, work = self.waiting.pop(0)
        self.state.written(proof)
        return [work]


@cache
def undisturbed(stem: str, discontinuity: str) -> frozenset[Heard]:
    alone = Disturbed(stem, discontinuity, 0)
    while alone.take():
        pass
    return frozenset(work for _, work in alone.waiting if not isinstance(work, CallClock))


class CommitPoints(RuleBasedStateMachine):
    @initialize(
        stem=st.sampled_from(["billing_dispute", "outage_interruptions"]),
        discontinuity=st.sampled_from(
            ["", "all_restarts", "codec_changes", "number_wraps_at_once", "clock_leaps_an_hour"]
        ),
    )
    def begin(self, stem: str, discontinuity: str) -> None:
        self.of = (stem, discontinuity)
        self.committed = 0
        self.clock: CallClock | None = None
        self.life = Disturbed(*self.of, 0)
        self.written: set[Heard] = set()

    @rule(count=st.integers(50, 150))
    def take(self, count: int) -> None:
        for _ in range(count):
            self.life.take()

    @rule()
    def write_one(self) -> None:
        for work in self.life.write():
            if isinstance(work, CallClock):
                self.clock = work
            else:
                self.written.add(work)

    @rule(commits=st.booleans())
    def die(self, commits: bool) -> None:
        safe = self.life.state.safe_offset()
        assert safe is not None and safe >= self.committed
        self.committed = safe if commits else self.committed
        self.life = Disturbed(*self.of, self.committed, self.clock)

    def teardown(self) -> None:
        if not hasattr(self, "of"):
            return
        while self.life.take():
            pass
        while self.life.waiting:
            self.write_one()
        assert self.written == undisturbed(*self.of)


CommitPoints.TestCase.settings = settings(max_examples=25, stateful_step_count=8, deadline=None)
test_no_segment_is_left_out_or_invented = CommitPoints.TestCase
