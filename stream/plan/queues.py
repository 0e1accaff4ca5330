"""A listener and a monitor with their queues, simulated event by event: how late a caller's tone is on the board.

Segments end at random and wait for the one analysis that a listener does at a time; what comes of them waits at a
monitor. Both work while chunks go by, which takes their share of the core.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from tonewatch.stream.errors import DependencyError
from tonewatch.stream.plan.costs import Costs

if TYPE_CHECKING:
    import simpy

SETTLE_S = 20.0
SHORTEST_S = 0.6
"""Between the ends of two segments of one caller: a word, and the pause that ends it."""

LEAST_SPEED = 0.02


@dataclass(frozen=True)
class Station:
    """One process: its calls, and the cores that it has for itself: 1 at most, since one thread of Python runs."""

    calls: int
    cores: float = 1.0


@dataclass(frozen=True)
class Late:
    """Seconds from the end of speech to the board, null where hardly anything came. `waiting`: under way at the end."""

    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    waiting: int


def simulate(costs: Costs, listener: Station, monitor: Station, *, seconds: float = 120.0, seed: int = 1) -> Late:
    """One listener, and the monitor to which its segments go with those of others.

    Raises:
        DependencyError: SimPy is missing.
    """
    env = _environment()
    line = _Line(env, costs, listener, monitor, random.Random(seed))
    env.run(until=SETTLE_S + seconds)
    return _late(line.delays_s, line.under_way)


def _environment() -> simpy.Environment:
    try:
        import simpy
    except ImportError as error:
        raise DependencyError("SimPy is missing: pip install 'tonewatch[plan]'.") from error
    return simpy.Environment()


def _late(delays_s: Sequence[float], waiting: int) -> Late:
    if len(delays_s) < 2:
        return Late(None, None, None, waiting)
    cuts = quantiles(delays_s, n=100, method="inclusive")
    return Late(round(cuts[49], 3), round(cuts[94], 3), round(cuts[98], 3), waiting)


class _Line:
    """What is simulated: every call's segments through the analysis, and the monitor with what else it reads."""

    def __init__(
        self, env: simpy.Environment, costs: Costs, listener: Station, monitor: Station, draw: random.Random
    ) -> None:
        import simpy

        self.delays_s: list[float] = []
        self.under_way = 0
        self._env, self._costs, self._draw = env, costs, draw
        self._analysis = simpy.Resource(env, capacity=1)
        self._judging = simpy.Resource(env, capacity=1)
        # What the chunks of all calls take of the core is not there for the segments.
        left = listener.cores - listener.calls * costs.intake_ms / 1000
        self._segment_s = costs.segment_ms / 1000 / max(LEAST_SPEED, left)
        self._message_s = costs.message_ms / 1000 / max(LEAST_SPEED, monitor.cores)
        for _ in range(listener.calls):
            env.process(self._caller())
        env.process(self._others(monitor.calls * costs.messages_per_s - listener.calls * costs.caller_segments_per_s))

    def _caller(self) -> Generator[Any, Any, None]:
        """Segments of one call, at its rate, none within SHORTEST_S of the one before."""
        mean_s = 1 / self._costs.caller_segments_per_s
        yield self._env.timeout(self._draw.uniform(0, mean_s))
        while True:
            self._env.process(self._segment())
            yield self._env.timeout(SHORTEST_S + self._draw.expovariate(1 / max(0.01, mean_s - SHORTEST_S)))

    def _segment(self) -> Generator[Any, Any, None]:
        spoken_s = self._env.now
        self.under_way += 1
        # The pause is over at any place within the chunk that brings it.
        yield self._env.timeout(self._costs.pause_s + self._draw.uniform(0, self._costs.chunk_s))
        # A segment's work goes by its length, and lengths spread as widely as they are long.
        work_s = self._segment_s * self._draw.gammavariate(2.0, 0.5)
        yield from self._served(self._analysis, work_s)
        yield from self._served(self._judging, self._message_s)
        yield self._env.timeout(self._costs.hops_s)
        self.under_way -= 1
        if spoken_s > SETTLE_S:
            self.delays_s.append(self._env.now - spoken_s)

    def _others(self, per_s: float) -> Generator[Any, Any, None]:
        """What else the monitor reads."""
        while per_s > 0:
            yield self._env.timeout(self._draw.expovariate(per_s))
            self._env.process(self._served(self._judging, self._message_s))

    def _served(self, by: simpy.Resource, work_s: float) -> Generator[Any, Any, None]:
        with by.request() as turn:
            yield turn
            yield self._env.timeout(work_s)
