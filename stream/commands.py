"""Subcommands of the stream room: `topics` and `replay` (the monitor has its own module)."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tonewatch.stream import topics as topics_module
from tonewatch.stream.codec import encode_call
from tonewatch.stream.errors import AudioFileError, BrokerError
from tonewatch.stream.kafka import make_producer, start
from tonewatch.stream.messages import CallMessage
from tonewatch.stream.replay import Plan, parse_roles, plan, read_about
from tonewatch.stream.replay import replay as replay_call
from tonewatch.stream.settings import KafkaSettings, MonitorSettings, load
from tonewatch.stream.topics import CALLS, TOPICS, changelog_topics, dead_letter_topics

topics = typer.Typer(help="The Kafka topics and their settings.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)

KafkaOption = Annotated[str | None, typer.Option("--kafka", help="Bootstrap servers. [env: TONEWATCH_KAFKA]")]


@topics.command("apply")
def topics_apply(kafka: KafkaOption = None) -> None:
    """Create the topics that are missing; existing ones are left as they are."""
    settings = load(MonitorSettings, kafka=kafka)
    created = asyncio.run(
        topics_module.apply(
            settings.kafka,
            partitions=settings.kafka_partitions,
            replication=settings.kafka_replication,
            extra=changelog_topics(settings.app_id, ("calls",)),
            patience_s=2.0,
        )
    )
    _out.print(f"{len(created)} topics created at {settings.kafka}." if created else "All topics are there.")
    for name in created:
        _out.print(f"  {name}")


@topics.command("list")
def topics_list() -> None:
    """Show the topics, what they hold and how long they keep it."""
    table = Table("topic", "holds", "kept")
    for topic in (*TOPICS, *dead_letter_topics()):
        table.add_row(topic.name, topic.holds, f"{topic.retention_ms // topics_module.HOUR_MS} h")
    _out.print(table)


def replay(
    files: Annotated[list[Path], typer.Argument(help="WAV, FLAC or OGG; one or two channels, any rate.")],
    speed: Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as Kafka takes it.")] = 1.0,
    channels: Annotated[str | None, typer.Option(help="Who is on which channel, e.g. customer,agent.")] = None,
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
    _say_what_is_lost(plans)
    failed += asyncio.run(_replay_all(plans, speed, settings)) if plans else 0
    if failed:
        raise typer.Exit(1)


def _say_what_is_lost(plans: list[Plan]) -> None:
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
    """Replay all calls at once; returns how many files broke off inside."""
    producer = make_producer(settings)
    await start(producer, settings)

    refused: list[BaseException] = []

    def delivered(delivery: asyncio.Future[object]) -> None:
        if not delivery.cancelled() and (error := delivery.exception()):
            refused.append(error)

    def check() -> None:
        if refused:
            raise BrokerError(f"Kafka at {settings.kafka} refused a chunk: {refused[0]}.")

    async def send(message: CallMessage) -> None:
        check()
        delivery = await producer.send(CALLS.name, encode_call(message), key=message.call_id.encode())
        delivery.add_done_callback(delivered)

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=_err) as bar:
            tasks = {p.call_id: bar.add_task(p.call_id, total=p.file.duration_ms) for p in plans}

            async def one(call: Plan) -> int:
                try:
                    await replay_call(
                        call, send, speed=speed, progress=lambda ms: bar.update(tasks[call.call_id], completed=ms)
                    )
                except AudioFileError as error:
                    bar.console.print(f"ended early: {error}", highlight=False, soft_wrap=True)
                    return 1
                return 0

            results = await asyncio.gather(*(one(call) for call in plans))
        await producer.flush()
        check()
    finally:
        await producer.stop()
    return sum(results)
