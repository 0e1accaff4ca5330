"""What goes wrong between a telephony system and a door, drawn with a seed: the same seed is the same trouble."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

T = TypeVar("T")

Kind = Literal["send", "hold", "break", "again"]


@dataclass(frozen=True)
class Troubles:
    """Shares are of frames. `loss`, `swap` and `twice` need frames that are numbered.

    jitter_ms  a frame is sent up to this much late; those behind it wait
    loss       is never sent
    swap       is sent behind the next one
    twice      is sent once more, a little later
    holds      media times at which nothing is sent for `hold_ms`; what is said meanwhile is not heard
    breaks     media times at which the connection ends without a word, and another begins
    again      media times at which another connection comes while the one before it is still there
    """

    jitter_ms: int = 0
    loss: float = 0.0
    swap: float = 0.0
    twice: float = 0.0
    holds: tuple[int, ...] = ()
    hold_ms: int = 5_000
    breaks: tuple[int, ...] = ()
    again: tuple[int, ...] = ()
    seed: int = 1

    @property
    def needs_numbers(self) -> bool:
        return bool(self.loss or self.swap or self.twice)


@dataclass(frozen=True)
class Step:
    """`due_ms`: when, from the call's beginning. `tick` is what is sent; of other kinds `at_ms` is the media time."""

    due_ms: float
    kind: Kind
    tick: int = 0
    at_ms: int = 0


def steps(tick_ms: Iterable[int], troubles: Troubles) -> Iterator[Step]:
    """What is done with each tick, given their media times in order."""
    draw = random.Random(troubles.seed)
    due = _Due(troubles)
    held: Step | None = None
    for number, at_ms in enumerate(tick_ms):
        for mark in due.marks(at_ms):
            if held is not None:
                # It was of the connection that ends here.
                yield Step(due.sent_ms, "send", held.tick)
                held = None
            yield mark
        if due.is_held(at_ms) or draw.random() < troubles.loss:
            continue
        step = Step(max(at_ms + draw.uniform(0, troubles.jitter_ms), due.sent_ms), "send", number)
        due.sent_ms = step.due_ms
        if held is None and draw.random() < troubles.swap:
            held = step
            continue
        yield step
        if held is not None:
            yield Step(step.due_ms, "send", held.tick)
            held = None
        if draw.random() < troubles.twice:
            yield step
    if held is not None:
        yield held


@dataclass
class _Due:
    troubles: Troubles
    sent_ms: float = 0.0
    _marks: list[tuple[int, Kind]] = field(init=False)

    def __post_init__(self) -> None:
        troubles = self.troubles
        kinds: tuple[tuple[Kind, tuple[int, ...]], ...] = (
            ("hold", troubles.holds),
            ("break", troubles.breaks),
            ("again", troubles.again),
        )
        self._marks = sorted((at_ms, kind) for kind, times in kinds for at_ms in times)

    def marks(self, at_ms: int) -> Iterator[Step]:
        while self._marks and self._marks[0][0] <= at_ms:
            due_ms, kind = self._marks.pop(0)
            yield Step(max(float(due_ms), self.sent_ms), kind, at_ms=at_ms)

    def is_held(self, at_ms: int) -> bool:
        return any(begin_ms <= at_ms < begin_ms + self.troubles.hold_ms for begin_ms in self.troubles.holds)
