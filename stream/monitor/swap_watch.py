"""Channels that were bound the wrong way round, told to who runs it: metrics, and a warning at `/ready`.

One call says little, a deployment's calls say much: its channels are swapped in all of them or in none.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.state import CallMemory

CALLS: Final = 20
"""The newest calls that a warning rests on."""

GREETINGS: Final = 3
"""Of these calls with a greeting of the house on the caller's channel: one alone may be a caller who quotes it."""

FIRST_SHARE: Final = 0.9
"""Of as many calls as CALLS in which the caller spoke first: where people call in, the house answers first."""

WARNING: Final = "channels"

log = logging.getLogger(__name__)


class SwapWatch:
    """Told of each call of two parties, while it is live and when it is over; a call counts once in each."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._calls: deque[tuple[bool, bool]] = deque(maxlen=CALLS)

    def heard(self, call_id: str, before: bool, memory: CallMemory) -> None:
        """After a message; `before`: had the caller's channel greeted before it?"""
        if memory.sides.greeted and not before and _has_both(memory):
            self._metrics.channels_doubted.labels(sign="greeting").inc()
            log.warning(
                "The channel of the caller speaks like the house: are the channels swapped?", extra={"call_id": call_id}
            )

    def over(self, memory: CallMemory) -> None:
        """A call ended; `memory` is what was known of it then."""
        first = memory.sides.first
        if first is None or not _has_both(memory):
            return
        self._metrics.calls_first_speaker.labels(role=first).inc()
        self._calls.append((memory.sides.greeted, first == "customer"))
        self._warn()

    def _warn(self) -> None:
        greeted, first = (sum(told) for told in zip(*self._calls, strict=True))
        if greeted >= GREETINGS:
            why = (
                f"in {greeted} of the last {len(self._calls)} calls the caller's channel spoke a greeting of the house"
            )
        elif len(self._calls) == CALLS and first >= FIRST_SHARE * CALLS:
            why = f"in {first} of the last {CALLS} calls the caller spoke first; of calls out that is as it should be"
        else:
            self._metrics.health.mended(WARNING)
            return
        self._metrics.health.warn(WARNING, f"{why}: look whether customer and agent are on the right channels")


def _has_both(memory: CallMemory) -> bool:
    roles = {role for bound in memory.bound.values() for role in bound}
    return {"customer", "agent"} <= roles
