from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tonewatch.stream.bench.door_players import WAITING_BYTES, PlayedCall, all_at_once, play
from tonewatch.stream.errors import BrokerError


@dataclass
class Time:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await asyncio.sleep(0)


@dataclass
class FakeLine:
    clock: Time
    refuses: bool = False
    waiting: int = 0
    done: list[tuple[str, int]] = field(default_factory=list)
    sent_s: list[float] = field(default_factory=list)

    async def open(self) -> None:
        if self.refuses:
            raise BrokerError("no")
        self.done.append(("open", 0))

    def send(self, tick: int) -> None:
        self.done.append(("send", tick))
        self.sent_s.append(self.clock())

    def waiting_bytes(self) -> int:
        return self.waiting

    async def break_off(self, tick: int) -> None:
        self.done.append(("break", tick))

    async def end(self) -> None:
        self.done.append(("end", 0))


async def test_each_tick_is_sent_once_it_was_spoken_and_never_early() -> None:
    clock = Time()
    line = FakeLine(clock)
    call = PlayedCall("c", line, 50)
    await play([call], apart_s=0, clock=clock, sleep=clock.sleep)
    assert [what for what, _ in line.done] == ["open", *["send"] * 50, "end"]
    assert all(at_s >= call.began_s + 0.02 * (n + 1) - 1e-9 for n, at_s in enumerate(line.sent_s))
    assert max(call.late_s) < 0.02


async def test_a_break_comes_in_its_place_and_what_follows_goes_on() -> None:
    clock = Time()
    line = FakeLine(clock)
    await play([PlayedCall("c", line, 5, breaks_at=3)], apart_s=0, clock=clock, sleep=clock.sleep)
    assert line.done[4:7] == [("break", 3), ("send", 3), ("send", 4)] and line.done.count(("break", 3)) == 1


async def test_calls_begin_one_after_the_other_and_are_there_at_once() -> None:
    clock = Time()
    calls = [PlayedCall(str(n), FakeLine(clock), 100) for n in range(5)]
    await play(calls, apart_s=0.1, clock=clock, sleep=clock.sleep)
    assert [round(call.began_s - calls[0].began_s, 1) for call in calls] == [0.0, 0.1, 0.2, 0.3, 0.4]
    begin_s, end_s = all_at_once(calls)
    assert 1.5 < end_s - begin_s < 1.7


async def test_a_call_that_is_refused_holds_up_no_other_and_says_why() -> None:
    clock = Time()
    refused, other = PlayedCall("a", FakeLine(clock, refuses=True), 5), PlayedCall("b", FakeLine(clock), 5)
    await play([refused, other], apart_s=0, clock=clock, sleep=clock.sleep)
    assert refused.failed == "BrokerError: no" and other.ended_s and not other.failed


def test_nothing_more_is_sent_to_a_door_that_does_not_read() -> None:
    clock = Time()
    line = FakeLine(clock, waiting=WAITING_BYTES + 1)
    call = PlayedCall("c", line, 5, began_s=1.0, _busy=False)
    assert call.step(clock) is None and not line.done


async def test_a_door_that_hangs_up_in_the_middle_is_told() -> None:
    class HungUp(FakeLine):
        def send(self, tick: int) -> None:
            if tick == 3:
                raise BrokerError("gone")

    clock = Time()
    call = PlayedCall("c", HungUp(clock), 5)
    await play([call], apart_s=0, clock=clock, sleep=clock.sleep)
    assert call.failed == "BrokerError: gone"
