"""What a listener keeps for one partition: its calls, what is not written yet, and how far it has come."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from tonewatch.stream.kafka.offsets import PartitionProgress
from tonewatch.stream.messages import CallClock, CallClosed
from tonewatch.stream.withdrawn import Withdrawn
from tonewatch.workers.listen.call import Call

ENDED_REMEMBERED = 10_000
CLOCKS_REMEMBERED = 50_000


class PartitionState(PartitionProgress):
    """One partition for as long as it is this listener's; after a rebalance a new one begins.

    `quiet_s` is a clock that runs only while the partition is read up to its end: calls are silent by it.
    `reading_s` is one that runs while it is read at all, however far behind: strangers are given up by it.
    `waiting_bytes` of records and audio are not dealt with yet, `letter_bytes` of dead letters not written.
    `clocks` is what was written of calls that go on, went silent or ended; null until it was read from Kafka.
    `withdrawn` are the calls whose notice was withdrawn, here or on another partition, or that were erased: one for
    all partitions, and what is remembered of other calls takes no room of it.
    """

    def __init__(
        self, position: int | None = None, *, quiet_s: float = 0.0, withdrawn: Withdrawn | None = None
    ) -> None:
        super().__init__(position)
        self.calls: dict[str, Call] = {}
        self.quiet_s = quiet_s
        self.reading_s = 0.0
        self.waiting_bytes = 0
        self.letter_bytes = 0
        self.clocks: OrderedDict[str, CallClock] | None = None
        self._aside: dict[str, tuple[float, CallClosed | None]] = {}
        self._ended: OrderedDict[str, bool] = OrderedDict()
        self._withdrawn = Withdrawn() if withdrawn is None else withdrawn

    def open_offsets(self) -> Iterable[int]:
        """Where each call's open segment must be read from again, to be found with the same bounds."""
        held = (call.oldest_open_offset() for call in self.calls.values())
        return (offset for offset in held if offset is not None)

    def clock(self, call_id: str) -> CallClock | None:
        """What was written of a call; where its notice was withdrawn on any partition, or it was erased, that too."""
        known = None if self.clocks is None else self.clocks.get(call_id)
        if (known is None or not known.withdrawn) and call_id in self._withdrawn:
            ended = CallClock(call_id=call_id) if known is None else known
            return CallClock(
                call_id=call_id,
                ended=ended.ended,
                end_ms=ended.end_ms,
                end_offset=ended.end_offset,
                withdrawn=True,
            )
        return known

    def keep(self, clock: CallClock) -> None:
        """A call's clock is about to be written; of very many those that changed longest ago are dropped, but that
        a notice was withdrawn is remembered."""
        if clock.withdrawn:
            self._withdrawn.add(clock.call_id)
            # Anybody can withdraw calls that never were: their clocks must push out none of a real call.
            if clock.call_id not in (self.clocks or ()):
                return
        self.clocks = OrderedDict() if self.clocks is None else self.clocks
        self.clocks[clock.call_id] = clock
        self.clocks.move_to_end(clock.call_id)
        while len(self.clocks) > CLOCKS_REMEMBERED:
            self.clocks.popitem(last=False)

    def know(self, clocks: OrderedDict[str, CallClock]) -> None:
        """What earlier listeners wrote; calls that they had put on hold are on hold here."""
        self.clocks = OrderedDict()
        for call_id, clock in clocks.items():
            if clock.withdrawn:
                self._withdrawn.add(clock.call_id)
            if not clock.withdrawn or clock.ended or clock.end_ms > 0:
                self.clocks[call_id] = clock
        self._aside |= {name: (self.quiet_s, None) for name, clock in clocks.items() if clock.on_hold}

    def put_aside(self, call_id: str, counted: CallClosed) -> None:
        """A call sends nothing any more; `counted`: what is to be written when it is given up."""
        self._aside[call_id] = (self.quiet_s, counted)

    def followed_ids(self) -> list[str]:
        """The calls that go on, and those that are on hold."""
        return [*self.calls, *self._aside]

    def take_back(self, call_id: str) -> CallClosed | None:
        """The call goes on, or its end was read; what was counted before it was put on hold."""
        return self._aside.pop(call_id, (0.0, None))[1]

    def given_up(self, longer_than_s: float) -> list[tuple[str, CallClosed | None]]:
        """Calls that were on hold for so long; they are forgotten."""
        due = [name for name, (since_s, _) in self._aside.items() if since_s < self.quiet_s - longer_than_s]
        return [(name, self._aside.pop(name)[1]) for name in due]

    def has_ended(self, call_id: str, offset: int = 0) -> bool:
        """Before the record at `offset`, as far as this listener or an earlier one read the call's end."""
        clock = self.clock(call_id)
        return call_id in self._ended or (clock is not None and clock.ended and clock.end_offset <= offset)

    def is_known(self, call_id: str) -> bool:
        """The call is being followed, or an earlier listener followed it and read no end of it."""
        clock = self.clock(call_id)
        return call_id in self.calls or (clock is not None and not clock.ended)

    def begins_again(self, call_id: str) -> None:
        self._ended.pop(call_id, None)

    def notice_of(self, key: bytes | None) -> bool | None:
        """Was the caller told, of the call that is a record's key? Null where this listener knows nothing of it."""
        call_id = (key or b"").decode(errors="replace")
        if self.is_withdrawn(call_id):
            return False
        call = self.calls.get(call_id)
        if call is not None and call.notice_given is not None:
            return call.notice_given
        # A clock is written of calls with notice alone, or of those that had one.
        clock = self.clock(call_id)
        return self._ended.get(call_id, None if clock is None else not clock.withdrawn)

    def withdraw(self, call_id: str) -> None:
        """What waits of the call is not to be written."""
        self._withdrawn.add(call_id)
        if call_id in self._ended:
            self._ended[call_id] = False

    def is_withdrawn(self, call_id: str) -> bool:
        return call_id in self._withdrawn

    def ended(self, call_id: str, *, notice_given: bool) -> None:
        """Remember the end, so that what comes after it is refused; the oldest of very many are forgotten."""
        self._ended[call_id] = notice_given
        while len(self._ended) > ENDED_REMEMBERED:
            self._ended.popitem(last=False)

    def silent_calls(self, longer_than_s: float) -> list[Call]:
        return [call for call in self.calls.values() if call.last_seen_s < self.quiet_s - longer_than_s]
