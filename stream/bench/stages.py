"""Stages of the path as `tonewatch bench stage` measures them: alone, on one thread, beside what they cannot go below.

Folders bring theirs by the entry points of GROUP, in the order of their names: what one finds is what the next takes.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from statistics import median
from typing import Final

import msgspec

from tonewatch.stream.bench.load import Recording
from tonewatch.stream.board.view import BoardEvent
from tonewatch.stream.messages import CallEnded, Moment, SegmentMessage

GROUP: Final = "tonewatch.stages"

LEAST_S: Final = 0.05
"""A stage that takes less is run several times: the clock of a process is coarse."""

Run = Callable[[], object]


@dataclass(frozen=True)
class Stage:
    """One stage over the whole material.

    run       null where it cannot be measured here: `note` says why
    floor     the least work that gives the same, `floor_is` in words: one library call, or the transforms alone
    within    the stage that this one is a part of; only stages without one add up
    speech_s  seconds of speech that a run is about, where it is not the material's
    """

    name: str
    run: Run | None
    floor: Run | None = None
    floor_is: str = ""
    within: str = ""
    note: str = ""
    speech_s: float | None = None


@dataclass
class Material:
    """Calls, and what the stages before found of them."""

    recordings: Sequence[Recording]
    segments: list[SegmentMessage] = field(default_factory=list)
    events: list[BoardEvent] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    speech_s: float = 0.0

    @property
    def call_s(self) -> float:
        """Seconds of two-channel call."""
        return sum(m.duration_ms for r in self.recordings for m in r.messages if isinstance(m, CallEnded)) / 1000


class StageCost(msgspec.Struct, kw_only=True):
    """Milliseconds of one core. Null where a stage was not run, or nothing is known of its floor.

    `over_floor` is the median, over the rounds, of the stage's time by that of its floor in the same round.
    """

    name: str
    within: str = ""
    ms_per_call_second: float | None = None
    ms_per_speech_second: float | None = None
    share: float | None = None
    floor_is: str = ""
    floor_ms_per_call_second: float | None = None
    over_floor: float | None = None
    note: str = ""


Provider = Callable[[Material], Sequence[Stage]]


def find_stages(material: Material) -> list[Stage]:
    """Of every folder that is installed."""
    found: list[Stage] = []
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        provider: Provider = point.load()
        found += provider(material)
    return found


def machine() -> str:
    """What the figures of a report were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


class Stopwatch:
    """Times runs by the CPU time of this process, so that others on the machine disturb them less."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self._clock = clock
        self._times: dict[int, int] = {}

    def seconds(self, run: Run) -> float:
        """Of one run; a short one is repeated. The first time of each is to warm up."""
        times = self._times.get(id(run))
        if times is None:
            times = self._times[id(run)] = max(1, round(LEAST_S / max(1e-6, self._once(run, 1))))
        return self._once(run, times) / times

    def _once(self, run: Run, times: int) -> float:
        began = self._clock()
        for _ in range(times):
            run()
        return self._clock() - began


def measure(stages: Sequence[Stage], material: Material, rounds: int, watch: Stopwatch) -> list[StageCost]:
    """Each stage and its floor once a round: what disturbs the machine for a while is in all of them alike."""
    took: dict[str, list[float]] = {stage.name: [] for stage in stages}
    floors: dict[str, list[float]] = {stage.name: [] for stage in stages}
    for _ in range(rounds):
        for stage in stages:
            if stage.run is not None:
                took[stage.name].append(watch.seconds(stage.run))
            if stage.floor is not None:
                floors[stage.name].append(watch.seconds(stage.floor))
    whole = sum(median(took[stage.name]) for stage in stages if not stage.within and took[stage.name])
    return [_cost(stage, material, took[stage.name], floors[stage.name], whole) for stage in stages]


def _cost(stage: Stage, material: Material, took: list[float], floors: list[float], whole: float) -> StageCost:
    cost = StageCost(name=stage.name, within=stage.within, floor_is=stage.floor_is, note=stage.note)
    if not took:
        return cost
    speech_s = material.speech_s if stage.speech_s is None else stage.speech_s
    cost.ms_per_speech_second = _ms(median(took), speech_s)
    if stage.speech_s is None:
        cost.ms_per_call_second = _ms(median(took), material.call_s)
        cost.share = None if stage.within or not whole else round(median(took) / whole, 3)
    if floors:
        cost.over_floor = round(median(a / b for a, b in zip(took, floors, strict=True) if b > 0), 2)
        cost.floor_ms_per_call_second = _ms(median(floors), material.call_s) if stage.speech_s is None else None
    return cost


def _ms(seconds: float, of_s: float) -> float | None:
    return round(1000 * seconds / of_s, 4) if of_s else None
