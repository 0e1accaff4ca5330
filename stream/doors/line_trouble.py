"""What a line does to the packets of a simulated call, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LineTrouble:
    """Shares are of 1, times in ms of the call. `holds_ms`: from when to when nothing is sent. `breaks_ms`: when the
    connection breaks and comes again, or the source is another one.
    """

    seed: int = 0
    jitter_ms: float = 0.0
    lost: float = 0.0
    twice: float = 0.0
    holds_ms: tuple[tuple[int, int], ...] = ()
    breaks_ms: tuple[int, ...] = ()

    def rng(self, leg: int) -> random.Random:
        return random.Random(f"{self.seed}/{leg}")

    def is_held(self, at_ms: float) -> bool:
        return any(begin_ms <= at_ms < end_ms for begin_ms, end_ms in self.holds_ms)

    def breaks(self, at_ms: float, step_ms: float) -> bool:
        return any(at_ms <= break_ms < at_ms + step_ms for break_ms in self.breaks_ms)

    def fates(self, rng: random.Random) -> Iterator[float]:
        """Delays (ms) of the copies of one packet that arrive."""
        if rng.random() < self.lost:
            return
        yield rng.random() * self.jitter_ms
        if rng.random() < self.twice:
            yield rng.random() * self.jitter_ms


NO_TROUBLE: Final = LineTrouble()
