"""`tonewatch callers`: what is known of a caller, and how it is forgotten."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tonewatch.stream.caller_keys import CallerKeys, read_secret
from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.codec import decode_caller
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import deliver, make_producer, start
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.messages import PastCall
from tonewatch.stream.monitor.callers import (
    Callers,
    erasure,
    follow,
)
from tonewatch.stream.settings import CallerSettings, load
from tonewatch.stream.topics import CALLERS

callers = typer.Typer(help="What earlier calls tell of a caller, and how it is forgotten.", no_args_is_help=True)
_out = Console(highlight=False)

CallerId = Annotated[str, typer.Argument(help="The caller's id as the calls give it; - reads it from standard input.")]


@callers.command("show")
def callers_show(caller_id: CallerId, kafka: KafkaOption = None) -> None:
    """Show what is kept of a caller's calls."""
    settings = load(CallerSettings, kafka=kafka)
    caller = _key(caller_id, settings)
    found = asyncio.run(telling_refusals(settings, _known(settings))).of(caller)
    if not found:
        _out.print("Nothing is kept of this caller.")
        return
    table = Table("call", "began", "calm segments", "speech", "angry, happy, neutral, sad", "medians")
    for call in found:
        table.add_row(*_row(call))
    _out.print(table)


@callers.command("forget")
def callers_forget(caller_id: CallerId, kafka: KafkaOption = None) -> None:
    """Take away all that is kept of a caller; a call that is going on adds nothing when it ends."""
    settings = load(CallerSettings, kafka=kafka)
    taken = asyncio.run(telling_refusals(settings, _forget(settings, _key(caller_id, settings))))
    _out.print(f"{taken} calls are forgotten. Kafka takes them off its disks within about a day.")


def _key(caller_id: str, settings: CallerSettings) -> str:
    secret = read_secret(settings.caller_secret.get_secret_value(), settings.caller_secret_file)
    if not secret:
        raise SettingsError("TONEWATCH_CALLER_SECRET is not set: without it no caller is known, and none can be found.")
    text = sys.stdin.readline() if caller_id == "-" else caller_id
    if not text.strip():
        raise SettingsError("The caller's id is empty.")
    return CallerKeys(secret)(text)


async def _known(settings: CallerSettings) -> Callers:
    """The topic up to its present end."""
    found, up_to_date = Callers(), asyncio.Event()
    following = asyncio.create_task(follow(settings, found, up_to_date))
    waiting = asyncio.create_task(up_to_date.wait())
    await asyncio.wait({following, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if following.done():
        following.result()
    following.cancel()
    await asyncio.gather(following, waiting, return_exceptions=True)
    return found


async def _forget(settings: CallerSettings, caller: str) -> int:
    known = await _known(settings)
    records: Sequence[tuple[str, bytes | None]] = erasure(known, caller, time.time_ns() // 1_000_000)
    producer = make_producer(settings, seals=False)
    await start(producer, settings)
    try:
        for key, value in records:
            headers = event_headers(CALLERS.name, decode_caller(value)) if value is not None else []
            await deliver(producer, CALLERS.name, value, key=key.encode(), headers=headers)
    finally:
        await producer.stop()
    # One of them is the mark that keeps calls which go on from adding to what was forgotten.
    return len(records) - 1


def _row(call: PastCall) -> tuple[str, ...]:
    shares = (call.alone.angry, call.alone.happy, call.alone.neutral, call.alone.sad)
    return (
        call.call_id,
        _time(call.started_at_ms),
        str(call.segments),
        f"{call.speech_ms / 1000:.0f} s",
        ", ".join(f"{100 * share:.0f} %" for share in shares),
        ", ".join(f"{name} {value:.1f}" for name, value in call.medians.items()),
    )


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
