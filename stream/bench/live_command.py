"""`tonewatch bench live`: calls at real speed through the whole of Tonewatch on this machine, and how late it is.

Everything is real: broker, Redis, listeners, monitor, explainer, archive and dashboard as processes of their own, the
calls from the demo through a producer, and a signed-in websocket client where a supervisor's browser would be.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from tonewatch.stream.bench.former_tree import HERE, former_tree, git
from tonewatch.stream.bench.live import LiveReport, next_calls, summary, table
from tonewatch.stream.bench.live_run import About, Rigged, measure
from tonewatch.stream.bench.load import Recording, record
from tonewatch.stream.bench.rig import Broker, make_rig, scratch
from tonewatch.stream.bench.stages import machine
from tonewatch.stream.demo.board_sign_in import sign_in
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.errors import DependencyError, TonewatchError
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.servers import HOST, EmbeddedBroker, EmbeddedRedis, free_port

READY_S = 90.0

LINGER_MS = 5
"""Of the doors' producers."""

_out = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. `env`: of the roles, beside what every bench gives them."""

    calls: int
    seconds: float
    ramp_s: float
    find: bool
    listeners: int
    words: bool
    reasons: bool
    apache: bool
    seed: int
    monitors: int = 1
    boards: int = 1
    brokers: int = 1
    commit: str = ""
    env: tuple[tuple[str, str], ...] = ()


def live(
    calls: Annotated[int, typer.Option(min=1, help="Calls at once; with --find the number to begin with.")] = 10,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long is measured, after the calls have begun.")] = 60.0,
    ramp: Annotated[float, typer.Option(min=0.0, help="Seconds over which the calls begin.")] = 30.0,
    find: Annotated[
        bool, typer.Option("--find", help="The largest number with p95 at most 1.5 s, nothing shed but words.")
    ] = False,
    listeners: Annotated[int, typer.Option(min=1, max=4, help="Processes that listen.")] = 1,
    monitors: Annotated[int, typer.Option(min=1, max=4, help="Processes that judge.")] = 1,
    boards: Annotated[int, typer.Option(min=1, max=4, help="Processes that serve the board, each with a browser.")] = 1,
    words: Annotated[bool, typer.Option(help="With speech-to-text.")] = True,
    reasons: Annotated[bool, typer.Option(help="With the explainer's model.")] = True,
    apache: Annotated[bool, typer.Option("--apache", help="Apache Kafka instead of the embedded broker.")] = False,
    brokers: Annotated[int, typer.Option(min=1, max=3, help="Brokers of Apache Kafka; more than one bring it.")] = 1,
    commit: Annotated[str, typer.Option(help="Run this older commit first, and then what is here.")] = "",
    seed: Annotated[int, typer.Option(help="Which calls are drawn.")] = 1,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report and a table into this folder.")] = None,
) -> None:
    """Carry calls at real speed with everything on this machine; delays, CPU, memory, and what was left out."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    asked = Asked(calls, seconds, ramp, find, listeners, words, reasons, apache, seed, monitors, boards, brokers)
    found = asyncio.run(_before_and_after(asked, commit))
    text = msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    if json is not None:
        json.write_text(text)
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        (report / "live.json").write_text(text)
        (report / "live.md").write_text(table(found))
    for line in (*(summary(found.before) if found.before else ()), *summary(found)):
        typer.echo(line)
    if not found.carried:
        raise typer.Exit(1)


async def _before_and_after(asked: Asked, commit: str) -> LiveReport:
    recordings = await record(find_calls(default_folder()))
    if not commit:
        return await _whole(replace(asked, commit=_here()), recordings)
    with former_tree(commit) as variables:
        name = git(HERE, "rev-parse", "--short", commit)
        before = await _whole(replace(asked, commit=name, env=tuple(variables.items())), recordings)
    after = await _whole(replace(asked, commit=_here()), recordings)
    return msgspec.structs.replace(after, before=before)


def _here() -> str:
    """The commit of the code that runs, '+' where files differ from it; '' where it runs without its repository."""
    with contextlib.suppress(DependencyError):
        return git(HERE, "rev-parse", "--short", "HEAD") + ("+" if git(HERE, "status", "--porcelain", "-uno") else "")
    return ""


