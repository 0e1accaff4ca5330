"""`tonewatch notice withdraw`: a caller who does not want to be analysed any more, in mid-call or after it."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer
from rich.console import Console

from tonewatch.stream.doors.call_writer import CallWriter
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.messages import NoticeWithdrawn
from tonewatch.stream.settings import KafkaSettings, load

notice = typer.Typer(help="Whether callers were told.", no_args_is_help=True)
_out = Console(highlight=False)


@notice.callback()
def _group() -> None:
    # Without it typer would make the only command the whole of it.
    return


@notice.command("withdraw")
def notice_withdraw(
    call_id: Annotated[str, typer.Argument(help="The call's id.")],
    kafka: KafkaOption = None,
) -> None:
    """Have nothing of a call analysed from here on, and take away what was derived of it."""
    settings = load(KafkaSettings, kafka=kafka)
    message = NoticeWithdrawn(call_id=call_id, withdrawn_at_ms=time.time_ns() // 1_000_000)
    asyncio.run(telling_refusals(settings, write(settings, message)))
    _out.print(
        "Listener, monitor, board and archive take it away when they read it; what lies in Kafka's logs until it is "
        "over, `tonewatch erase` tells."
    )


async def write(settings: KafkaSettings, message: NoticeWithdrawn) -> None:
    """Behind what the call's door wrote before: it has the call's key.

    Raises:
        BrokerError: Kafka does not take it.
    """
    async with CallWriter(settings) as writer:
        await writer.write(message)
