"""Plays files at once, and tells which calls they are, so that somebody can look for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from rich.console import Console

from tonewatch.stream.doors.replay import Plan


async def play_all(
    plans: Sequence[Plan], play: Callable[[Plan], Awaitable[object]], door: str, console: Console | None = None
) -> None:
    """Raises what `play` raises."""
    told = console or Console(stderr=True)
    for one in plans:
        # Before it is played: whoever waits for its alert wants to know now.
        told.print(f"{one.call_id}: {one.file.path.name} to {door}", highlight=False, soft_wrap=True)
    await asyncio.gather(*(play(one) for one in plans))
    told.print(f"{len(plans)} {'call' if len(plans) == 1 else 'calls'} played", highlight=False)