async def _whole(asked: Asked, recordings: list[Recording]) -> LiveReport:
    """One rig: a number of calls, or the search for the largest."""
    with scratch() as folder, _broker(asked) as kafka, EmbeddedRedis() as redis:
        async with _rigged(asked, kafka, redis, folder, recordings) as rigged:
            if not asked.find:
                return await measure(rigged, asked.calls, asked.seconds, asked.ramp_s)
            return await _find(rigged, asked)


async def _find(rigged: Rigged, asked: Asked) -> LiveReport:
    """The report of the largest number that was carried, else of the smallest that was tried."""
    tried: dict[int, LiveReport] = {}
    while (calls := next_calls({n: one.carried for n, one in tried.items()}, asked.calls)) and calls not in tried:
        await rigged.rig.drained(f"before {calls} calls")
        tried[calls] = await measure(rigged, calls, asked.seconds, asked.ramp_s)
        for line in summary(tried[calls]):
            _out.print(line)
    best = max((n for n, one in tried.items() if one.carried), default=min(tried))
    return msgspec.structs.replace(tried[best], tried=list(tried.values()))


def _broker(asked: Asked) -> Broker:
    return ApacheKafka(brokers=asked.brokers) if asked.apache or asked.brokers > 1 else EmbeddedBroker()


@contextlib.asynccontextmanager
async def _rigged(
    asked: Asked, kafka: Broker, redis: EmbeddedRedis, folder: Path, recordings: list[Recording]
) -> AsyncIterator[Rigged]:
    """Every role as a process, ready, and a session at each board."""
    doors = [free_port() for _ in range(asked.boards)]
    settings: dict[str, Any] = {
        **({"TONEWATCH_ASR": "true"} if asked.words else {}),
        **({"TONEWATCH_LLM": "small"} if asked.reasons else {}),
        "TONEWATCH_DASHBOARD_HOST": HOST,
        "TONEWATCH_DASHBOARD_DEMO": "true",
        **dict(asked.env),
    }
    # One producer stands for the doors of all calls, which pack what comes within some milliseconds as a door does.
    async with make_rig(kafka, redis, folder, (), linger_ms=LINGER_MS, **settings) as rig:
        ports = []
        for name, role, more in _workers(asked, doors):
            ports.append(free_port())
            rig.workers.start_worker(name, role, settings={"TONEWATCH_METRICS_PORT": str(ports[-1]), **more})
        if await rig.drained("before the first call", READY_S):
            words = {name: worker.last_words(2) for name, worker in rig.workers.workers.items()}
            raise TonewatchError(f"Not every role was ready after {READY_S:.0f} s: {words}")
        boards = [(f"ws://{HOST}:{door}/ws", await _session(door)) for door in doors]
        yield Rigged(rig, recordings, asked.seed, ports, boards, _about(asked, kafka))


async def _session(door: int) -> str:
    """Of a board that may still be starting: it is in no group whose members are waited for."""
    until_s = time.monotonic() + READY_S
    while True:
        try:
            return await sign_in(HOST, door)
        except (OSError, TonewatchError):
            if time.monotonic() > until_s:
                raise
            await asyncio.sleep(0.5)


def _about(asked: Asked, kafka: Broker) -> About:
    many = f" on {len(kafka.nodes)} brokers" if isinstance(kafka, ApacheKafka) and len(kafka.nodes) > 1 else ""
    broker = f"Apache Kafka {kafka.version()}{many}" if isinstance(kafka, ApacheKafka) else "embedded broker"
    return About(
        asked.commit, machine(), broker, asked.words, asked.reasons, asked.listeners, asked.monitors, asked.boards
    )


def _workers(asked: Asked, doors: Sequence[int]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Of each process its name, its role, and what it alone is set to. `doors`: the boards' ports."""
    for role, many in (("listen", asked.listeners), ("monitor", asked.monitors), ("explain", 1), ("archive", 1)):
        yield from ((f"{role}-{n + 1}", role, {}) for n in range(many))
    for n, door in enumerate(doors):
        yield f"dashboard-{n + 1}", "dashboard", {"TONEWATCH_DASHBOARD_PORT": str(door)}
