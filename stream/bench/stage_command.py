"""`tonewatch bench stage`: what each stage costs alone, in one run, beside its floor."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tonewatch.stream.bench.load import record
from tonewatch.stream.bench.stage_picture import picture
from tonewatch.stream.bench.stages import Material, StageCost, Stopwatch, find_stages, machine, measure
from tonewatch.stream.demo.truth import default_folder, find_calls

THREADS = "OMP_NUM_THREADS"


class StageReport(msgspec.Struct, kw_only=True):
    """`tonewatch bench stage --json`. `call_s`: seconds of two-channel calls, `speech_s` of callers' speech in them.

    `ms_per_call_second` and `calls_a_core` add up the stages that are no part of another.
    """

    machine: str
    calls: int
    rounds: int
    call_s: float
    speech_s: float
    ms_per_call_second: float
    calls_a_core: float
    stages: list[StageCost]


def stage(
    calls: Annotated[int, typer.Option(min=1, help="Demo calls that are taken.")] = 3,
    rounds: Annotated[int, typer.Option(min=1, help="Each stage and its floor so often, in turns.")] = 3,
    only: Annotated[str, typer.Option(help="Only stages whose name has this in it.")] = "",
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    before: Annotated[Path | None, typer.Option(exists=True, help="A report of before, beside this one.")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw --before and this run into this file.")] = None,
) -> None:
    """CPU time of each stage alone on one thread, a second of call and of speech, beside the least that it needs."""
    on_one_thread()
    with _quiet():
        found = _measured(calls, rounds, only)
    if json is not None:
        json.write_text(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    if svg is not None:
        was = found if before is None else msgspec.json.decode(before.read_bytes(), type=StageReport)
        svg.write_text(picture(was.stages, found.stages, ("before", "now")))
    for line in lines(found):
        typer.echo(line)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What the parts log is no part of what they cost."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _measured(calls: int, rounds: int, only: str) -> StageReport:
    demo = find_calls(default_folder())
    material = Material(asyncio.run(record(msgspec.structs.replace(demo, files=demo.files[:calls]))))
    stages = [one for one in find_stages(material) if only in one.name]
    costs = measure([replace(one, within="") if only else one for one in stages], material, rounds, Stopwatch())
    return _report(material, rounds, costs)


def on_one_thread() -> None:
    """A stage is one thread, or its time is that of several; numpy reads this once, when it is imported."""
    if os.environ.get(THREADS) != "1":
        os.execve(sys.executable, sys.orig_argv, {**os.environ, THREADS: "1"})


def _report(material: Material, rounds: int, costs: list[StageCost]) -> StageReport:
    total = sum(cost.ms_per_call_second or 0.0 for cost in costs if not cost.within)
    return StageReport(
        machine=machine(),
        calls=len(material.recordings),
        rounds=rounds,
        call_s=round(material.call_s, 1),
        speech_s=round(material.speech_s, 1),
        ms_per_call_second=round(total, 2),
        calls_a_core=round(1000 / total, 1) if total else 0.0,
        stages=costs,
    )


def lines(found: StageReport) -> list[str]:
    """The report as a table for a terminal."""
    head = f"{'stage':42} {'ms/s of call':>12} {'ms/s of speech':>14} {'share':>6} {'x floor':>8}  floor"
    rows = [
        f"{('  ' if one.within else '') + one.name:42} {_number(one.ms_per_call_second):>12} "
        f"{_number(one.ms_per_speech_second):>14} {'' if one.share is None else f'{one.share:.0%}':>6} "
        f"{'' if one.over_floor is None else f'{one.over_floor:.1f}':>8}  {one.note or one.floor_is}"
        for one in found.stages
    ]
    total = (
        f"{found.call_s:g} s of call, {found.speech_s:g} s of callers' speech; all {found.ms_per_call_second:.2f} ms"
    )
    return [head, *rows, f"{total} of a core a second of call: {found.calls_a_core:g} calls a core"]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
