"""`tonewatch replay`: recorded calls as if they were live."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.doors.replay import Plan, parse_roles, plan, read_about
from tonewatch.stream.doors.replay import replay as replay_call
from tonewatch.stream.errors import AudioFileError
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.settings import KafkaSettings, load

_err = Console(stderr=True)


def replay(
    files: Annotated[list[Path], typer.Argument(help="WAV, FLAC or OGG, any rate.")],
    speed: Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as Kafka takes it.")] = 1.0,
    channels: Annotated[
        str | None,
        typer.Option(
            help="Who is on each channel: customer, agent, mixed, or - to leave it out, e.g. customer,agent,-,-. "
            "Two channels are customer,agent and one is mixed, if not given."
        ),
    ] = None,
    notice_given: Annotated[
        bool, typer.Option("--notice-given", help="The caller was told that the tone of the call is analysed.")
    ] = False,
    about: Annotated[
        Path | None,
        typer.Option(help="JSON list of {file, title, queue, language, notice_given, synthetic, caller_id}"),
    ] = None,
    suffix: Annotated[str | None, typer.Option(help="Call ids are <file name>-<suffix>; random if not given.")] = None,
    kafka: KafkaOption = None,
) -> None:
    """Play recorded calls into tonewatch.calls.v1, all at once, as if they were live."""
    settings = load(KafkaSettings, kafka=kafka)
    roles = parse_roles(channels)
    known = read_about(about) if about else {}
    tail = suffix or secrets.token_hex(3)
    plans: list[Plan] = []
    failed = 0
    for path in files:
        try:
            plans.append(plan(path, roles=roles, about=known.get(path.name), notice_given=notice_given, suffix=tail))
        except AudioFileError as error:
            failed += 1
            _err.print(f"skipped {error}", highlight=False, soft_wrap=True)
    say_what_is_assumed(plans, is_told=roles is not None)
    say_what_is_lost(plans)
    failed += asyncio.run(_replay_all(plans, speed, settings)) if plans else 0
    if failed:
        raise typer.Exit(1)


def say_what_is_assumed(plans: list[Plan], *, is_told: bool) -> None:
    """On standard error: what is known of a file by a guess only. `is_told`: who is on which channel was said."""
    for call in plans:
        if call.file.remark:
            _err.print(call.file.remark, highlight=False, soft_wrap=True)
    if not is_told and (stereo := [call.file.path.name for call in plans if len(call.roles) == 2]):
        _err.print(
            f"No --channels: the first channel is taken for the customer, the second for the agent "
            f"({', '.join(stereo)}). The other way round it is --channels agent,customer.",
            highlight=False,
            soft_wrap=True,
        )


def say_what_is_lost(plans: list[Plan]) -> None:
    """On standard error: what cannot be judged of such calls."""
    if any("mixed" in p.roles for p in plans):
        _err.print(
            "A mono recording holds both parties in one channel: turn-taking is lost, and because the agent's voice "
            "cannot be kept out of it, no emotion is inferred unless TONEWATCH_ANALYSE_MIXED_REASON gives a written "
            "reason. If only the caller is on it, say --channels customer.",
            soft_wrap=True,
        )
    if any(not p.notice_given for p in plans):
        _err.print(
            "Calls without --notice-given are counted, not analysed: their callers were not told.", soft_wrap=True
        )


async def _replay_all(plans: list[Plan], speed: float, settings: KafkaSettings) -> int:
    """Replay all calls at once; returns how many files broke off inside.

    Raises:
        BrokerError: Kafka stopped; no call goes on.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    async with CallWriter(settings) as writer:
        with Progress(*columns, console=_err) as bar:
            tasks = {p.call_id: bar.add_task(p.call_id, total=p.file.duration_ms) for p in plans}

            async def one(call: Plan) -> int:
                try:
                    await replay_call(
                        call,
                        writer.write,
                        speed=speed,
                        progress=lambda ms: bar.update(tasks[call.call_id], completed=ms),
                    )
                except AudioFileError as error:
                    bar.console.print(f"ended early: {error}", highlight=False, soft_wrap=True)
                    return 1
                return 0

            running = [asyncio.create_task(one(call)) for call in plans]
            try:
                return sum(await asyncio.gather(*running))
            finally:
                # After an error: without this the other calls would go on behind the writer's back.
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
