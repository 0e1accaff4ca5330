"""`tonewatch plan`: partitions, workers, bytes and memory for a number of simultaneous calls, and what breaks first."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tonewatch.stream.errors import DataError
from tonewatch.stream.plan.costs import Costs, read_costs
from tonewatch.stream.plan.day import LAG_A_CALL, Day, follow
from tonewatch.stream.plan.queues import Late, Station, simulate
from tonewatch.stream.plan.sizes import REPLICAS_MOST, Size, size


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`tonewatch plan --json`. `late`: from the end of speech to the board with the fullest listener and monitor.

    `day`: with the manifests as they are; `day_as_planned`: KEDA's lagThreshold and maxReplicaCount set for the plan.
    """

    costs: Costs
    size: Size
    late: Late
    day: Day
    day_as_planned: Day


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`tonewatch plan --check --json`: a measurement of `tonewatch bench live` beside the simulation of it."""

    calls: int
    measured_p50_s: float | None
    measured_p95_s: float | None
    simulated_p50_s: float | None
    simulated_p95_s: float | None
    simulated_over_measured_p95: float | None


class _Measured(msgspec.Struct):
    """What is read of a report of `tonewatch bench live`."""

    calls: int
    cpu_cores_by_role: dict[str, float]
    others_cores: float
    machine: str
    speech_to_board_s_p50: float | None = None
    speech_to_board_s_p95: float | None = None
    listeners: int = 1
    tried: list[_Measured] = []


def plan(
    calls: Annotated[int, typer.Option(min=1, help="Simultaneous calls at the busiest hour.")] = 1000,
    gpu: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds of speech a second that one GPU encodes (bench gpu).")
    ] = None,
    costs: Annotated[
        Path | None, typer.Option(help="Measured costs of your machine, in the form of the shipped.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="A report of `tonewatch bench live`: simulate what it measured.")
    ] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the plan to this file.")] = None,
) -> None:
    """Size a deployment from measured costs, simulate its queues and a day's load, and say what breaks first."""
    known = read_costs(costs)
    found = _checks(known, check) if check else made(known, calls, gpu)
    if json is not None:
        json.write_text(msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
    for line in lines(found) if isinstance(found, Plan) else check_lines(found):
        typer.echo(line)


def made(costs: Costs, calls: int, gpu_speech_s: float | None = None) -> Plan:
    """The plan for that many calls."""
    needs = size(costs, calls, gpu_speech_s=gpu_speech_s)
    listener = Station(min(calls, needs.calls_a_listener))
    monitor = Station(math.ceil(calls / needs.monitors))
    return Plan(
        costs=costs,
        size=needs,
        late=simulate(costs, listener, monitor),
        day=follow(calls, needs.calls_a_listener, costs.ready_s),
        day_as_planned=follow(
            calls,
            needs.calls_a_listener,
            costs.ready_s,
            max(REPLICAS_MOST, 2 * needs.listeners),
            lag_threshold(calls, needs.listeners),
        ),
    )


def lag_threshold(calls: int, listeners: int) -> float:
    """KEDA's lagThreshold by which the fullest of the listeners has no more calls than it carries."""
    return LAG_A_CALL * calls / listeners


def _checks(costs: Costs, report: Path) -> list[Check]:
    try:
        measured = msgspec.json.decode(report.read_bytes(), type=_Measured)
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(f"{report} is no report of `tonewatch bench live`: {error}") from error
    return [checked(costs, one) for one in sorted(measured.tried or [measured], key=lambda one: one.calls)]


def checked(costs: Costs, measured: _Measured) -> Check:
    """The same number of calls on a machine of as many cores, of which everything else took what it took."""
    machine = float(measured.machine.split(" ", 1)[0])
    used = measured.cpu_cores_by_role
    others = sum(cores for role, cores in used.items() if role not in ("listen", "monitor")) + measured.others_cores
    # Listeners and the monitor share what is left, each at most one core.
    left = max(0.05, machine - others)
    listen = min(1.0, max(0.05, left - used.get("monitor", 0.0)) / measured.listeners)
    monitor = min(1.0, max(0.05, left - listen * measured.listeners))
    each = math.ceil(measured.calls / measured.listeners)
    late = simulate(costs, Station(each, listen), Station(measured.calls, monitor))
    p95 = measured.speech_to_board_s_p95
    return Check(
        calls=measured.calls,
        measured_p50_s=measured.speech_to_board_s_p50,
        measured_p95_s=p95,
        simulated_p50_s=late.p50_s,
        simulated_p95_s=late.p95_s,
        simulated_over_measured_p95=round(late.p95_s / p95, 2) if p95 and late.p95_s else None,
    )


def lines(found: Plan) -> list[str]:
    """The plan for a terminal."""
    needs, late, first = found.size, found.late, found.size.breaks_first
    gpus = "not known (tonewatch bench gpu, then --gpu)" if needs.gpus is None else str(needs.gpus)
    return [
        f"{needs.calls} calls at once, from costs measured on {found.costs.machine}:",
        f"  listeners    {needs.listeners} of {needs.calls_a_listener} calls each; words {needs.words_cores:g} cores",
        f"  monitors     {needs.monitors}, explainers {needs.explainers}, boards {needs.dashboards}",
        f"  cores        {needs.cores}, beside Kafka and Redis",
        f"  GPUs         {gpus}",
        f"  Kafka        {needs.partitions} partitions, {needs.brokers} brokers, {needs.kafka_mb_s:g} MB/s in, "
        f"{needs.kafka_tb:g} TB for a day of audio on three copies",
        f"  memory       {needs.memory_gb:g} GB",
        f"  late         p50 {_s(late.p50_s)}, p95 {_s(late.p95_s)}, p99 {_s(late.p99_s)} (simulated)",
        _day(found.day, "  a day        as the manifests are: "),
        _day(
            found.day_as_planned,
            f"               lagThreshold {lag_threshold(needs.calls, needs.listeners):.0f}, as many as it wants: ",
        ),
        *(f"  {one.used:7.0%}      {one.what}" for one in needs.limits),
        "  breaks first " + ("nothing" if first is None else f"{first.what}; {first.remedy}"),
    ]


def _day(day: Day, what: str) -> str:
    return (
        f"{what}{day.replicas_least} to {day.replicas_most} listeners, {day.replica_hours:g} listener-hours, "
        f"{day.changes} changes; too few for {day.short_minutes:g} minutes ({day.missing_most} calls at most)"
    )


def check_lines(found: list[Check]) -> list[str]:
    return [
        f"{one.calls:5} calls: measured p50 {_s(one.measured_p50_s)} p95 {_s(one.measured_p95_s)}; "
        f"simulated p50 {_s(one.simulated_p50_s)} p95 {_s(one.simulated_p95_s)}"
        for one in found
    ]


def _s(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
