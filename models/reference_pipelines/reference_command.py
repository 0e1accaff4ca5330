"""`tonewatch bench reference`: what other ways to hear emotion cost, measured in turns with this one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tonewatch.models.reference_pipelines.pipelines import OURS, Spoken, pipelines
from tonewatch.stream.bench.load import record
from tonewatch.stream.bench.stage_command import on_one_thread
from tonewatch.stream.bench.stages import Material, StageCost, Stopwatch, machine, measure
from tonewatch.stream.demo.truth import default_folder, find_calls


class ReferenceReport(msgspec.Struct, kw_only=True):
    """`tonewatch bench reference --json`; `over_ours` by name: how many times what ours costs, null where not run."""

    machine: str
    calls: int
    rounds: int
    call_s: float
    speech_s: float
    pipelines: list[StageCost]
    over_ours: dict[str, float | None]


def reference(
    calls: Annotated[int, typer.Option(min=1, help="Demo calls that are taken.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Each pipeline so often, in turns.")] = 2,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
) -> None:
    """CPU time from a segment to emotion and pitch: ours, the usual pipeline, and what others' packages run."""
    on_one_thread()
    demo = find_calls(default_folder())
    recordings = asyncio.run(record(msgspec.structs.replace(demo, files=demo.files[:calls])))
    spoken = Spoken.of(recordings)
    material = Material(recordings, speech_s=spoken.speech_s)
    found = report(material, measure(pipelines(spoken), material, rounds, Stopwatch()), rounds)
    if json is not None:
        json.write_text(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    for line in lines(found):
        typer.echo(line)


def report(material: Material, costs: list[StageCost], rounds: int) -> ReferenceReport:
    ours = next(one.ms_per_call_second for one in costs if one.name == OURS)
    return ReferenceReport(
        machine=machine(),
        calls=len(material.recordings),
        rounds=rounds,
        call_s=round(material.call_s, 1),
        speech_s=round(material.speech_s, 1),
        pipelines=costs,
        over_ours={one.name: _ratio(one.ms_per_call_second, ours) for one in costs},
    )


def lines(found: ReferenceReport) -> list[str]:
    """A table for a terminal."""
    head = f"{'pipeline':76} {'ms/s of call':>12} {'ms/s of speech':>14} {'x ours':>7}"
    rows = [
        f"{one.name:76} {_number(one.ms_per_call_second, 2):>12} {_number(one.ms_per_speech_second, 1):>14} "
        f"{_number(found.over_ours[one.name], 1):>7}  {one.note}"
        for one in found.pipelines
    ]
    about = f"{found.call_s:g} s of call, {found.speech_s:g} s of callers' speech; one thread; {found.machine}"
    return [head, *rows, about]


def _ratio(cost: float | None, ours: float | None) -> float | None:
    return round(cost / ours, 2) if cost and ours else None


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
