"""A listener that may die at any moment: what it had committed, and what is read again, must leave out no segment.

The machine takes records, writes what waits, commits, and dies at will; a new listener begins at the last commit. At
the end the rest is read and written, and every segment of an undisturbed run must have been written, and no other.
"""

from __future__ import annotations

import asyncio
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.messages import AudioChunk, CallMessage
from tonewatch.workers.audio.segmenter import SegmenterSettings
from tonewatch.workers.listen.call import Call
from tonewatch.workers.listen.listener import found_from
from tonewatch.workers.listen.partition import PartitionState

RECORDS = 500
Heard = tuple[int, int, int]


@cache
def chunks(stem: str) -> list[AudioChunk]:
    """The first 50 s of a demo call; the number of a chunk is its offset."""
    sent: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        sent.append(message)

    path = default_folder() / f"{stem}.flac"
    asyncio.run(replay(plan(path, roles=None, about=None, notice_given=True, suffix="x"), keep, speed=0))
    return [message for message in sent if isinstance(message, AudioChunk)][:RECORDS]


class Disturbed:
    """One listener's life: its call, its partition, and what waits to be written."""

    def __init__(self, stem: str, offset: int) -> None:
        self.call = Call(stem, SegmenterSettings(), 0.0)
        self.call.notice_given = True
        self.state = PartitionState(position=offset)
        self.waiting: list[tuple[int, Heard]] = []
        self._chunks = chunks(stem)

    def take(self) -> bool:
        """One record, as the listener takes it; False at the end of the partition."""
        offset = self.state.position
        assert offset is not None
        if offset >= len(self._chunks):
            return False
        self.state.calls["call"] = self.call
        proof = found_from(self.call, offset)
        for spoken in self.call.add_chunk(self._chunks[offset], offset):
            self.state.hold(proof)
            self.waiting.append((proof, (spoken.channel, spoken.segment.start_ms, spoken.segment.end_ms)))
        self.state.take(offset)
        return True

    def write(self) -> list[Heard]:
        """The oldest that waits."""
        if not self.waiting:
            return []
        proof, heard = self.waiting.pop(0)
        self.state.written(proof)
        return [heard]


@cache
def undisturbed(stem: str) -> frozenset[Heard]:
    alone = Disturbed(stem, 0)
    while alone.take():
        pass
    return frozenset(heard for _, heard in alone.waiting)


class CommitPoints(RuleBasedStateMachine):
    @initialize(stem=st.sampled_from(["billing_dispute", "outage_interruptions"]))
    def begin(self, stem: str) -> None:
        self.stem = stem
        self.committed = 0
        self.life = Disturbed(stem, 0)
        self.written: set[Heard] = set()

    @rule(count=st.integers(50, 150))
    def take(self, count: int) -> None:
        for _ in range(count):
            self.life.take()

    @rule()
    def write_one(self) -> None:
        self.written.update(self.life.write())

    @rule(commits=st.booleans())
    def die(self, commits: bool) -> None:
        safe = self.life.state.safe_offset()
        assert safe is not None and safe >= self.committed
        self.committed = safe if commits else self.committed
        self.life = Disturbed(self.stem, self.committed)

    def teardown(self) -> None:
        if not hasattr(self, "stem"):
            return
        while self.life.take():
            pass
        while self.life.waiting:
            self.write_one()
        assert self.written == undisturbed(self.stem)


CommitPoints.TestCase.settings = settings(max_examples=20, stateful_step_count=8, deadline=None)
test_no_segment_is_left_out_or_invented = CommitPoints.TestCase
